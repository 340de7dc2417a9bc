import { execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { checkPythonSplit, copyCase, runChecks, splitOnDisk } from "../support/split-case.ts";
import type { ModuleSplit } from "../../src/codebase/module-split.ts";

const run = promisify(execFile);
const noPython = ((): boolean => {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return false;
  } catch {
    return true;
  }
})();

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** Lines that only take room. */
const filler = (count: number): string =>
  Array.from({ length: count }, (_, index) => `    step_${index} = ${index}\n`).join("");

const SHOP = `#!/usr/bin/env python3
"""A shop in one file."""

import json
import sys
import time

try:
    import no_such_module_anywhere as fast
except ImportError:
    fast = None

__all__ = ["Order", "price_of", "set_mode", "main"]
__version__ = "1.2"

# Users assign to these.
CURRENCY = "EUR"
MODE = "plain"
HANDLERS = {}


def handler(name):
    def register(func):
        HANDLERS[name] = func
        return func
    return register


def set_mode(mode):
    """Rebinds a module-level name."""
    global MODE
    MODE = mode
${filler(25)}

def describe_mode():
    return "mode " + MODE
${filler(25)}

class Item:
    """What is sold."""

    def __init__(self, name, cents):
        self.name, self.cents = name, cents

    def order(self):
        return Order([self])
${filler(25).replace(/^/gm, "    ").trimEnd()}


class Order:
    def __init__(self, items):
        self.items = items

    def add(self, name, cents):
        self.items.append(Item(name, cents))
        return self

    def total(self):
        return price_of(self)
${filler(25).replace(/^/gm, "    ").trimEnd()}


def price_of(order):
    return "%.2f %s" % (sum(i.cents for i in order.items) / 100, CURRENCY)
${filler(25)}

@handler("json")
def as_json(order):
    return json.dumps([i.name for i in order.items])
${filler(25)}

@handler("text")
def as_text(order):
    return ", ".join(i.name for i in order.items) + " v" + __version__
${filler(25)}

NAMES = sorted(HANDLERS)


def now():
    return time.time()


def main(argv):
    print(Item("tea", 250).order().add("cup", 150).total(), NAMES, __name__)


if __name__ == "__main__":
    main(sys.argv)
`;

/** What users do with the module; prints what they see. */
const USE = `
import pickle, sys
from unittest import mock
import @MODULE@ as shop
from @MODULE@ import Order, Item
print(Item("tea", 250).order().add("cup", 150).total(), shop.NAMES, shop.Order.__module__)
shop.CURRENCY = "USD"
print(shop.price_of(Order([Item("tea", 250)])))
shop.set_mode("fast")
print(shop.MODE, shop.describe_mode())
shop.MODE = "slow"
print(shop.MODE, shop.describe_mode())
with mock.patch("@MODULE@.MODE", "patched"):
    print(shop.describe_mode())
print(shop.describe_mode())
with mock.patch("@MODULE@.price_of", lambda order: "free"):
    print(Order([]).total())
print(Order([]).total())
with mock.patch("@MODULE@.time") as clock:
    clock.time.return_value = 7
    print(shop.now())
with mock.patch("@MODULE@.sum", lambda values: 4200, create=True):
    print(Order([]).total())
print(Order([]).total(), hasattr(shop, "sum"))
print(pickle.loads(pickle.dumps(Item("tea", 1))).name, shop.as_text(Order([])), shop.fast)
print("handler" in dir(shop), "MODE" in vars(shop), shop.HANDLERS["json"] is shop.as_json)
`;

async function project(files: Record<string, string>): Promise<{ before: string; after: string }> {
  const folder = await mkdtemp(join(tmpdir(), "allot-split-"));
  folders.push(folder);
  const before = join(folder, "before");
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(before, path)), { recursive: true });
    await writeFile(join(before, path), text);
  }
  await copyCase(before, join(folder, "after"));
  return { before, after: join(folder, "after") };
}

async function python(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run("python3", args, {
    cwd,
    timeout: 60_000,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  });
  return stdout;
}

async function split(root: string, file: string, maxLines: number): Promise<ModuleSplit> {
  const outcome = await splitOnDisk(root, file, maxLines);
  if (!("parts" in outcome)) throw new Error(outcome.join("; "));
  return outcome;
}

