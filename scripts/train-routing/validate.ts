import { openModel } from "../../src/routing/detector/model.ts";
import type { PackedWeights } from "../../src/routing/detector/model.ts";
import { cutWords, readPart } from "../../src/routing/detector/words.ts";
import { openDice } from "./fit.ts";
import { learn, readAll, SETTINGS } from "./learn.ts";
import type { LearnSettings } from "./learn.ts";
import type { Row } from "./rows.ts";

/** What a model said of a row that it was not trained on. */
export interface Judged {
  readonly row: Row;
  readonly shares: Float64Array;
  readonly subject: number;
  readonly simple: number;
}

/**
 * Folds: no repository stands in two of them, hand rows are dealt by label. Templates are only ever trained on. Own rows
 * are dealt too where `judgeOwn` is set, else they stand in the training of every fold.
 */
function foldsOf(rows: readonly Row[], folds: number, judgeOwn: boolean): readonly number[] {
  const dice = openDice(7);
  const repositories = [...new Set(rows.map(({ repository }) => repository))].filter((name) => name !== "").sort();
  const drawn = repositories.map((name) => ({ name, by: dice() })).sort((left, right) => left.by - right.by);
  const ofRepository = new Map(drawn.map(({ name }, at) => [name, at % folds]));
  const dealt = new Map<string, number>();
  const order = rows.map((row, at) => ({ row, at, by: dice() })).sort((left, right) => left.by - right.by);
  const found: number[] = rows.map(() => -1);
  for (const { row, at } of order) {
    if (row.world === "commit") found[at] = ofRepository.get(row.repository) ?? -1;
    else if (row.world === "hand" || (row.world === "own" && judgeOwn)) {
      const key = `${row.world} ${row.label}`;
      const next = dealt.get(key) ?? row.label;
      dealt.set(key, next + 1);
      found[at] = next % folds;
    }
  }
  return found;
}

/** Judges every row by a model that saw neither it nor its repository, weights packed as they are shipped. */
export function crossValidate(
  rows: readonly Row[],
  options: { readonly folds: number; readonly judgeOwn: boolean; readonly settings?: LearnSettings },
): readonly Judged[] {
  const read = readAll(rows);
  const foldOf = foldsOf(rows, options.folds, options.judgeOwn);
  const judged: Judged[] = [];
  for (let fold = 0; fold < options.folds; fold += 1) {
    const weights = learn(
      read.filter((_, at) => foldOf[at] !== fold),
      options.settings ?? SETTINGS,
    );
    judged.push(
      ...judge(
        rows.filter((_, at) => foldOf[at] === fold),
        weights,
      ),
    );
  }
  return judged;
}

function judge(rows: readonly Row[], weights: PackedWeights): readonly Judged[] {
  const model = openModel(weights);
  return rows.map((row) => {
    const { shares, subject, simple } = model.weigh(cutWords(readPart(row.text), () => undefined));
    return { row, shares: shares.slice(), subject, simple };
  });
}

/** Own rows are written to be hard and in numbers, so in calibration a hand row, which nobody here chose, counts for ten. */
const CALIBRATES = { hand: 1, own: 0.1, commit: 1, template: 0 } as const;

/** The heat (see PackedWeights) under which what was judged is likeliest. */
export function heatOf(judged: readonly Judged[], world: "task" | "subject"): number {
  const rows = judged.filter(({ row }) => (row.world === "commit") === (world === "subject"));
  let best = { heat: 1, loss: Number.POSITIVE_INFINITY };
  for (let step = 10; step <= 60; step += 1) {
    const heat = step / 20;
    let loss = 0;
    for (const { row, shares } of rows) {
      // Shares are exp(log odds): warming them is a power, made to add up to 1 again.
      const warm = shares.map((share) => Math.max(share, 1e-9) ** (1 / heat));
      loss -= CALIBRATES[row.world] * Math.log((warm[row.label] ?? 0) / warm.reduce((sum, share) => sum + share, 0));
    }
    if (loss < best.loss) best = { heat, loss };
  }
  return best.heat;
}

/** Where the steps of confidence begin. From 0.45 on, no other share can pass the one that is moved. */
const STEPS_FROM = [0.45, 0.62, 0.8, 0.93];

/** For each step, how many of the tasks judged with such a share (under `heat`) were right; never falling. */
export function steadied(judged: readonly Judged[], heat: number): readonly (readonly [number, number])[] {
  const answers = judged
    .filter(({ row }) => row.world !== "commit")
    .map(({ row, shares }) => {
      const warm = shares.map((share) => Math.max(share, 1e-9) ** (1 / heat));
      const top = Math.max(...warm);
      const share = top / warm.reduce((sum, each) => sum + each, 0);
      return { share, counts: CALIBRATES[row.world], right: warm.indexOf(top) === row.label };
    });
  let least = 0;
  return STEPS_FROM.map((from, step): readonly [number, number] => {
    const next = STEPS_FROM[step + 1] ?? Number.POSITIVE_INFINITY;
    const within = answers.filter(({ share }) => share >= from && share < next);
    const all = within.reduce((sum, { counts }) => sum + counts, 0);
    const right = within.reduce((sum, answer) => sum + (answer.right ? answer.counts : 0), 0);
    // Half a wrong answer is added, so that no step claims to be certain.
    least = Math.max(least, from, Number((right / (all + 0.5)).toFixed(3)));
    return [from, least];
  });
}

/** The log odds from which on rows are called simple, so that the measure F1 is best on what was judged. */
export function simpleFrom(judged: readonly Judged[]): number {
  const rows = judged.filter(({ row }) => row.simple !== null).sort((left, right) => right.simple - left.simple);
  const all = rows.filter(({ row }) => row.simple === true).length;
  let best = { from: 0, f1: 0 };
  let hits = 0;
  for (const [at, judgement] of rows.entries()) {
    hits += judgement.row.simple === true ? 1 : 0;
    const f1 = (2 * hits) / (at + 1 + all);
    if (f1 > best.f1) best = { from: judgement.simple - 1e-6, f1 };
  }
  return Number(best.from.toPrecision(4));
}
