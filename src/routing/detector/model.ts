import { openFeatures, readFeatures } from "./features.ts";
import type { Features } from "./features.ts";
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
export const SUBJECT = TYPES.length;
export const IS_SUBJECT = 2 * TYPES.length;
export const IS_SIMPLE = IS_SUBJECT + 1;
export const COLUMNS = IS_SIMPLE + 1;

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
  /** Steps of confidence in tasks, ascending: from which share on, and how many such answers in a hundred are right. */
  readonly steadied: readonly (readonly [from: number, right: number])[];
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
  /** Log odds by word and type; the row after the last word is what the shape of the text said. */
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
  const known = openKnown(keys);
  const features = openFeatures();
  const sums = new Float64Array(COLUMNS);
  const reading: Reading = {
    shares: new Float64Array(TYPES.length),
    subject: 0,
    simple: 0,
    moves: new Float64Array((MOST_WORDS + 1) * TYPES.length),
  };
  return {
    weigh(text) {
      readFeatures(text, features);
      known.pick(features);
      sums.fill(0);
      for (let at = 0; at < known.count; at += 1) {
        const value = known.values[at] ?? 0;
        const cell = (known.rows[at] ?? 0) * COLUMNS;
        for (let column = 0; column < COLUMNS; column += 1) {
          sums[column] = (sums[column] ?? 0) + value * (cells[cell + column] ?? 0);
        }
      }
      for (let column = 0; column < COLUMNS; column += 1) {
        sums[column] = (sums[column] ?? 0) * (packed.steps[column] ?? 0) + (packed.bias[column] ?? 0);
      }
      reading.subject = 1 / (1 + Math.exp(-(sums[IS_SUBJECT] ?? 0)));
      reading.simple = (sums[IS_SIMPLE] ?? 0) - packed.simpleFrom;
      reading.shares.fill(0);
      blend(sums, TASK, 1 - reading.subject, packed.heat[0], reading.shares);
      blend(sums, SUBJECT, reading.subject, packed.heat[1], reading.shares);
      traceMoves(text.words.length, known, cells, packed.steps, reading);
      return reading;
    },
  };
}

/** Adds one opinion on the types to `shares`, by as much as it counts. */
function blend(sums: Float64Array, from: number, part: number, heat: number, shares: Float64Array): void {
  let top = Number.NEGATIVE_INFINITY;
  for (let type = 0; type < TYPES.length; type += 1) top = Math.max(top, sums[from + type] ?? 0);
  let total = 0;
  for (let type = 0; type < TYPES.length; type += 1) total += Math.exp(((sums[from + type] ?? 0) - top) / heat);
  for (let type = 0; type < TYPES.length; type += 1) {
    const share = Math.exp(((sums[from + type] ?? 0) - top) / heat) / total;
    shares[type] = (shares[type] ?? 0) + part * share;
  }
}

/** Notes for each word how far it moved each type. */
function traceMoves(
  words: number,
  known: Known,
  cells: Int8Array,
  steps: readonly number[],
  { moves, subject }: Reading,
): void {
  moves.fill(0, 0, (words + 1) * TYPES.length);
  for (let at = 0; at < known.count; at += 1) {
    const value = known.values[at] ?? 0;
    const cell = (known.rows[at] ?? 0) * COLUMNS;
    const from = known.from[at] ?? -1;
    const into = (from < 0 ? words : from) * TYPES.length;
    for (let type = 0; type < TYPES.length; type += 1) {
      const asTask = (cells[cell + TASK + type] ?? 0) * (steps[TASK + type] ?? 0);
      const asSubject = (cells[cell + SUBJECT + type] ?? 0) * (steps[SUBJECT + type] ?? 0);
      moves[into + type] = (moves[into + type] ?? 0) + value * ((1 - subject) * asTask + subject * asSubject);
    }
  }
}

/** The features of a text that the weights know, none twice, brought to one length. */
interface Known {
  count: number;
  readonly rows: Int32Array;
  readonly values: Float64Array;
  readonly from: Int16Array;
  pick(features: Features): void;
}

function openKnown(keys: Int32Array): Known {
  const find = openIndex(keys);
  const seenIn = new Int32Array(keys.length);
  const room = openFeatures().ids.length;
  let turn = 0;
  const known: Known = {
    count: 0,
    rows: new Int32Array(room),
    values: new Float64Array(room),
    from: new Int16Array(room),
    pick(features) {
      turn = (turn + 1) | 0;
      let count = 0;
      let square = 0;
      for (let at = 0; at < features.count; at += 1) {
        const row = find(features.ids[at] ?? 0);
        if (row < 0 || seenIn[row] === turn) continue;
        seenIn[row] = turn;
        const value = features.values[at] ?? 0;
        known.rows[count] = row;
        known.values[count] = value;
        known.from[count] = features.from[at] ?? -1;
        count += 1;
        square += value * value;
      }
      const loud = LENGTH / Math.sqrt(square || 1);
      for (let at = 0; at < count; at += 1) known.values[at] = (known.values[at] ?? 0) * loud;
      known.count = count;
    },
  };
  return known;
}

/** Number of a feature -> its row, by open addressing; -1: not known. */
function openIndex(keys: Int32Array): (key: number) => number {
  let size = 1_024;
  while (size < keys.length * 2) size *= 2;
  const slots = new Int32Array(size).fill(-1);
  for (const [row, key] of keys.entries()) {
    let slot = key & (size - 1);
    while ((slots[slot] ?? -1) >= 0) slot = (slot + 1) & (size - 1);
    slots[slot] = row;
  }
  return (key) => {
    for (let slot = key & (size - 1); ; slot = (slot + 1) & (size - 1)) {
      const row = slots[slot] ?? -1;
      if (row < 0 || keys[row] === key) return row;
    }
  };
}

function unpackKeys(text: string): Int32Array {
  const keys: number[] = [];
  let key = 0;
  let part = 0;
  let shift = 0;
  for (const byte of Buffer.from(text, "base64")) {
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
