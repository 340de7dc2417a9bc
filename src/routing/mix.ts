import { AllotError } from "../foundation/errors.ts";
import { nanoUsd, sumUsd, type NanoUsd } from "../foundation/units.ts";
import { plainCost, priceOf, savingOf, type CostFacts } from "./expected-cost.ts";
import type { ExpectedWork } from "./expected-work.ts";
import { GUIDE_EXAMPLE } from "./guide-example.ts";
import { isCheap } from "./delegate.ts";
import type { SentWrong } from "./measured.ts";
import type { TaskType } from "./routing.ts";
import { taskTypeOf } from "./task-type.ts";

/** A day's work by type. */
export interface MixPart {
  readonly type: TaskType;
  /** Thousandths of the day. */
  readonly permille: number;
}

/** How much there is in a day: by what it costs on the premium model, or by its number of tasks. */
export type DaySize =
  | { readonly kind: "cost"; readonly cost: NanoUsd }
  | { readonly kind: "tasks"; readonly tasks: number };

export interface MixCost {
  readonly type: TaskType;
  readonly permille: number;
  readonly model: string;
  readonly premium: NanoUsd;
  readonly delegated: NanoUsd;
}

/** One way to reckon the day. */
export interface MixEstimate {
  /** "the guide", "at its 80%", "October 2025", "today" */
  readonly name: string;
  readonly parts: readonly MixCost[];
  readonly premium: NanoUsd;
  readonly delegated: NanoUsd;
  readonly saving: number;
}

/**
 * `ui=50,coding=30,docs=20` as shares of a day, in percent with at most one decimal. Throws `usage` where a part is
 * no TYPE=PERCENT, a type stands twice, or the shares do not make 100.
 */
export function parseMix(text: string): readonly MixPart[] {
  const parts = text.split(",").map((part): MixPart => {
    const [, name, number] = /^\s*([\p{L}-]+)\s*[=:]\s*(\d{1,3}(?:\.\d)?)\s*%?\s*$/u.exec(part) ?? [];
    if (name === undefined || number === undefined) {
      throw new AllotError("usage", `--mix has "${part.trim()}", expected TYPE=PERCENT, like ui=50,coding=30,docs=20`);
    }
    return { type: taskTypeOf(name, "--mix"), permille: Math.round(Number(number) * 10) };
  });
  const twice = parts.find(({ type }, place) => parts.findIndex((other) => other.type === type) !== place);
  if (twice !== undefined) throw new AllotError("usage", `--mix names ${twice.type} twice`);
  const sum = parts.reduce((total, { permille }) => total + permille, 0);
  if (sum !== 1000) throw new AllotError("usage", `the shares of --mix add up to ${sum / 10}%, expected 100%`);
  return parts;
}

/** What a mix costs by the routing table at some prices. Pure. */
export function estimateMix(
  name: string,
  mix: readonly MixPart[],
  size: DaySize,
  facts: CostFacts,
  work: Readonly<Record<TaskType, ExpectedWork>>,
): MixEstimate {
  const costAt = (type: TaskType, model: string): NanoUsd =>
    plainCost(work[type].expected, priceOf(facts.catalog, facts.resolve(model)).price);
  return totalOf(
    name,
    mix.map(({ type, permille }) => {
      const { model } = facts.table.rows[type];
      const one = costAt(type, facts.table.premium);
      const saving = savingOf(costAt(type, model), one);
      const premium = size.kind === "cost" ? (size.cost * permille) / 1000 : (one * size.tasks * permille) / 1000;
      return { type, permille, model, ...rounded(premium, premium * (1 - saving)) };
    }),
  );
}

/** The same at one saving for each type that goes to a cheap model, as the guide reckons. Pure. */
export function estimateAtSaving(
  name: string,
  mix: readonly MixPart[],
  cost: NanoUsd,
  saving: number,
  facts: CostFacts,
): MixEstimate {
  return totalOf(
    name,
    mix.map(({ type, permille }) => {
      const { model } = facts.table.rows[type];
      const premium = (cost * permille) / 1000;
      return {
        type,
        permille,
        model,
        ...rounded(premium, isCheap(facts.resolve(model)) ? premium * (1 - saving) : premium),
      };
    }),
  );
}

/** The guide's own figures for its own example; undefined for any other day. Pure. */
export function guideEstimate(mix: readonly MixPart[], size: DaySize, facts: CostFacts): MixEstimate | undefined {
  if (size.kind !== "cost" || size.cost !== GUIDE_EXAMPLE.dayUsd || mix.length !== GUIDE_EXAMPLE.parts.length)
    return undefined;
  const parts = GUIDE_EXAMPLE.parts.flatMap(({ type, share, cost }): MixCost[] => {
    const own = mix.find((part) => part.type === type && part.permille === share * 1000);
    if (own === undefined) return [];
    const premium = nanoUsd((size.cost * own.permille) / 1000);
    return [{ ...own, model: facts.table.rows[type].model, premium, delegated: cost }];
  });
  return parts.length === mix.length ? totalOf("the guide", parts) : undefined;
}

/** What the day costs with the delegator's own mistakes. */
export interface MistakeCost {
  /** Share of all of the day's premium-priced work that is sent too cheap. */
  readonly tooCheap: number;
  /** Share that is sent too dear. */
  readonly tooDear: number;
  readonly delegated: NanoUsd;
  readonly saving: number;
}

/**
 * The day with the measured rate of mistakes: what was sent too cheap is done twice, cheap and then premium; what was
 * sent too dear costs the premium. Pure.
 */
export function withMistakes(estimate: MixEstimate, facts: CostFacts, rates: SentWrong): MistakeCost {
  let [cost, cheap, dear] = [0, 0, 0];
  const cheapRate = cheapestRate(estimate);
  for (const { model, premium, delegated } of estimate.parts) {
    if (isCheap(facts.resolve(model))) {
      cost += delegated + rates.tooDear * (premium - delegated);
      dear += rates.tooDear * premium;
    } else {
      cost += delegated + rates.tooCheap * premium * cheapRate;
      cheap += rates.tooCheap * premium;
    }
  }
  const delegated = nanoUsd(Math.round(cost));
  const { premium } = estimate;
  const share = (part: number): number => (premium === 0 ? 0 : part / premium);
  return { tooCheap: share(cheap), tooDear: share(dear), delegated, saving: savingOf(delegated, premium) };
}

/** What the day's cheapest way costs of the premium one. */
function cheapestRate({ parts }: MixEstimate): number {
  return Math.min(1, ...parts.map(({ premium, delegated }) => (premium === 0 ? 1 : delegated / premium)));
}

function totalOf(name: string, parts: readonly MixCost[]): MixEstimate {
  const premium = sumUsd(parts.map((part) => part.premium));
  const delegated = sumUsd(parts.map((part) => part.delegated));
  return { name, parts, premium, delegated, saving: savingOf(delegated, premium) };
}

function rounded(premium: number, delegated: number): { premium: NanoUsd; delegated: NanoUsd } {
  return { premium: nanoUsd(Math.round(premium)), delegated: nanoUsd(Math.round(delegated)) };
}
