import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** How a project runs its tests. */
export interface TestCommand {
  /** POSIX shell text, run at the project's root. */
  readonly command: string;
  readonly runner: "pytest" | "unittest" | "node:test" | "vitest" | "jest" | "mocha" | "tap" | "other";
  /** Where it was read: "package.json scripts.test", "tests/ with pytest". */
  readonly source: string;
}

/** What a test run said in the end. */
export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly runner: string;
}

/**
 * The command that runs a project's own tests, or undefined where none is to be seen. A package script is run by its
 * text where that can be done without the package manager (so that no manager has to be installed), with the
 * project's own programs first in PATH. Reads only.
 */
export async function detectTestCommand(root: string): Promise<TestCommand | undefined> {
  return (await fromPackage(root)) ?? (await fromPython(root)) ?? (await fromMakefile(root));
}

async function fromPackage(root: string): Promise<TestCommand | undefined> {
  const text = await readFile(join(root, "package.json"), "utf8").catch(() => undefined);
  const script = text === undefined ? undefined : scriptOf(text, "test");
  if (text !== undefined && script !== undefined && !/no test specified/.test(script)) {
    const hooks = ["pretest", "posttest"].some((name) => scriptOf(text, name) !== undefined);
    const direct = !hooks && !/\b(?:npm|pnpm|yarn|bun)\b|\bnpm_\w+/.test(script);
    const command = direct
      ? `PATH="$PWD/node_modules/.bin:$PATH"; export PATH; ${script}`
      : `${await managerOf(root)} test`;
    return { command, runner: runnerOf(script), source: "package.json scripts.test" };
  }
  if (text === undefined) return undefined;
  const paths = await filesBelow(root, 3);
  if (paths.some((path) => /\.(?:test|spec)\.[cm]?[jt]s$|^tests?\/.*\.[cm]?[jt]s$/.test(path))) {
    for (const runner of ["vitest", "jest", "mocha"] as const) {
      const program = join(root, "node_modules", ".bin", runner);
      if (await exists(program))
        return {
          command: `./node_modules/.bin/${runner}${runner === "vitest" ? " run" : ""}`,
          runner,
          source: `${runner} in node_modules`,
        };
    }
    const usesNode = await anyContains(
      root,
      paths,
      /\.(?:test|spec)\.[cm]?[jt]s$|^tests?\/.*\.[cm]?[jt]s$/,
      /["']node:test["']/,
    );
    if (usesNode) return { command: "node --test", runner: "node:test", source: "tests that import node:test" };
  }
  return undefined;
}

function scriptOf(text: string, name: string): string | undefined {
  try {
    const value = (JSON.parse(text) as { scripts?: Record<string, unknown> }).scripts?.[name];
    return typeof value === "string" && value.trim() !== "" ? value : undefined;
  } catch {
    return undefined;
  }
}

async function managerOf(root: string): Promise<string> {
  if (await exists(join(root, "pnpm-lock.yaml"))) return "pnpm";
  if (await exists(join(root, "yarn.lock"))) return "yarn";
  return (await exists(join(root, "bun.lockb"))) || (await exists(join(root, "bun.lock"))) ? "bun run" : "npm";
}

function runnerOf(script: string): TestCommand["runner"] {
  if (/\bvitest\b/.test(script)) return "vitest";
  if (/\bjest\b/.test(script)) return "jest";
  if (/\bmocha\b/.test(script)) return "mocha";
  if (/--test\b/.test(script)) return "node:test";
  if (/\bpytest\b/.test(script)) return "pytest";
  return /\btap\b|\btape\b/.test(script) ? "tap" : "other";
}

async function fromPython(root: string): Promise<TestCommand | undefined> {
  const paths = await filesBelow(root, 4);
  const isTest = /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/;
  const tests = paths.filter((path) => isTest.test(path));
  if (tests.length === 0) return undefined;
  const [folder] = [...new Set(tests.map((path) => (path.includes("/") ? (path.split("/")[0] ?? ".") : ".")))];
  const settings = await Promise.all(
    ["pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini"].map((name) =>
      readFile(join(root, name), "utf8").catch(() => ""),
    ),
  );
  const configured =
    settings.some((text) => /\[(?:tool\.pytest|tool:pytest|pytest)\b/.test(text)) ||
    paths.some((path) => /(?:^|\/)conftest\.py$/.test(path));
  const python = (await exists(join(root, ".venv/bin/python")))
    ? ".venv/bin/python"
    : (await exists(join(root, "venv/bin/python")))
      ? "venv/bin/python"
      : "python3";
  const style = await anyContains(
    root,
    tests,
    isTest,
    /\bimport pytest\b|\bfrom pytest\b|^def test_|^async def test_/m,
  );
  const onPath =
    settings.some((text) => /\bpythonpath\b/.test(text)) || !(await exists(join(root, "src")))
      ? ""
      : "PYTHONPATH=src:. ";
  if (configured || style)
    return {
      command: `${onPath}${python} -m pytest -q -p no:cacheprovider`,
      runner: "pytest",
      source: configured ? "pytest's settings" : `${folder ?? "."} with pytest`,
    };
  const isPackage = folder !== undefined && folder !== "." && (await exists(join(root, folder, "__init__.py")));
  // Without __init__.py the tests' folder is its own top, and the project's root must be named.
  const place =
    isPackage || folder === undefined || folder === "."
      ? `${onPath}${python} -m unittest discover -s ${folder ?? "."} -t .`
      : `${onPath === "" ? "PYTHONPATH=. " : onPath}${python} -m unittest discover -s ${folder}`;
  return { command: place, runner: "unittest", source: `${folder ?? "."} with unittest` };
}

async function fromMakefile(root: string): Promise<TestCommand | undefined> {
  const text = await readFile(join(root, "Makefile"), "utf8").catch(() => "");
  return /^test:/m.test(text) ? { command: "make test", runner: "other", source: "Makefile" } : undefined;
}

async function anyContains(root: string, paths: readonly string[], which: RegExp, pattern: RegExp): Promise<boolean> {
  for (const path of paths.filter((each) => which.test(each)).slice(0, 40)) {
    if (pattern.test(await readFile(join(root, path), "utf8").catch(() => ""))) return true;
  }
  return false;
}

const UNREAD = new Set(["node_modules", ".git", ".venv", "venv", "dist", "build", "__pycache__", "vendor", ".tox"]);

async function filesBelow(root: string, depth: number, folder: string = ""): Promise<string[]> {
  const found: string[] = [];
  const entries = (await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  for (const entry of entries) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && depth > 0 && !UNREAD.has(entry.name))
      found.push(...(await filesBelow(root, depth - 1, path)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** True for commands whose end should tell how many tests ran. */
export function isTestCommand(command: string): boolean {
  if (/--(?:co|collect-only|version|help|list)\b/.test(command)) return false;
  return /\b(?:pytest|py\.test|vitest|jest|mocha|ava|tape|tap)\b|-m unittest\b|\bnode\b.*\s--test\b|\b(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?(?:test|t)\b|\bmake\s+(?:test|check)\b|\btox\b|\bnox\b/.test(
    command,
  );
}

type Reader = (output: string) => TestSummary | undefined;

/** What a run's output says of how many tests passed, failed and were skipped; undefined where it says nothing known. */
export function parseTestSummary(output: string): TestSummary | undefined {
  const plain = output.replaceAll(/\u001b\[[0-9;]*m/g, "");
  for (const read of READERS) {
    const summary = read(plain);
    if (summary !== undefined) return summary;
  }
  return undefined;
}

function count(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}

const READERS: readonly Reader[] = [readVitest, readJest, readPytest, readNodeTest, readUnittest, readMocha, readTap];

function readPytest(output: string): TestSummary | undefined {
  if (/^(?:=+ )?no tests ran in /m.test(output)) return { passed: 0, failed: 0, skipped: 0, runner: "pytest" };
  const line = output
    .split("\n")
    .findLast((each) =>
      /^(?:=+ )?(?:\d+ (?:passed|failed|skipped|xfailed|xpassed|errors?|deselected|warnings?)(?:, )?)+ in [\d.]+s/.test(
        each,
      ),
    );
  if (line === undefined) return undefined;
  return {
    passed: count(line, /(\d+) passed/) + count(line, /(\d+) xpassed/),
    failed: count(line, /(\d+) failed/) + count(line, /(\d+) errors?/),
    skipped: count(line, /(\d+) skipped/) + count(line, /(\d+) xfailed/) + count(line, /(\d+) deselected/),
    runner: "pytest",
  };
}

function readUnittest(output: string): TestSummary | undefined {
  const ran = [...output.matchAll(/^Ran (\d+) tests? in [\d.]+s/gm)].at(-1);
  if (ran === undefined) return undefined;
  const end = output.slice(ran.index);
  const failed = count(end, /failures=(\d+)/) + count(end, /errors=(\d+)/) + count(end, /unexpected successes=(\d+)/);
  const skipped = count(end, /skipped=(\d+)/) + count(end, /expected failures=(\d+)/);
  return { passed: Math.max(0, Number(ran[1]) - failed - skipped), failed, skipped, runner: "unittest" };
}

/** node:test's last lines, spec (`ℹ pass 3`) and tap (`# pass 3`). */
function readNodeTest(output: string): TestSummary | undefined {
  const value = (word: string): number | undefined => {
    const found = [...output.matchAll(new RegExp(`^(?:ℹ|#) ${word} (\\d+)$`, "gm"))].at(-1);
    return found === undefined ? undefined : Number(found[1]);
  };
  const [passed, failed] = [value("pass"), value("fail")];
  if (passed === undefined || failed === undefined || value("cancelled") === undefined) return undefined;
  return {
    passed,
    failed: failed + (value("cancelled") ?? 0),
    skipped: (value("skipped") ?? 0) + (value("todo") ?? 0),
    runner: "node:test",
  };
}

function readVitest(output: string): TestSummary | undefined {
  const line = output
    .split("\n")
    .findLast((each) => /^\s*Tests\s{2}(?=.*\d+ (?:passed|failed|skipped|todo))/.test(each));
  if (line === undefined)
    return /^\s*No test files found/m.test(output) ? { passed: 0, failed: 0, skipped: 0, runner: "vitest" } : undefined;
  return {
    passed: count(line, /(\d+) passed/),
    failed: count(line, /(\d+) failed/),
    skipped: count(line, /(\d+) skipped/) + count(line, /(\d+) todo/),
    runner: "vitest",
  };
}

function readJest(output: string): TestSummary | undefined {
  const line = output.split("\n").findLast((each) => /^Tests:\s+.*\d+ total/.test(each));
  if (line === undefined) return undefined;
  return {
    passed: count(line, /(\d+) passed/),
    failed: count(line, /(\d+) failed/),
    skipped: count(line, /(\d+) skipped/) + count(line, /(\d+) todo/),
    runner: "jest",
  };
}

function readMocha(output: string): TestSummary | undefined {
  if (!/^\s+\d+ passing \(/m.test(output)) return undefined;
  return {
    passed: count(output, /^\s+(\d+) passing \(/m),
    failed: count(output, /^\s+(\d+) failing$/m),
    skipped: count(output, /^\s+(\d+) pending$/m),
    runner: "mocha",
  };
}

function readTap(output: string): TestSummary | undefined {
  if (!/^TAP version \d+$/m.test(output) && !/^1\.\.\d+$/m.test(output)) return undefined;
  const points = [...output.matchAll(/^(not )?ok \d+\b(.*)$/gm)];
  if (points.length === 0)
    return /^1\.\.0\b/m.test(output) ? { passed: 0, failed: 0, skipped: 0, runner: "tap" } : undefined;
  const skipped = points.filter(([, , rest = ""]) => /# (?:SKIP|TODO)\b/i.test(rest)).length;
  const failed = points.filter(([, not, rest = ""]) => not !== undefined && !/# TODO\b/i.test(rest)).length;
  return { passed: points.length - skipped - failed, failed, skipped, runner: "tap" };
}

/** True when a later run is as good: nothing failed that passed, and no fewer tests passed. */
export function sameResult(before: TestSummary, after: TestSummary): boolean {
  return after.failed <= before.failed && after.passed >= before.passed;
}
