/**
 * Measures how often the delegator, with its threshold, sends work to the wrong kind of model; src/routing/measured.ts
 * holds the figures.
 *
 *     node bench/routing/sent-wrong.ts [DATA_DIR]
 */
import { join, resolve } from "node:path";
import { openDetector } from "../../src/routing/detector/detector.ts";
import { TYPES } from "../../src/routing/detector/model.ts";
import { DEFAULT_TABLE } from "../../src/routing/route-table.ts";
import type { TaskType } from "../../src/routing/routing.ts";
import { readRows } from "../../scripts/train-routing/rows.ts";

const CHEAP: ReadonlySet<TaskType> = new Set(["ui", "documentation", "research"]);
const folder = resolve(process.argv[2] ?? join(import.meta.dirname, "../../../shared/data/routing"));
const detector = openDetector();
const rows = readRows(join(folder, "dev.jsonl"));

for (const sureFrom of [0, 0.5, DEFAULT_TABLE.sureFrom, 0.7, 0.8, 0.9]) {
  for (const [name, part] of [
    ["hand", rows.filter(({ world }) => world === "hand")],
    ["commits", rows.filter(({ world }) => world === "commit")],
  ] as const) {
    let [premium, cheap, tooCheap, tooDear] = [0, 0, 0, 0];
    for (const { text, label } of part) {
      const { type, confidence, kind } = detector.detect(text);
      const sentCheap = kind === "task" && CHEAP.has(type) && confidence >= sureFrom;
      if (CHEAP.has(TYPES[label] ?? "coding")) {
        cheap += 1;
        if (!sentCheap) tooDear += 1;
      } else {
        premium += 1;
        if (sentCheap) tooCheap += 1;
      }
    }
    const share = (part: number, of: number): string => `${part} of ${of} (${((100 * part) / of).toFixed(1)}%)`;
    process.stdout.write(
      `sure from ${sureFrom.toFixed(2)}  ${name.padEnd(8)} premium work sent too cheap ${share(tooCheap, premium)}, ` +
        `cheap work sent too dear ${share(tooDear, cheap)}\n`,
    );
  }
}
