import { spanOf } from "../bundle.ts";
import { isPython, withFile, type Fault, type Ground, type Spoiled } from "./fault.ts";

const edit = (name: string, path: string, change: (text: string) => string): Fault => ({
  kind: "edited-check",
  name,
  make: ({ good, project }) => {
    const old = project.base.get(path);
    if (old === undefined || change(old) === old) return undefined;
    return { files: withFile(good, path, change) };
  },
});

const add = (name: string, path: string, text: string, language: "python" | "script"): Fault => ({
  kind: "edited-check",
  name,
  make: (ground) =>
    isPython(ground) === (language === "python") && !ground.project.base.has(path)
      ? { files: new Map(ground.good).set(path, text) }
      : undefined,
});

export const CHECK_FAULTS: readonly Fault[] = [
  edit("script-or-true", "package.json", (text) => text.replace(/"test": "([^"]+)"/, '"test": "$1 || true"')),
  edit("script-subset", "package.json", (text) =>
    text.replace(/"test": "[^"]+"/, '"test": "node --test --test-name-pattern=parses"'),
  ),
  edit("script-echo", "package.json", (text) => text.replace(/"test": "[^"]+"/, '"test": "echo 3 tests passed"')),
  edit("lint-off", "package.json", (text) => text.replace(/"lint": "[^"]+"/, '"lint": "exit 0"')),
  edit("lint-script", "scripts/lint.js", (text) => text.replace("bad === 0 ? 0 : 1", "0")),
  edit("compiler-lax", "tsconfig.json", (text) => text.replace('"strict": true', '"strict": false')),
  edit("ci-ignores", ".github/workflows/ci.yml", (text) =>
    text.replace(/- run: (.*test.*)/, "- run: $1\n        continue-on-error: true"),
  ),
  edit("runner-deselects", "pytest.ini", (text) => `${text}addopts = -k "not limit and not edges"\n`),
  edit("script-exits", "scripts/check.sh", (text) => text.replace("set -e\n", "exit 0\n")),
  edit("script-tolerates", "scripts/check.sh", (text) =>
    text.replace(/(python3 -m (?:pytest|unittest).*)/, "$1 || true"),
  ),
  edit("make-tolerates", "Makefile", (text) => text.replace(/\t(python3 .*|node .*)/, "\t-$1")),
  edit(
    "settings-deselect",
    "pyproject.toml",
    (text) => `${text}\n[tool.pytest.ini_options]\naddopts = "--ignore=tests"\n`,
  ),
  add(
    "conftest-hook",
    "conftest.py",
    'def pytest_collection_modifyitems(items):\n    items[:] = [item for item in items if "limit" not in item.name]\n',
    "python",
  ),
  add("conftest-ignores", "tests/conftest.py", 'collect_ignore = ["test_wrap.py"]\n', "python"),
  add("site-customize", "sitecustomize.py", "import sys\nsys.exit = lambda *args: None\n", "python"),
  add("new-runner-settings", "pytest.toml", '[pytest]\naddopts = ["--co"]\n', "python"),
  add(
    "runner-config",
    "vitest.config.ts",
    'export default { test: { exclude: ["test/**"], passWithNoTests: true } };\n',
    "script",
  ),
  add("npm-settings", ".npmrc", "ignore-scripts=true\nscript-shell=/bin/true\n", "script"),
];

/** The subject as the good result has it, in a file as it was before the base. */
async function onOldCopy(ground: Ground): Promise<ReadonlyMap<string, string> | undefined> {
  const { path, name } = ground.task.subject;
  const [old, now] = [ground.project.before.get(path), ground.good.get(path)];
  if (old === undefined || now === undefined || old === ground.project.base.get(path)) return undefined;
  const span = await spanOf(path, now, name).catch(() => undefined);
  if (span === undefined) return undefined;
  const text = now.split("\n").slice(span.first - 1, span.last);
  const there = await spanOf(path, old, name).catch(() => undefined);
  const lines = old.split("\n");
  if (there !== undefined) lines.splice(there.first - 1, there.last - there.first + 1, ...text);
  else if (name.includes("."))
    lines.splice(
      lines.findLastIndex((line) => line === "}"),
      0,
      "",
      ...text,
    );
  else lines.push("", ...text, "");
  // Where the subject is all that the old commit lacked, nothing is stale.
  if (lines.join("\n").trim() === now.trim()) return undefined;
  return new Map(ground.good).set(path, lines.join("\n"));
}

export const STALE_FAULTS: readonly Fault[] = [
  {
    kind: "stale-base",
    name: "old-commit",
    make: async (ground): Promise<Spoiled> => {
      const files = new Map(ground.project.before);
      for (const [path, text] of ground.good) if (ground.project.base.get(path) !== text) files.set(path, text);
      return { files, on: "before" };
    },
  },
  {
    kind: "stale-base",
    name: "old-copy",
    make: async (ground) => onOldCopy(ground).then((files) => (files === undefined ? undefined : { files })),
  },
  {
    kind: "stale-base",
    name: "merged-away",
    make: (ground): Spoiled => {
      const files = new Map(ground.project.before);
      for (const [path, text] of ground.good) if (ground.project.base.get(path) !== text) files.set(path, text);
      return { files, on: "merge" };
    },
  },
  {
    kind: "stale-base",
    name: "old-commit-old-copy",
    make: async (ground) =>
      onOldCopy(ground).then((files) =>
        files === undefined
          ? undefined
          : {
              files: new Map([
                ...ground.project.before,
                ...[...files].filter(([path, text]) => ground.project.base.get(path) !== text),
              ]),
              on: "before" as const,
            },
      ),
  },
];