describe.skipIf(noPython)("a split Python module (needs python3)", () => {
  const places: [string, string, string, Record<string, string>][] = [
    ["a module of its own", "shop.py", "shop", {}],
    ["a package's front", "shop/__init__.py", "shop", {}],
    [
      "a module in a package in a package",
      "lib/store/shop.py",
      "lib.store.shop",
      { "lib/__init__.py": "", "lib/store/__init__.py": "" },
    ],
  ];
  test.each(places)("behaves as before for its users, as %s", async (_title, file, name, others) => {
    const { before, after } = await project({ [file]: SHOP, ...others });
    const done = await split(after, file, 120);
    const use = USE.replaceAll("@MODULE@", name);
    expect(await python(after, "-c", use)).toBe(await python(before, "-c", use));
    expect(done.parts.length).toBeGreaterThan(2);
    expect(await runChecks(after, done)).toEqual([]);
    const checked = await checkPythonSplit(before, after, done);
    expect(checked.faults).toEqual([]);
    expect(Math.max(...Object.values(checked.lines))).toBeLessThanOrEqual(120);
  });

  test("runs as a program as before", async () => {
    const { before, after } = await project({ "shop.py": SHOP, "lib/__init__.py": "", "lib/shop.py": SHOP });
    await split(after, "shop.py", 120);
    await split(after, "lib/shop.py", 120);
    expect(await python(after, "shop.py")).toBe(await python(before, "shop.py"));
    expect(await python(after, "-m", "lib.shop")).toBe(await python(before, "-m", "lib.shop"));
  });

  test("is made anew by a reload, parts included, where the project reloads", async () => {
    const uses =
      "import importlib, shop\nshop.CURRENCY = 'X'\nshop.set_mode('y')\nimportlib.reload(shop)\nprint(shop.CURRENCY, shop.describe_mode(), shop.price_of(shop.Order([])))\n";
    const { before, after } = await project({ "shop.py": SHOP, "uses.py": uses });
    await split(after, "shop.py", 120);
    expect(await python(after, "uses.py")).toBe(await python(before, "uses.py"));
  });

  test("loads from a folder that is not on the path, where the project does so", async () => {
    const loads =
      "import importlib.util, sys\nspec = importlib.util.spec_from_file_location('other', sys.argv[1])\nmod = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(mod)\nprint(mod.Order([]).total(), mod.Order.__module__)\n";
    const { before, after } = await project({ "deep/shop.py": SHOP, "loads.py": loads });
    await split(after, "deep/shop.py", 120);
    expect(await python(after, "loads.py", "deep/shop.py")).toBe(await python(before, "loads.py", "deep/shop.py"));
  });

  test("changes no other file", async () => {
    const { before, after } = await project({ "shop.py": SHOP, "test_shop.py": "import shop\n" });
    const done = await split(after, "shop.py", 120);
    const added = (await readdir(after)).filter((name) => !done.parts.some((part) => part.path === name));
    expect(added).toEqual(await readdir(before));
    expect(done.parts.every((part) => /^_shop_\w+\.py$/.test(part.path) && !/tests?\.py$/.test(part.path))).toBe(true);
  });

  test("keeps Windows line ends", async () => {
    const { before, after } = await project({ "shop.py": SHOP.replaceAll("\n", "\r\n") });
    const done = await split(after, "shop.py", 120);
    const checked = await checkPythonSplit(before, after, done);
    expect(checked.faults).toEqual([]);
    expect(checked.kept).toBeGreaterThan(0.98);
  });
});

/** A method that takes room. */
const method = (name: string, result: string): string =>
  `    def ${name}(self):\n${filler(12).replace(/^/gm, "    ").trimEnd()}\n        return ${result}\n\n`;

const BIG_CLASS = `class Base:
    def describe(self):
        return "base"

    def total(self):
        return 1


class Report(Base):
    """One large class."""

    limit = 3
    __secret = "hidden"

    def __init__(self, rows):
        super().__init__()
        self.rows = rows

    @property
    def width(self):
        return self._width

    @width.setter
    def width(self, value):
        self._width = value

    def reveal(self):
        return self.__secret

    def describe(self):
        return "report of " + super().describe()

    def parent_total(self):
        return super().total()

${method("total", "len(self.rows) + LIMIT")}${method("render_text", "', '.join(self.rows)")}${method("render_html", "'<p>' + self.render_text() + '</p>'")}${method("render_json", "[self.total(), Report.limit]")}${method("read_rows", "list(self.rows)")}${method("read_first", "self.read_rows()[0]")}    render = render_text


LIMIT = 10


class Child(Report):
    def render_text(self):
        return "child " + super().render_text()
`;

test.skipIf(noPython)(
  "a class above the limit is one class to its users, from several files (needs python3)",
  async () => {
    const use = `
import pickle
from unittest import mock
from big import Base, Child, Report
report = Report(["a", "b"])
report.width = 4
print(report.width, report.reveal(), report.describe(), report.total(), report.parent_total(), report.render())
print(report.render_html(), report.render_json(), report.read_first(), Child(["c"]).render_html(), Child(["c"]).describe())
print(Report.__name__, Report.__module__, issubclass(Child, Base), isinstance(report, Report), pickle.loads(pickle.dumps(report)).rows)
with mock.patch.object(Report, "render_text", lambda self: "patched"):
    print(report.render_html(), Child([]).render_text())
print(report.render_html(), [name for name in dir(Report) if not name.startswith("_")])
`;
    const { before, after } = await project({ "big.py": BIG_CLASS });
    const done = await split(after, "big.py", 80);
    expect(await python(after, "-c", use)).toBe(await python(before, "-c", use));
    const checked = await checkPythonSplit(before, after, done);
    expect(checked.faults).toEqual([]);
    expect(Math.max(...Object.values(checked.lines))).toBeLessThanOrEqual(80);
    expect(done.notes[0]).toMatch(/^Report takes methods from _Report\w+Methods/);
  },
);

describe("declined, with the reason", () => {
  const cases: [string, string, string][] = [
    ["a module that does not parse", `def f(:\n${filler(130)}`, "does not parse as Python 3 at line 1"],
    ["a module that is small enough", "a = 1\n", "has 1 lines, which is within 120"],
    [
      "a module that puts something else in its place",
      `import sys\nclass M: pass\nsys.modules[__name__] = M()\n${"a = 1\n".repeat(130)}`,
      "sys.modules",
    ],
    [
      "a module that replaces its definitions by a star import",
      `def f():\n${filler(130)}\n\ntry:\n    from _fast import *\nexcept ImportError:\n    pass\n`,
      "imports * at line 134",
    ],
    ["a module that is one function", `def f():\n${filler(130)}`, "one definition"],
  ];
  test.each(cases)("%s", async (_title, text, reason) => {
    const { after } = await project({ "m.py": text });
    const outcome = await splitOnDisk(after, "m.py", 120);
    expect("parts" in outcome ? "" : outcome.join(" ")).toContain(reason);
  });
});
