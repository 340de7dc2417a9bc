/**
 * Measures the detector beside the guide's keyword rule.
 *
 *     node bench/routing/run.ts [DATA_DIR]            judged on dev.jsonl, which training never reads
 *     node bench/routing/run.ts [DATA_DIR] --unseen   also trains five times with repositories left out (a minute)
 */
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { choose, openDetector } from "../../src/routing/detector/detector.ts";
import { TYPES } from "../../src/routing/detector/model.ts";
import type { TaskType } from "../../src/routing/routing.ts";
import { readOwnRows, readRows } from "../../scripts/train-routing/rows.ts";
import type { Row } from "../../scripts/train-routing/rows.ts";
import { crossValidate } from "../../scripts/train-routing/validate.ts";
import type { Judged } from "../../scripts/train-routing/validate.ts";
import { keywordSimple, keywordType } from "./keyword-rule.ts";
import { measure, measureFlag } from "./measure.ts";
import type { Answer } from "./measure.ts";

const ROOT = join(import.meta.dirname, "../..");
const WEIGHTS_FILE = join(ROOT, "src/routing/detector/weights.ts");

const { values, positionals } = parseArgs({
  options: { unseen: { type: "boolean", default: false } },
  allowPositionals: true,
});
const folder = positionals[0] ?? resolve(ROOT, "../shared/data/routing");

if (existsSync(join(folder, "dev.jsonl"))) report();
else {
  console.log(`no dev.jsonl in ${folder}: give the folder of the routing data as the first argument.`);
  console.log("The data is kept apart from this repository, since commit texts belong to their projects' histories.");
}
printSize();
printSpeed();

function report(): void {
  const rows = readRows(join(folder, "dev.jsonl"));
  refuseSharedRows(rows);
  const detector = openDetector();
  const ours = rows.map((row) => detector.detect(row.text));
  for (const part of ["hand", "commit"] as const) {
    const picked = rows.map((row, at) => ({ row, at })).filter(({ row }) => row.world === part);
    print(
      `dev ${part}`,
      "detector",
      picked.map(({ row, at }) => {
        const said = ours[at];
        return answerTo(row, said?.type ?? "coding", said?.confidence ?? 0);
      }),
    );
    print(
      `dev ${part}`,
      "keywords",
      picked.map(({ row }) => answerTo(row, keywordType(row.text), 1)),
    );
  }
  const flagged = rows.map((row, at) => ({ row, at })).filter(({ row }) => row.simple !== null);
  printFlag(
    "detector",
    flagged.map(({ row, at }) => ({ is: row.simple === true, said: ours[at]?.simple === true })),
  );
  printFlag(
    "keywords",
    flagged.map(({ row }) => ({ is: row.simple === true, said: keywordSimple(row.text) })),
  );
  if (values.unseen) reportUnseen();
}

/** Training must not have seen what it is judged on; a row of ours that equals one of dev would flatter the figures. */
function refuseSharedRows(rows: readonly Row[]): void {
  const own = new Set(readOwnRows().map(({ text }) => text.toLowerCase()));
  const shared = rows.filter(({ text }) => own.has(text.toLowerCase()));
  if (shared.length === 0) return;
  for (const { text } of shared) console.error(`in dev and among our own rows: ${text}`);
  process.exit(1);
}

/** Honest figures for projects never seen: each row judged by a model without its repository. */
function reportUnseen(): void {
  const rows = [...readRows(join(folder, "train.jsonl")), ...readOwnRows()];
  const judged = crossValidate(rows, { folds: 5, judgeOwn: true });
  for (const world of ["hand", "own", "commit"] as const) {
    const part = judged.filter(({ row }) => row.world === world);
    print(`unseen ${world}`, "detector", part.map(answerOf));
  }
}

function answerOf({ row, shares }: Judged): Answer {
  const byType = Object.fromEntries(TYPES.map((type, at) => [type, shares[at] ?? 0])) as Record<TaskType, number>;
  const said = choose(byType);
  return answerTo(row, said, byType[said]);
}

function answerTo(row: Row, said: TaskType, p: number): Answer {
  return { label: typeAt(row.label), alt: row.alt === null ? null : typeAt(row.alt), said, p };
}

function typeAt(label: number): TaskType {
  return TYPES[label] ?? "coding";
}

function print(what: string, who: string, answers: readonly Answer[]): void {
  const all = measure(answers);
  const percent = (share: number): string => (100 * share).toFixed(1).padStart(5);
  console.log(
    `${what.padEnd(13)} ${who} n=${String(all.n).padEnd(5)} accuracy ${percent(all.accuracy)} F1 ${percent(all.f1)} ` +
      `route ${percent(all.route)} lenient ${percent(all.lenient)} too-cheap ${percent(all.tooCheap)} ` +
      `too-dear ${percent(all.tooDear)} ECE ${all.ece.toFixed(3)} accuracy@90% ${percent(all.accuracyAt90)}`,
  );
}

function printFlag(who: string, pairs: readonly { readonly is: boolean; readonly said: boolean }[]): void {
  const flag = measureFlag(pairs);
  const percent = (share: number): string => (100 * share).toFixed(1).padStart(5);
  console.log(
    `simple flag   ${who} n=${String(pairs.length).padEnd(5)} accuracy ${percent(flag.accuracy)} ` +
      `precision ${percent(flag.precision)} recall ${percent(flag.recall)} F1 ${percent(flag.f1)}`,
  );
}

function printSize(): void {
  const bytes = statSync(WEIGHTS_FILE).size;
  console.log(`weights       ${(bytes / 1_024).toFixed(0)} KB, the file as it stands; at most 256`);
}

function printSpeed(): void {
  const texts = readOwnRows().map(({ text }) => text);
  const detector = openDetector();
  const times: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    for (const text of texts) {
      const started = process.hrtime.bigint();
      detector.detect(text);
      if (round > 3) times.push(Number(process.hrtime.bigint() - started) / 1_000);
    }
  }
  times.sort((left, right) => left - right);
  const at = (part: number): string => (times[Math.floor(times.length * part)] ?? 0).toFixed(1);
  const length = texts.map((text) => text.length).sort((left, right) => left - right)[texts.length >> 1];
  console.log(`time a text   median ${at(0.5)} microseconds, 99% ${at(0.99)} (median text ${length} characters)`);
}
