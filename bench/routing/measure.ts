import type { TaskType } from "../../src/routing/routing.ts";
import { TYPES } from "../../src/routing/detector/model.ts";

/** A text with what it is, and what was said of it. */
export interface Answer {
  readonly label: TaskType;
  /** A second label that is acceptable. */
  readonly alt: TaskType | null;
  readonly said: TaskType;
  /** Confidence in what was said. */
  readonly p: number;
}

/** All between 0 and 1; the same measures as the scorer that comes with the data. */
export interface Measures {
  readonly n: number;
  readonly accuracy: number;
  readonly f1: number;
  readonly route: number;
  readonly lenient: number;
  readonly tooCheap: number;
  readonly tooDear: number;
  readonly ece: number;
  /** Accuracy on the nine tenths it is surest of. */
  readonly accuracyAt90: number;
}

const ROUTE: Readonly<Record<TaskType, "comet" | "codex" | "cheap" | "premium">> = {
  ui: "comet",
  coding: "codex",
  testing: "codex",
  debugging: "codex",
  automation: "codex",
  documentation: "cheap",
  research: "cheap",
  analysis: "premium",
};
const BINS = 15;

const isPremium = (type: TaskType): boolean => ROUTE[type] === "codex" || ROUTE[type] === "premium";

/** Pure. */
export function measure(answers: readonly Answer[]): Measures {
  const n = answers.length;
  const share = (counts: (answer: Answer) => boolean): number => answers.filter(counts).length / n;
  const surest = [...answers].sort((left, right) => right.p - left.p).slice(0, Math.ceil(n * 0.9));
  return {
    n,
    accuracy: share(({ said, label }) => said === label),
    f1: macroF1(answers),
    route: share(({ said, label }) => ROUTE[said] === ROUTE[label]),
    lenient: share(({ said, label, alt }) => said === label || said === alt),
    tooCheap: share(({ said, label }) => isPremium(label) && !isPremium(said)),
    tooDear: share(({ said, label }) => !isPremium(label) && isPremium(said)),
    ece: calibrationError(answers),
    accuracyAt90: surest.filter(({ said, label }) => said === label).length / surest.length,
  };
}

function macroF1(answers: readonly Answer[]): number {
  const scores = TYPES.flatMap((type) => {
    const of = answers.filter(({ label }) => label === type).length;
    if (of === 0) return [];
    const hits = answers.filter(({ label, said }) => label === type && said === type).length;
    const said = answers.filter((answer) => answer.said === type).length;
    return [(2 * hits) / (of + said)];
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function calibrationError(answers: readonly Answer[]): number {
  const bins = Map.groupBy(answers, ({ p }) => Math.min(BINS - 1, Math.floor(p * BINS)));
  let error = 0;
  for (const bin of bins.values()) {
    const hits = bin.filter(({ said, label }) => said === label).length;
    const hoped = bin.reduce((sum, { p }) => sum + p, 0);
    error += Math.abs(hits - hoped) / answers.length;
  }
  return error;
}

/** How well a yes/no flag is set. */
export function measureFlag(pairs: readonly { readonly is: boolean; readonly said: boolean }[]): {
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
} {
  const hits = pairs.filter(({ is, said }) => is && said).length;
  const yes = pairs.filter(({ is }) => is).length;
  const said = pairs.filter((pair) => pair.said).length;
  return {
    accuracy: pairs.filter((pair) => pair.is === pair.said).length / pairs.length,
    precision: said === 0 ? 0 : hits / said,
    recall: yes === 0 ? 0 : hits / yes,
    f1: yes + said === 0 ? 0 : (2 * hits) / (yes + said),
  };
}
