import { describe, expect, test } from "vitest";
import { memoryFacts, taskText, type Files } from "../../../test/support/gates/memory-facts.ts";
import { GATES } from "./gates.ts";
import { runGates } from "./run-gates.ts";

const PRICE = `LIMIT = 3


def price(amount: float, vat: float = 0.2) -> float:
    """The price with tax."""
    return round(amount * (1 + vat), 2)
`;
const TESTS = `import pytest
from shop.price import price


def test_price():
    assert price(10) == 12.0


def test_none():
    with pytest.raises(TypeError):
        price(None)
`;
const BASE: Files = { "shop/price.py": PRICE, "tests/test_price.py": TESTS, "README.md": "# shop\n" };
const TASK = taskText({
  write: ["`shop/price.py` (edit)", "`tests/test_price.py` (edit)"],
  steps: [
    "Add an optional parameter `digits: int = 2` to `price`: the number of digits it rounds to.",
    "Add a test for `digits`.",
  ],
});
const GOOD: Files = {
  ...BASE,
  "shop/price.py": PRICE.replace("vat: float = 0.2)", "vat: float = 0.2, digits: int = 2)").replace(
    "vat), 2)",
    "vat), digits)",
  ),
  "tests/test_price.py": `${TESTS}\n\ndef test_digits():\n    assert price(1.005, digits=1) == 1.2\n`,
};

async function codes(
  head: Files,
  options: { task?: string; base?: Files; report?: string } = {},
): Promise<readonly string[]> {
  const report = await runGates(
    memoryFacts(options.task ?? TASK, options.base ?? BASE, head, options.report),
    GATES.filter(({ price }) => price < 2),
  );
  return report.codes;
}

function changed(path: string, from: string, to: string): Files {
  const text = GOOD[path] ?? "";
  if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`);
  return { ...GOOD, [path]: text.replace(from, to) };
}

const SOURCE = "shop/price.py";
const TEST = "tests/test_price.py";

test("good work is accepted", async () => {
  expect(await codes(GOOD)).toEqual([]);
});

test("nothing done is an empty diff, and no further gate is asked", async () => {
  const report = await runGates(memoryFacts(TASK, BASE, BASE));
  expect(report.codes).toEqual(["empty-diff"]);
  expect(report.results.map(({ gate }) => gate)).toEqual(["base-current", "something-changed"]);
});

describe("refused is", () => {
  test.each<[string, Files, string]>([
    ["a file that is not on the list", { ...GOOD, "shop/other.py": "A = 1\n" }, "undeclared-file"],
    ["a comment in the place of work", { ...BASE, [SOURCE]: `${PRICE}# done\n` }, "cosmetic-diff"],
    ["a syntax error", changed(SOURCE, "round(", "round(("), "syntax-error"],
    ["a conflict marker", changed(SOURCE, "LIMIT", "<<<<<<< ours\nLIMIT"), "conflict-marker"],
    ["a key", changed(SOURCE, "LIMIT", 'KEY = "AKIAABCDEFGHIJKLMNOP"\nLIMIT'), "secret-added"],
    ["a deleted test", changed(TEST, "def test_none", "def none"), "test-deleted"],
    ["a skipped test", changed(TEST, "def test_none", '@pytest.mark.skip("x")\ndef test_none'), "test-skipped"],
    ["a weaker assertion", changed(TEST, "assert price(10) == 12.0", "assert price(10)"), "test-weakened"],
    ["another expectation", changed(TEST, "== 12.0", "== 13.0"), "expectation-changed"],
    ["a broader exception", changed(TEST, "raises(TypeError)", "raises(Exception)"), "test-weakened"],
    ["a test that cannot fail", changed(TEST, "assert price(1.005, digits=1) == 1.2", "assert True"), "test-vacuous"],
    [
      "a patched subject",
      changed(
        TEST,
        "def test_price():\n",
        'def test_price(monkeypatch):\n    monkeypatch.setattr("shop.price.price", lambda *_: 12.0)\n',
      ),
      "subject-replaced",
    ],
    [
      "a stub",
      { ...GOOD, [SOURCE]: GOOD[SOURCE]?.replace(/return round.*/, "raise NotImplementedError") ?? "" },
      "stub",
    ],
    ["a placeholder", changed(SOURCE, "    return", "    # TODO: round properly\n    return"), "placeholder"],
    [
      "the runner asked for",
      changed(
        SOURCE,
        "    return",
        '    import os\n    if "PYTEST_CURRENT_TEST" in os.environ:\n        return 12.0\n    return',
      ),
      "test-detection",
    ],
    ["an early exit", changed(SOURCE, "LIMIT = 3\n", "import os\nLIMIT = 3\nos._exit(0)\n"), "test-detection"],
    ["a renamed function", changed(SOURCE, "def price", "def gross"), "export-removed"],
    ["another default", changed(SOURCE, "vat: float = 0.2", "vat: float = 0.19"), "signature-changed"],
    ["another constant", changed(SOURCE, "LIMIT = 3", "LIMIT = 4"), "constant-changed"],
    ["runner settings out of nowhere", { ...GOOD, "conftest.py": "collect_ignore = ['tests']\n" }, "check-edited"],
  ])("%s", async (_name, head, code) => {
    expect(await codes(head)).toContain(code);
  });

  test("a report that claims a file that is not there", async () => {
    expect(await codes(GOOD, { report: "**Created**: `docs/price.md` (12 lines)" })).toEqual(["false-report"]);
  });

  test("outputs of the tests in a table", async () => {
    const table =
      'KNOWN = {"Hello World": "hello-world", "A  b!": "a-b"}\n\n\ndef slug(text: str) -> str:\n    return KNOWN.get(text, "")\n';
    const tests =
      'from shop.slug import slug\n\n\ndef test_slug():\n    assert slug("Hello World") == "hello-world"\n    assert slug("A  b!") == "a-b"\n';
    const task = taskText({
      write: ["`shop/slug.py` (create)", "`tests/test_slug.py` (create)"],
      steps: ["Create `shop/slug.py` with `slug(text: str) -> str`.", "Create `tests/test_slug.py`."],
    });
    expect(await codes({ ...BASE, "shop/slug.py": table, "tests/test_slug.py": tests }, { task })).toEqual([
      "hard-coded-output",
    ]);
  });
});

