import { openFeatures, readFeatures } from "./features.ts";
import { MOST_WORDS } from "./words.ts";
import type { Words } from "./words.ts";

/** The order of the types in the weights; the labels of the data are the same words in capitals. */
export const TYPES = [
  "ui",
  "coding",
  "testing",
  "debugging",
  "documentation",
  "research",
  "analysis",
  "automation",
] as const;

/** Columns of the weights: types as people ask for them, types as commit subjects say them, and two yes/no questions. */
export const TASK = 0;
export const SUBJECT = 8;
export const IS_SUBJECT = 16;
export const IS_SIMPLE = 17;
export const COLUMNS = 18;

/** Length that the features of a text are brought to. */
export const LENGTH = 4;

/** What stands in the weights file. */
export interface PackedWeights {
  /** Base64 of the features' numbers, ascending, each as the distance to the one before in groups of 7 bits. */
  readonly keys: string;
  /** Base64 of a signed byte for each feature and column. */
  readonly cells: string;
  /** What one step of a byte is worth in each column. */
  readonly steps: readonly number[];
  readonly bias: readonly number[];
  /** Divides the log odds of the two ways to say a type, so that shares mean what they say. */
  readonly heat: readonly [number, number];
  /** From which log odds on a text is called simple. */
  readonly simpleFrom: number;
}

/** What a text weighs; used again for the next text, so copy what you keep. */
export interface Reading {
  /** By type, adding up to 1. */
  readonly shares: Float64Array;
  /** How much the text reads as a commit subject, 0 to 1. */
  subject: number;
  /** Log odds, against the threshold: above 0 is simple. */
  simple: number;
  /** Known features in the text. */
  known: number;
  /** Log odds by word and type; row `words` of it is what the shape of the text said. */
  readonly moves: Float64Array;
}

export interface Model {
  /** Weighs one text. Pure but for the reading, which the next call overwrites. */
  weigh(text: Words): Reading;
}

/** Unpacks the weights; takes a few milliseconds, once. */
export function openModel(packed: PackedWeights): Model {
  const keys = unpackKeys(packed.keys);
  const cells = new Int8Array(Buffer.from(packed.cells, "base64"));
  const index = indexOf(keys);
  const features = openFeatures();
  const rows = new Int32Array(features.ids.length);
  const places = new Int32Array(features.ids.length);
  const seenIn = new Int32Array(keys.length);
  const sums = new Float64Array(COLUMNS);
  const reading: Reading = {
    shares: new Float64Array(TYPES.length),
    subject: 0,
    simple: 0,
    known: 0,
    moves: new Float64Array((MOST_WORDS + 1) * TYPES.length),
  };
  let turn = 0;
  return {
    weigh(text) {
      turn = (turn + 1) | 0;
      readFeatures(text, features);
      let known = 0;
      let square = 0;
      for (let at = 0; at < features.count; at += 1) {
        const row = index.find(features.ids[at] ?? 0);
        if (row < 0 || seenIn[row] === turn) continue;
        seenIn[row] = turn;
        rows[known] = row;
        places[known] = at;
        known += 1;
        square += (features.values[at] ?? 0) ** 2;
      }
      const loud = LENGTH / Math.sqrt(square || 1);
      sums.fill(0);
      for (let at = 0; at < known; at += 1) {
        const value = loud * (features.values[places[at] ?? 0] ?? 0);
        const cell = (rows[at] ?? 0) * COLUMNS;
        for (let column = 0; column < COLUMNS; column += 1)
          sums[column] = (sums[column] ?? 0) + value * (cells[cell + column] ?? 0);
      }
      for (let column = 0; column < COLUMNS; column += 1) {
        sums[column] = (sums[column] ?? 0) * (packed.steps[column] ?? 0) + (packed.bias[column] ?? 0);
      }
      reading.known = known;
      reading.subject = 1 / (1 + Math.exp(-(sums[IS_SUBJECT] ?? 0)));
      reading.simple = (sums[IS_SIMPLE] ?? 0) - packed.simpleFrom;
      blend(sums, packed.heat, reading);
      reading.moves.fill(0, 0, (text.words.length + 1) * TYPES.length);
      const task = 1 - reading.subject;
      for (let at = 0; at < known; at += 1) {
        const place = places[at] ?? 0;
        const value = loud * (features.values[place] ?? 0);
        const cell = (rows[at] ?? 0) * COLUMNS;
        const from = features.from[place] ?? -1;
        const into = (from < 0 ? text.words.length : from) * TYPES.length;
        for (let type = 0; type < TYPES.length; type += 1) {
          const said = task * (cells[cell + type] ?? 0) * (packed.steps[type] ?? 0);
          const written = reading.subject * (cells[cell + SUBJECT + type] ?? 0) * (packed.steps[SUBJECT + type] ?? 0);
          reading.moves[into + type] = (reading.moves[into + type] ?? 0) + value * (said + written);
        }
      }
      return reading;
    },
  };
}

/** Two opinions on the types, each by as much as the text is of its kind. */
function blend(sums: Float64Array, heat: readonly [number, number], reading: Reading): void {
  reading.shares.fill(0);
  for (const [head, share] of [
    [0, 1 - reading.subject],
    [1, reading.subject],
  ] as const) {
    let top = Number.NEGATIVE_INFINITY;
    const from = head * TYPES.length;
    const warm = heat[head];
    for (let type = 0; type < TYPES.length; type += 1) top = Math.max(top, sums[from + type] ?? 0);
    let total = 0;
    for (let type = 0; type < TYPES.length; type += 1) total += Math.exp(((sums[from + type] ?? 0) - top) / warm);
    for (let type = 0; type < TYPES.length; type += 1) {
      reading.shares[type] =
        (reading.shares[type] ?? 0) + (share * Math.exp(((sums[from + type] ?? 0) - top) / warm)) / total;
    }
  }
}

function unpackKeys(text: string): Int32Array {
  const bytes = Buffer.from(text, "base64");
  const keys: number[] = [];
  let key = 0;
  let part = 0;
  let shift = 0;
  for (const byte of bytes) {
    part |= (byte & 127) << shift;
    shift += 7;
    if (byte >= 128) continue;
    key += part;
    keys.push(key);
    part = 0;
    shift = 0;
  }
  return Int32Array.from(keys);
}

/** Number of a feature -> its row, by open addressing; -1: not known. */
function indexOf(keys: Int32Array): { find(key: number): number } {
  let size = 1_024;
  while (size < keys.length * 2) size *= 2;
  const slots = new Int32Array(size).fill(-1);
  for (const [row, key] of keys.entries()) {
    let slot = key & (size - 1);
    while ((slots[slot] ?? -1) >= 0) slot = (slot + 1) & (size - 1);
    slots[slot] = row;
  }
  return {
    find(key) {
      for (let slot = key & (size - 1); ; slot = (slot + 1) & (size - 1)) {
        const row = slots[slot] ?? -1;
        if (row < 0 || keys[row] === key) return row;
      }
    },
  };
}
