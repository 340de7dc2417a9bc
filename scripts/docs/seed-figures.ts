import { openCatalog } from "../../src/catalog/open-catalog.ts";
import type { ModelPrice } from "../../src/catalog/catalog.ts";
import { nanoUsd, sumUsd } from "../../src/foundation/units.ts";
import type { NanoUsd } from "../../src/foundation/units.ts";
import { costOf } from "../../src/ledger/cost.ts";

/** The day for which today's prices are asked, so that the page changes only when somebody changes it. */
export const AS_OF = Date.parse("2026-11-21T00:00:00Z");

const seedsList = openCatalog({ asOf: AS_OF, priceList: "seeds-2025-10" });
const today = openCatalog({ asOf: AS_OF });

/** Tokens of one step as the seeds write them. */
export interface Step {
  readonly name: string;
  readonly input: number;
  readonly output: number;
}

const EXPLORATION: Step = { name: "exploration", input: 40_000, output: 10_000 };

/** seeds/002, "Savings Example": everything on the big model. */
export const ALL_SONNET: readonly Step[] = [
  EXPLORATION,
  { name: "planning", input: 20_000, output: 8000 },
  { name: "execution", input: 90_000, output: 15_000 },
  { name: "testing", input: 15_000, output: 3000 },
];

/** seeds/002, "Delegated Approach", by who does it. */
export const DELEGATED = {
  big: [
    EXPLORATION,
    { name: "planning", input: 20_000, output: 12_000 },
    { name: "verification", input: 10_000, output: 2000 },
  ],
  small: [
    { name: "execution", input: 18_000, output: 6000 },
    { name: "testing", input: 4000, output: 1000 },
  ],
} as const satisfies Readonly<Record<string, readonly Step[]>>;

/** seeds/002, "Metrics to Log". */
export const METRICS_LOG = {
  planning: { name: "planning", input: 60_000, output: 22_000 },
  execution: { name: "execution", input: 18_000, output: 6000 },
  verification: { name: "verification", input: 11_000, output: 2000 },
} as const satisfies Readonly<Record<string, Step>>;

/** The price of a model in the seeds' list (October 2025). */
export function seedPrice(name: string): ModelPrice {
  return priced(seedsList.resolve(name).price, name);
}

/** The price of a model today. */
export function todaysPrice(name: string): ModelPrice {
  return priced(today.resolve(name).price, name);
}

function priced(price: ModelPrice | null, name: string): ModelPrice {
  if (price === null) throw new Error(`${name} has no known price`);
  return price;
}

/** What a step costs at a price, exact. */
export function stepCost({ input, output }: Step, price: ModelPrice): NanoUsd {
  return costOf(
    {
      inputTokens: input,
      cacheReadTokens: 0,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: output,
      reasoningTokens: 0,
      estimated: false,
    },
    price,
  );
}

/** What steps cost together. */
export function stepsCost(steps: readonly Step[], price: ModelPrice): NanoUsd {
  return sumUsd(steps.map((step) => stepCost(step, price)));
}

/** The seeds' delegated run with a big and a small model at given prices. */
export function delegatedCost(big: ModelPrice, small: ModelPrice): NanoUsd {
  return sumUsd([stepsCost(DELEGATED.big, big), stepsCost(DELEGATED.small, small)]);
}

/** The share of `before` that is saved when only `after` is spent, in tenths of a percent. */
export function savedPermille(before: number, after: number): number {
  return Math.round(((before - after) * 1000) / before);
}

/**
 * seeds/004, "Mixed Workload": a day that costs `day` on the premium model: 50% UI, 30% coding, 20% docs. UI and docs
 * go to a cheap model, at `cheap` : `premium` of the price.
 */
export function mixedDay(
  day: NanoUsd,
  cheap: number,
  premium: number,
): { readonly ui: NanoUsd; readonly coding: NanoUsd; readonly docs: NanoUsd; readonly total: NanoUsd } {
  const part = (percent: number): NanoUsd => nanoUsd(Math.round((day * percent) / 100));
  const cheaper = (amount: NanoUsd): NanoUsd => nanoUsd(Math.round((amount * cheap) / premium));
  const [ui, coding, docs] = [cheaper(part(50)), part(30), cheaper(part(20))];
  return { ui, coding, docs, total: sumUsd([ui, coding, docs]) };
}

/** What so many tokens cost at a rate, outside any one call. */
export function atRate(tokens: number, perMillion: NanoUsd): NanoUsd {
  return nanoUsd(Number((BigInt(tokens) * BigInt(perMillion)) / 1_000_000n));
}
