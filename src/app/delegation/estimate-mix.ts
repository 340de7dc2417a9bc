import type { Catalog } from "../../catalog/catalog.ts";
import { openCatalog } from "../../catalog/open-catalog.ts";
import { SEEDS_LIST } from "../../catalog/seeds-prices.ts";
import type { Config } from "../../config/config.ts";
import { formatUsd, nanoUsd } from "../../foundation/units.ts";
import { savingOf, type CostFacts } from "../../routing/expected-cost.ts";
import { EXPECTED_WORK } from "../../routing/expected-work.ts";
import { GUIDE_EXAMPLE } from "../../routing/guide-example.ts";
import { SENT_WRONG_COMMITS, SENT_WRONG_HAND, type SentWrong } from "../../routing/measured.ts";
import {
  estimateAtSaving,
  estimateMix,
  guideEstimate,
  withMistakes,
  type DaySize,
  type MistakeCost,
  type MixEstimate,
  type MixPart,
} from "../../routing/mix.ts";
import { resolverFor } from "../../routing/open-delegator.ts";
import { routeTable } from "../../routing/route-table.ts";
import { openConfiguredCatalog } from "../catalog.ts";

/** Everything `allot estimate --mix` answers. */
export interface MixAnswer {
  readonly size: DaySize;
  /** The premium model's name. */
  readonly premium: string;
  /** Ways to reckon the day: the guide's own where it has one, at its 80%, at older prices, today's last. */
  readonly estimates: readonly MixEstimate[];
  /** Today's, with the delegator's own mistakes. */
  readonly mistakes: readonly { readonly rates: SentWrong; readonly cost: MistakeCost }[];
  readonly notes: readonly string[];
}

/** A day of mixed work at dated prices: the guide's figures and the right ones side by side. Pure. */
export function answerMix(config: Config, mix: readonly MixPart[], size: DaySize, now: number): MixAnswer {
  const chosen = config.settings.prices;
  const today = factsAt(config, openConfiguredCatalog(config, now), chosen);
  const seeds = factsAt(
    config,
    openCatalog({ asOf: now, overrides: config.models, priceList: SEEDS_LIST }),
    SEEDS_LIST,
  );
  const guide = guideEstimate(mix, size, today);
  const last = estimateMix(chosen === SEEDS_LIST ? "Oct 2025" : "today", mix, size, today, EXPECTED_WORK);
  const estimates = [
    ...(guide === undefined ? [] : [guide]),
    ...(size.kind === "cost" ? [estimateAtSaving("at its 80%", mix, size.cost, GUIDE_EXAMPLE.haikuSaving, today)] : []),
    ...(chosen === SEEDS_LIST ? [] : [estimateMix("Oct 2025", mix, size, seeds, EXPECTED_WORK)]),
    last,
  ];
  const mistakes = [SENT_WRONG_HAND, SENT_WRONG_COMMITS].map((rates) => ({
    rates,
    cost: withMistakes(last, today, rates),
  }));
  return {
    size,
    premium: today.table.premium,
    estimates,
    mistakes,
    notes: [...(guide === undefined ? [] : guideNotes()), ...priceNotes(today, chosen)],
  };
}

function factsAt(config: Config, catalog: Catalog, priceList: string): CostFacts {
  const resolve = resolverFor(catalog, priceList);
  return { catalog, resolve, table: routeTable(config.routes, resolve) };
}

/** What is wrong in the guide's example, computed from its own figures. */
function guideNotes(): string[] {
  const { dayUsd, parts, total, haikuSaving, withFreeWork } = GUIDE_EXAMPLE;
  const ui = parts.find(({ type }) => type === "ui");
  if (ui === undefined) return [];
  const half = nanoUsd(dayUsd * ui.share);
  const right = nanoUsd(Math.round(half * (1 - haikuSaving)));
  const needed = nanoUsd(Math.round(total / (1 - withFreeWork)));
  return [
    `The guide has ${formatUsd(ui.cost)} for UI. Half of ${formatUsd(dayUsd)} is ${formatUsd(half)}, and at 80% saved ` +
      `${formatUsd(right)} of it are left; ${formatUsd(ui.cost)} is a sixth of ${formatUsd(dayUsd)}. Its sum is right for its own figure.`,
    `The guide's 49% is ${percent(savingOf(total, dayUsd))} of its own figures; with ${formatUsd(right)} for UI it would be ` +
      `${percent(savingOf(nanoUsd(total - ui.cost + right), dayUsd))}.`,
    `The guide's second example says 60% with development on Ollama. Free work added to a day saves nothing of it: ` +
      `${formatUsd(total)} is 60% less than ${formatUsd(needed)}, so the day must have had ` +
      `${formatUsd(nanoUsd(needed - dayUsd))} of development on the premium model.`,
  ];
}

function priceNotes(facts: CostFacts, priceList: string): string[] {
  const haiku = facts.resolve("haiku");
  const premium = facts.resolve(facts.table.premium);
  if (haiku.price === null || premium.price === null) return [];
  const saved = savingOf(haiku.price.output, premium.price.output);
  const when = priceList === SEEDS_LIST ? "In October 2025 (the table of seeds 002)" : "Today";
  const asSold =
    priceList === SEEDS_LIST ? " As it was sold ($0.80 in, $4.00 out), Claude 3.5 Haiku was 73.3% cheaper." : "";
  return [
    `${when} ${haiku.label} costs ${formatUsd(haiku.price.output)} a million output tokens and ${premium.label} ` +
      `${formatUsd(premium.price.output)}: ${percent(saved)} less, where the guide says 80%.${asSold}`,
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
