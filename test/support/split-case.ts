import { execFile } from "node:child_process";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { applySteps } from "../../src/codebase/apply-steps.ts";
import type { ModuleSplit } from "../../src/codebase/module-split.ts";
import { splitModule } from "../../src/codebase/split-module.ts";

const run = promisify(execFile);

export interface CheckedSplit {
  readonly faults: readonly string[];
  /** Share of the old lines found again. */
  readonly kept: number;
  readonly lines: Readonly<Record<string, number>>;
}

/** Splits `file` in the tree at `root` on disk; answers the split, or the reasons why it was declined. */
export async function splitOnDisk(
  root: string,
  file: string,
  maxLines = 600,
): Promise<ModuleSplit | readonly string[]> {
  const outcome = await splitModule({ root, file, maxLines });
  if (outcome.kind === "declined") return outcome.reasons;
  const { split } = outcome;
  const read = (path: string): string | undefined =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
  const texts = applySteps([...split.parts.flatMap((part) => part.steps), ...split.front], read);
  for (const [path, text] of texts) {
    if (text === null) await rm(join(root, path));
    else await mkdir(dirname(join(root, path)), { recursive: true }).then(() => writeFile(join(root, path), text));
  }
  return split;
}

/** Checks a Python split with a program that shares no code with the splitter. */
export async function checkPythonSplit(oldRoot: string, newRoot: string, split: ModuleSplit): Promise<CheckedSplit> {
  const script = join(import.meta.dirname, "check_split.py");
  const { stdout } = await run(
    "python3",
    [script, oldRoot, newRoot, split.file, ...split.parts.map((part) => part.path)],
    { timeout: 60_000 },
  );
  return JSON.parse(stdout) as CheckedSplit;
}

/** Runs the split's own commands in `root`; answers what failed. */
export async function runChecks(root: string, split: ModuleSplit): Promise<string[]> {
  const failed: string[] = [];
  for (const command of [...split.parts.flatMap((part) => part.checks), ...split.frontChecks]) {
    await run("sh", ["-c", command], { cwd: root, timeout: 60_000 }).catch((error: { stderr?: string }) =>
      failed.push(`${command}: ${error.stderr ?? ""}`),
    );
  }
  return failed;
}

/** Copies a case, so that it can be changed; git's own folder and caches stay behind. */
export async function copyCase(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !/\/(\.git|__pycache__|node_modules)$/.test(path),
  });
}

/** The last line of a test command's output, without its time; the end of the output where it failed to run. */
export async function testResult(root: string, command: string): Promise<string> {
  const options = {
    cwd: root,
    timeout: 300_000,
    maxBuffer: 1 << 26,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  };
  const { stdout, stderr } = await run("sh", ["-c", command], options).catch(
    (error: { stdout?: string; stderr?: string }) => ({
      stdout: error.stdout ?? "",
      stderr: error.stderr ?? "",
    }),
  );
  const summary = `${stdout}\n${stderr}`
    .trim()
    .split("\n")
    .findLast((line) => /passed|failed|error|^OK|^FAILED|^Ran/.test(line));
  return (summary ?? stderr.slice(-200))
    .replace(/ in [\d.]+s.*$/, "")
    .replace(/=+/g, "")
    .trim();
}
