/** A text as the learner sees it: known features only, no feature twice. */
export interface Sample {
  readonly ids: Int32Array;
  readonly values: Float64Array;
  /** Of the label; for a yes/no question 1 or 0. */
  readonly label: number;
  readonly weight: number;
}

export interface FitSettings {
  readonly classes: number;
  readonly features: number;
  readonly rounds: number;
  readonly rate: number;
  /** Pull towards zero, per sample of weight 1. */
  readonly shrink: number;
  readonly seed: number;
}

/** Weights by feature, then class; the last row is the bias. */
export type Weights = Float64Array;

/** Numbers from 0 to 1 that depend on the seed only (mulberry32). */
export function openDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Multinomial logistic regression by AdaGrad over shuffled samples; the answer is the average of the later rounds' weights.
 * The same samples and settings give the same weights to the last bit.
 */
export function fit(samples: readonly Sample[], settings: FitSettings): Weights {
  const { classes, features, rounds, rate, shrink } = settings;
  const weights = new Float64Array((features + 1) * classes);
  const squares = new Float64Array(weights.length).fill(1e-3);
  const sum = new Float64Array(weights.length);
  const scores = new Float64Array(classes);
  const dice = openDice(settings.seed);
  const order = samples.map((_, at) => at);
  const from = Math.floor(rounds / 2);
  const step = (at: number, gradient: number): void => {
    squares[at] = (squares[at] ?? 0) + gradient * gradient;
    weights[at] = (weights[at] ?? 0) - (rate * gradient) / Math.sqrt(squares[at] ?? 1);
  };
  for (let round = 0; round < rounds; round += 1) {
    shuffle(order, dice);
    for (const index of order) {
      const sample = samples[index];
      if (sample === undefined) continue;
      score(sample, weights, classes, features, scores);
      soften(scores);
      for (let kind = 0; kind < classes; kind += 1) {
        const miss = sample.weight * ((scores[kind] ?? 0) - (kind === sample.label ? 1 : 0));
        for (let at = 0; at < sample.ids.length; at += 1) {
          const cell = (sample.ids[at] ?? 0) * classes + kind;
          step(cell, miss * (sample.values[at] ?? 0) + shrink * sample.weight * (weights[cell] ?? 0));
        }
        step(features * classes + kind, miss);
      }
    }
    if (round >= from) for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) + (weights[at] ?? 0);
  }
  return sum.map((total) => total / (rounds - from));
}

/** Log odds of every class, into `scores`. */
export function score(sample: Sample, weights: Weights, classes: number, features: number, scores: Float64Array): void {
  for (let kind = 0; kind < classes; kind += 1) scores[kind] = weights[features * classes + kind] ?? 0;
  for (let at = 0; at < sample.ids.length; at += 1) {
    const row = (sample.ids[at] ?? 0) * classes;
    const value = sample.values[at] ?? 0;
    for (let kind = 0; kind < classes; kind += 1)
      scores[kind] = (scores[kind] ?? 0) + value * (weights[row + kind] ?? 0);
  }
}

/** Turns log odds into shares that add up to 1, in place. */
export function soften(scores: Float64Array): void {
  const top = scores.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  let total = 0;
  for (let at = 0; at < scores.length; at += 1) total += scores[at] = Math.exp((scores[at] ?? 0) - top);
  for (let at = 0; at < scores.length; at += 1) scores[at] = (scores[at] ?? 0) / total;
}

function shuffle(order: number[], dice: () => number): void {
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(dice() * (at + 1));
    const kept = order[at] ?? 0;
    order[at] = order[other] ?? 0;
    order[other] = kept;
  }
}
