/**
 * Splits one module of a checked-out project on a copy, runs its tests before and after and checks the result.
 * Usage: node bench/split-case.ts ROOT FILE "TEST COMMAND" [WORK FOLDER]
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPythonSplit, copyCase, runChecks, splitOnDisk, testResult } from "../test/support/split-case.ts";

const [root = "", file = "", command = "true", work = join(tmpdir(), "allot-split-case")] = process.argv.slice(2);
const [before, after] = [join(work, "before"), join(work, "after")];
await copyCase(root, before);
await copyCase(root, after);
const started = Date.now();
const split = await splitOnDisk(after, file);
const tookMs = Date.now() - started;
if (!("parts" in split)) {
  console.log(JSON.stringify({ file, declined: split, tookMs }, undefined, 1));
  process.exit(1);
}
const checked = file.endsWith(".py") ? await checkPythonSplit(before, after, split) : undefined;
const result = {
  file,
  tookMs,
  testsBefore: await testResult(before, command),
  testsAfter: await testResult(after, command),
  failedChecks: await runChecks(after, split),
  faults: checked?.faults,
  kept: checked?.kept,
  lines: checked?.lines,
  notes: split.notes,
};
console.log(JSON.stringify(result, undefined, 1));
