import { COLUMNS } from "../../src/routing/detector/model.ts";
import type { PackedWeights } from "../../src/routing/detector/model.ts";

/** Cells beyond this part of a column's sizes are cut to it, so that a few large ones do not coarsen the rest. */
const WITHIN = 0.9995;

/** Brings weights (by feature, then column; last row the bias) into the form of the weights file. */
export function pack(keys: readonly number[], weights: Float64Array): PackedWeights {
  const steps: number[] = [];
  const bias: number[] = [];
  const cells = new Int8Array(keys.length * COLUMNS);
  for (let column = 0; column < COLUMNS; column += 1) {
    const of = (row: number): number => weights[row * COLUMNS + column] ?? 0;
    const sizes = keys.map((_, row) => Math.abs(of(row))).sort((left, right) => left - right);
    const step = Number(((sizes[Math.floor(sizes.length * WITHIN)] ?? 0) / 127 || 1e-9).toPrecision(6));
    steps.push(step);
    bias.push(Number(of(keys.length).toPrecision(6)));
    for (let row = 0; row < keys.length; row += 1) {
      cells[row * COLUMNS + column] = Math.max(-127, Math.min(127, Math.round(of(row) / step)));
    }
  }
  return {
    keys: packKeys(keys),
    cells: Buffer.from(cells.buffer).toString("base64"),
    steps,
    bias,
    heat: [1, 1],
    steadied: [],
    simpleFrom: 0,
  };
}

function packKeys(keys: readonly number[]): string {
  const bytes: number[] = [];
  let before = 0;
  for (const key of keys) {
    let rest = key - before;
    before = key;
    for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
    bytes.push(rest);
  }
  return Buffer.from(bytes).toString("base64");
}

const WIDTH = 120;

/** Numbers as the formatter of this repository lays them out: as many a line as fit. */
function listOf(numbers: readonly number[]): string {
  const lines = [""];
  for (const number of numbers) {
    const last = lines.length - 1;
    const longer = lines[last] === "" ? `    ${number},` : `${lines[last]} ${number},`;
    if (longer.length <= WIDTH) lines[last] = longer;
    else lines.push(`    ${number},`);
  }
  return `[\n${lines.join("\n")}\n  ]`;
}

/** The weights file's text. */
export function fileOf(weights: PackedWeights, source: string): string {
  return [
    'import type { PackedWeights } from "./model.ts";',
    "",
    `/** Written by ${source}; do not edit. */`,
    "export const WEIGHTS: PackedWeights = {",
    `  keys: ${JSON.stringify(weights.keys)},`,
    `  cells:\n    ${JSON.stringify(weights.cells)},`,
    `  steps: ${listOf(weights.steps)},`,
    `  bias: ${listOf(weights.bias)},`,
    `  heat: [${weights.heat.join(", ")}],`,
    `  steadied: [\n${weights.steadied.map(([from, right]) => `    [${from}, ${right}],\n`).join("")}  ],`,
    `  simpleFrom: ${weights.simpleFrom},`,
    "};",
    "",
  ].join("\n");
}
