/**
 * Kills whole runs with SIGKILL at random moments and goes on with them by `allot resume`: worker alone, call host alone,
 * both, and three kills in a row, in turn: 40 runs make about 60 kill points. Prints what came of it, and fails where a run's end differs from the undisturbed one's.
 *
 * node bench/crash/run.ts [--runs N] [--seed S] [--lanes L] [--only KIND:SEED]
 */
import { parseArgs } from "node:util";
import { openCrashField } from "../../test/support/crash-field.ts";
import { crashTrial, type CrashKind, type CrashResult } from "../../test/support/crash-trial.ts";

const KINDS: readonly CrashKind[] = ["worker", "host", "both", "several"];

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "40" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    only: { type: "string" },
    lanes: { type: "string", default: "1" },
  },
});
const seed = Number(values.seed);
const trials = values.only === undefined ? inTurn(Number(values.runs)) : [oneOf(values.only)];

await using field = await openCrashField();
say(
  `seed ${seed}; undisturbed: ${(field.undisturbed.tookMs / 1000).toFixed(1)} s, ${field.undisturbed.asked.length} calls, tree ${field.undisturbed.tree.slice(0, 12)}`,
);
const results: CrashResult[] = [];
const waiting = [...trials];
await Promise.all(Array.from({ length: Number(values.lanes) }, lane));
say("");
table(results);
process.exitCode = results.every(isGood) ? 0 : 1;

async function lane(): Promise<void> {
  for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
    results.push(await crashTrial(field, trial.kind, trial.seed));
    tell(results);
  }
}

function tell(all: readonly CrashResult[]): void {
  const result = all.at(-1);
  if (result === undefined) return;
  const bad = result.faults.length > 0 || result.finishedRepeated + result.runningRepeated > 0;
  say(
    `${String(all.length).padStart(3)}  ${result.kills.join(" ").padEnd(34)} unknown ${result.unknown}  recovery ${result.recoveryMs.map(seconds).join(", ")}${bad ? `\n     WRONG (again: --only ${result.kind}:${result.seed}): ${result.faults.join("; ")}` : ""}`,
  );
}

function inTurn(runs: number): { kind: CrashKind; seed: number }[] {
  return Array.from({ length: runs }, (_, index) => ({
    kind: KINDS[index % KINDS.length] ?? "worker",
    seed: seed + index,
  }));
}

function oneOf(text: string): { kind: CrashKind; seed: number } {
  const [kind = "", number = ""] = text.split(":");
  return { kind: kind as CrashKind, seed: Number(number) };
}

function isGood(result: CrashResult): boolean {
  return result.faults.length === 0 && result.finishedRepeated === 0 && result.runningRepeated === 0;
}

function table(all: readonly CrashResult[]): void {
  const head = [
    "killed",
    "runs",
    "kill points",
    "trees equal",
    "finished repeated",
    "running repeated",
    "unknown",
    "ledger equal",
    "recovery median",
    "max",
  ];
  const rows = [...KINDS, undefined].flatMap((kind) => {
    const some = all.filter((result) => kind === undefined || result.kind === kind);
    return some.length === 0 ? [] : [row(kind ?? "all", some)];
  });
  for (const cells of [head, head.map(() => "---"), ...rows]) say(`| ${cells.join(" | ")} |`);
}

function row(name: string, some: readonly CrashResult[]): string[] {
  const hits = some.flatMap(({ kills }) => kills).filter((text) => !text.startsWith("+")).length;
  const recovery = some.flatMap(({ recoveryMs }) => recoveryMs).toSorted((a, b) => a - b);
  const sum = (of: (result: CrashResult) => number): string =>
    String(some.reduce((total, result) => total + of(result), 0));
  return [
    name,
    String(some.length),
    String(hits),
    sum(({ treeEqual }) => (treeEqual ? 1 : 0)),
    sum(({ finishedRepeated }) => finishedRepeated),
    sum(({ runningRepeated }) => runningRepeated),
    sum(({ unknown }) => unknown),
    sum(({ ledgerEqual }) => (ledgerEqual ? 1 : 0)),
    seconds(recovery[Math.floor(recovery.length / 2)] ?? 0),
    seconds(recovery.at(-1) ?? 0),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
