import { openFeatures, readFeatures } from "../../src/routing/detector/features.ts";
import { COLUMNS, IS_SIMPLE, IS_SUBJECT, LENGTH, SUBJECT, TASK, TYPES } from "../../src/routing/detector/model.ts";
import type { PackedWeights } from "../../src/routing/detector/model.ts";
import { cutWords, readPart } from "../../src/routing/detector/words.ts";
import { fit } from "./fit.ts";
import type { Sample, Weights } from "./fit.ts";
import { pack } from "./pack.ts";
import type { Row, World } from "./rows.ts";

export interface LearnSettings {
  /** How many features are shipped. */
  readonly keep: number;
  readonly rounds: number;
  readonly rate: number;
  readonly shrink: number;
  readonly seed: number;
}

export const SETTINGS: LearnSettings = { keep: 9_800, rounds: 12, rate: 0.05, shrink: 2e-5, seed: 1 };

/** How much a row of each world counts for each question. Hand rows are few, and are what people really write. */
const COUNTS: Readonly<Record<"task" | "subject" | "isSubject" | "isSimple", Readonly<Record<World, number>>>> = {
  task: { hand: 1, own: 1, template: 0.15, commit: 0.006 },
  subject: { hand: 1, own: 1, template: 0, commit: 1 },
  isSubject: { hand: 2, own: 2, template: 0.4, commit: 0.2 },
  isSimple: { hand: 2, own: 2, template: 0, commit: 0 },
};

/** A feature is looked at from so many occurrences on; a hand or own row counts for two, a template for a quarter. */
const LEAST = 2;
const WORTH: Readonly<Record<World, number>> = { hand: 2, own: 2, template: 0.25, commit: 1 };

/** How much more a feature's weight as people ask counts than its weight in commit subjects, when features are picked. */
const TASK_WORTH = 3;

/** Few rows decide how people ask, and their order shows: that model is the mean of several shuffles. */
const SEEDS = [0, 1, 2];

interface Read {
  readonly row: Row;
  readonly features: ReadonlyMap<number, number>;
}

/** Reads the features of all rows once; learning on parts of them then takes the parts. */
export function readAll(rows: readonly Row[]): readonly Read[] {
  const features = openFeatures();
  return rows.map((row) => {
    readFeatures(
      cutWords(readPart(row.text), () => undefined),
      features,
    );
    const found = new Map<number, number>();
    for (let at = 0; at < features.count; at += 1) {
      const id = features.ids[at] ?? 0;
      if (!found.has(id)) found.set(id, features.values[at] ?? 0);
    }
    return { row, features: found };
  });
}

/** Learns all columns on `rows` and packs them; the same rows and settings give the same bytes. */
export function learn(rows: readonly Read[], settings: LearnSettings = SETTINGS): PackedWeights {
  const seen = occurrences(rows);
  const candidates = [...seen].filter(([, count]) => count >= LEAST).map(([id]) => id);
  candidates.sort((left, right) => left - right);
  const all = index(candidates);
  const task = fitTypes(rows, all, "task", settings);
  const subject = fitTypes(rows, all, "subject", settings);
  const worth = candidates.map((id, row) => ({
    id,
    worth: (TASK_WORTH * spread(task, row) + spread(subject, row)) * Math.sqrt(seen.get(id) ?? 0),
  }));
  worth.sort((left, right) => right.worth - left.worth || left.id - right.id);
  const kept = worth.slice(0, settings.keep).map(({ id }) => id);
  kept.sort((left, right) => left - right);
  return learnColumns(rows, kept, settings);
}

function learnColumns(rows: readonly Read[], kept: readonly number[], settings: LearnSettings): PackedWeights {
  const known = index(kept);
  const columns = new Float64Array((kept.length + 1) * COLUMNS);
  const place = (weights: Weights, from: number): void => {
    for (let row = 0; row <= kept.length; row += 1) {
      for (let type = 0; type < TYPES.length; type += 1) {
        columns[row * COLUMNS + from + type] = weights[row * TYPES.length + type] ?? 0;
      }
    }
  };
  const placeAnswer = (weights: Weights, column: number): void => {
    for (let row = 0; row <= kept.length; row += 1) {
      columns[row * COLUMNS + column] = (weights[row * 2 + 1] ?? 0) - (weights[row * 2] ?? 0);
    }
  };
  const drawn = SEEDS.map((more) => fitTypes(rows, known, "task", { ...settings, seed: settings.seed + more }));
  place(meanOf(drawn), TASK);
  place(fitTypes(rows, known, "subject", settings), SUBJECT);
  placeAnswer(
    fitAnswer(rows, known, "isSubject", (row) => row.world === "commit", settings),
    IS_SUBJECT,
  );
  placeAnswer(
    fitAnswer(rows, known, "isSimple", (row) => row.simple === true, settings),
    IS_SIMPLE,
  );
  return pack(kept, columns);
}

function meanOf(models: readonly Weights[]): Weights {
  const mean = new Float64Array(models[0]?.length ?? 0);
  for (const model of models) {
    for (let at = 0; at < mean.length; at += 1) mean[at] = (mean[at] ?? 0) + (model[at] ?? 0) / models.length;
  }
  return mean;
}

function fitTypes(
  rows: readonly Read[],
  known: ReadonlyMap<number, number>,
  question: "task" | "subject",
  settings: LearnSettings,
): Weights {
  const samples = rows.map((read) => sampleOf(read, known, read.row.label, COUNTS[question][read.row.world]));
  return fit(counted(samples), { ...settings, classes: TYPES.length, features: known.size });
}

function fitAnswer(
  rows: readonly Read[],
  known: ReadonlyMap<number, number>,
  question: "isSubject" | "isSimple",
  isYes: (row: Row) => boolean,
  settings: LearnSettings,
): Weights {
  const samples = rows.map((read) => sampleOf(read, known, isYes(read.row) ? 1 : 0, COUNTS[question][read.row.world]));
  return fit(counted(samples), { ...settings, classes: 2, features: known.size });
}

function counted(samples: readonly Sample[]): readonly Sample[] {
  return samples.filter(({ weight }) => weight > 0);
}

function sampleOf(read: Read, known: ReadonlyMap<number, number>, label: number, weight: number): Sample {
  const ids: number[] = [];
  const values: number[] = [];
  let square = 0;
  for (const [id, value] of read.features) {
    const row = known.get(id);
    if (row === undefined) continue;
    ids.push(row);
    values.push(value);
    square += value * value;
  }
  const loud = LENGTH / Math.sqrt(square || 1);
  return { ids: Int32Array.from(ids), values: Float64Array.from(values, (value) => value * loud), label, weight };
}

function occurrences(rows: readonly Read[]): ReadonlyMap<number, number> {
  const seen = new Map<number, number>();
  for (const { row, features } of rows) {
    for (const id of features.keys()) seen.set(id, (seen.get(id) ?? 0) + WORTH[row.world]);
  }
  return seen;
}

function index(ids: readonly number[]): ReadonlyMap<number, number> {
  return new Map(ids.map((id, row) => [id, row]));
}

/** How differently a feature speaks for the types. */
function spread(weights: Weights, row: number): number {
  const cells = weights.subarray(row * TYPES.length, (row + 1) * TYPES.length);
  const mean = cells.reduce((sum, cell) => sum + cell, 0) / TYPES.length;
  return cells.reduce((sum, cell) => sum + (cell - mean) ** 2, 0);
}
