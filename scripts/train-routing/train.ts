/**
 * Trains the detector and writes its weights.
 *
 *     node scripts/train-routing/train.ts DATA_DIR              writes src/routing/detector/weights.ts
 *     node scripts/train-routing/train.ts DATA_DIR --out FILE   writes FILE
 *
 * DATA_DIR holds train.jsonl (see docs/routing.md). The same data gives the same bytes. dev.jsonl is not read.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { learn, readAll } from "./learn.ts";
import { fileOf } from "./pack.ts";
import { readOwnRows, readRows } from "./rows.ts";
import { crossValidate, heatOf, simpleFrom, steadied } from "./validate.ts";

const SHIPPED = join(import.meta.dirname, "../../src/routing/detector/weights.ts");

const { values, positionals } = parseArgs({
  options: { out: { type: "string", default: SHIPPED } },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("usage: node scripts/train-routing/train.ts DATA_DIR [--out FILE]");
  process.exit(2);
}
const rows = [...readRows(join(folder, "train.jsonl")), ...readOwnRows()];
const judged = crossValidate(rows, { folds: 5, judgeOwn: true });
const heat = heatOf(judged, "task");
const weights = {
  ...learn(readAll(rows)),
  heat: [heat, heatOf(judged, "subject")] as const,
  steadied: steadied(judged, heat),
  simpleFrom: simpleFrom(judged),
};
writeFileSync(values.out, fileOf(weights, "scripts/train-routing/train.ts"));
console.log(
  `${rows.length} rows; heat ${weights.heat.join(" and ")}, simple from ${weights.simpleFrom}; ${values.out} written`,
);
