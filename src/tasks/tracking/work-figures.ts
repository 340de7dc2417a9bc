import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import type { WorkKind } from "../work.ts";
import type { WorkSums } from "./work-outcomes.ts";

/** What sums come to; null where there is nothing to divide by. */
export interface WorkFigures {
  /** Complete of all, 0 to 1. */
  readonly successRate: number | null;
  readonly costEach: NanoUsd | null;
  readonly timeEachMs: number | null;
  /** Output for each input token. */
  readonly tokenEfficiency: number | null;
  /** By hand less as it was done, of complete work. Below 0 where hands are faster. */
  readonly savedMs: number;
}

/** Pure. */
export function workFigures(sums: WorkSums): WorkFigures {
  const { pieces } = sums;
  return {
    successRate: pieces === 0 ? null : sums.complete / pieces,
    costEach: pieces === 0 ? null : nanoUsd(Math.round(sums.cost / pieces)),
    timeEachMs: pieces === 0 ? null : sums.durationMs / pieces,
    tokenEfficiency: sums.inputTokens === 0 ? null : sums.outputTokens / sums.inputTokens,
    savedMs: sums.manualMs - sums.completeMs,
  };
}

/** What delegating brought in dollars, by what an hour of a person costs. */
export interface WorkReturn {
  /** The person's time that was saved, in money. */
  readonly value: NanoUsd;
  readonly cost: NanoUsd;
  /** (value − cost) / cost; null where nothing was paid. */
  readonly roi: number | null;
}

const HOUR_MS = 3_600_000;

/** Pure. */
export function workReturn(sums: WorkSums, hourlyRate: NanoUsd): WorkReturn {
  const value = nanoUsd(Math.round((workFigures(sums).savedMs / HOUR_MS) * hourlyRate));
  return { value, cost: sums.cost, roi: sums.cost === 0 ? null : (value - sums.cost) / sums.cost };
}

/** Fewer pieces of work than this say nothing about a model. */
export const ENOUGH_PIECES = 5;

/** Which model does a kind best. */
export type BestModel =
  | {
      readonly kind: WorkKind;
      readonly found: "best";
      readonly model: string;
      readonly pieces: number;
      readonly why: "only-one" | "success" | "cost";
      /** The others with enough pieces. */
      readonly against: readonly { readonly model: string; readonly pieces: number }[];
    }
  | {
      readonly kind: WorkKind;
      readonly found: "not-enough";
      /** What there is, most first. */
      readonly models: readonly { readonly model: string; readonly pieces: number }[];
    };

/**
 * The model that does a kind best: the higher success rate, where the difference is more than chance lets expect (their
 * intervals of 80% do not meet); else the lower cost a part. None below five pieces of work. Pure.
 */
export function bestModels(sums: readonly WorkSums[]): readonly BestModel[] {
  const kinds = [...new Set(sums.map(({ kind }) => kind))];
  return kinds.map((kind): BestModel => {
    const ofKind = sums.filter((each) => each.kind === kind && each.model !== null);
    const enough = ofKind.filter(({ pieces }) => pieces >= ENOUGH_PIECES);
    const [first, ...others] = enough;
    if (first === undefined) return { kind, found: "not-enough", models: named(ofKind) };
    const best = others.reduce((a, b) => (isBetter(b, a) ? b : a), first);
    const against = enough.filter((each) => each !== best);
    const bySuccess = against.some((other) => surely(best, other));
    return {
      kind,
      found: "best",
      model: best.model ?? "",
      pieces: best.pieces,
      why: against.length === 0 ? "only-one" : bySuccess ? "success" : "cost",
      against: named(against),
    };
  });
}

function named(sums: readonly WorkSums[]): readonly { readonly model: string; readonly pieces: number }[] {
  return sums
    .map(({ model, pieces }) => ({ model: model ?? "", pieces }))
    .toSorted((a, b) => b.pieces - a.pieces || (a.model < b.model ? -1 : 1));
}

function isBetter(a: WorkSums, b: WorkSums): boolean {
  if (surely(a, b)) return true;
  if (surely(b, a)) return false;
  return costAPart(a) < costAPart(b);
}

function costAPart({ cost, parts }: WorkSums): number {
  return cost / Math.max(1, parts);
}

function surely(a: WorkSums, b: WorkSums): boolean {
  return interval(a).low > interval(b).high;
}

/** Of the normal distribution, 80% in the middle. */
const Z = 1.2816;

/** Wilson's interval of the success rate. */
function interval({ complete, pieces }: WorkSums): { readonly low: number; readonly high: number } {
  const rate = complete / pieces;
  const spread = Z * Z;
  const centre = (rate + spread / (2 * pieces)) / (1 + spread / pieces);
  const half = (Z / (1 + spread / pieces)) * Math.sqrt((rate * (1 - rate)) / pieces + spread / (4 * pieces * pieces));
  return { low: centre - half, high: centre + half };
}