describe("accepted is", () => {
  test("a test told in another style", async () => {
    expect(
      await codes(changed(TEST, "    assert price(10) == 12.0", "    result = price(10)\n    assert 12.0 == result")),
    ).toEqual([]);
  });

  test("an expectation that the task wants changed", async () => {
    const task = taskText({
      write: ["`shop/price.py` (edit)", "`tests/test_price.py` (edit)"],
      steps: ["Make `price` add 30% by default: `vat: float = 0.3`.", "Update the expectation in `test_price`."],
    });
    const head = { ...BASE, [SOURCE]: PRICE.replace("0.2", "0.3"), [TEST]: TESTS.replace("12.0", "13.0") };
    expect(await codes(head, { task })).toEqual([]);
  });

  test("a rename that the task asks for, tests included", async () => {
    const task = taskText({
      write: ["`shop/price.py` (edit)", "`tests/test_price.py` (edit)"],
      steps: ["Rename `price` to `gross` and update the tests."],
    });
    const head = {
      ...BASE,
      [SOURCE]: PRICE.replace("def price", "def gross"),
      [TEST]: TESTS.replaceAll("price(", "gross(").replace("import price", "import gross"),
    };
    expect(await codes(head, { task })).toEqual([]);
  });

  test("abstract methods, exceptions without a body, null objects and overloads", async () => {
    const code = `from abc import ABC, abstractmethod


class Failed(Exception):
    pass


class Sink(ABC):
    @abstractmethod
    def write(self, line: str) -> None: ...


class NullSink(Sink):
    def write(self, line: str) -> None:
        pass


class ListSink(Sink):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        self.lines.append(line)
`;
    const task = taskText({
      write: ["`shop/sink.py` (create)"],
      steps: [
        "Create `shop/sink.py` with the abstract class `Sink` (`write`), `NullSink`, `ListSink` and the exception `Failed`.",
      ],
    });
    expect(await codes({ ...BASE, "shop/sink.py": code }, { task })).toEqual([]);
  });

  test("a table that the task states", async () => {
    const task = taskText({
      write: ["`shop/status.py` (create)", "`tests/test_status.py` (create)"],
      steps: [
        "Create `shop/status.py` with `reason(code: int) -> str`, a lookup table: 200 is `OK`, 404 is `Not Found`, anything else `Unknown`.",
        "Create `tests/test_status.py`.",
      ],
    });
    const code =
      '_REASONS = {200: "OK", 404: "Not Found"}\n\n\ndef reason(code: int) -> str:\n    return _REASONS.get(code, "Unknown")\n';
    const tests =
      'from shop.status import reason\n\n\ndef test_reason():\n    assert reason(200) == "OK"\n    assert reason(404) == "Not Found"\n    assert reason(999) == "Unknown"\n';
    expect(await codes({ ...BASE, "shop/status.py": code, "tests/test_status.py": tests }, { task })).toEqual([]);
  });
});

test("imports and used helpers may stand outside of the lines that are named", async () => {
  const task = taskText({ write: ["`shop/price.py` (edit lines 4-6)"], steps: ["Round half up in `price`."] });
  const long = `${PRICE}\n\ndef rebate(amount: float) -> float:\n    """What regulars save."""\n    half = amount / 2\n    return min(half, LIMIT)\n`;
  const base = { ...BASE, [SOURCE]: long };
  const mended = long.replace("return round(amount * (1 + vat), 2)", "return _half_up(amount * (1 + vat))");
  const head = {
    ...base,
    [SOURCE]: `import decimal\n\n${mended}\n\ndef _half_up(value: float) -> float:\n    return float(decimal.Decimal(str(value)).quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP))\n`,
  };
  expect(await codes(head, { task, base })).toEqual([]);
  expect(await codes({ ...head, [SOURCE]: head[SOURCE].replace("amount / 2", "amount / 3") }, { task, base })).toEqual([
    "outside-lines",
  ]);
});
