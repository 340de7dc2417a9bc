import type { Catalog, ModelPrice } from "../../catalog/catalog.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { costOf } from "../../ledger/cost.ts";
import type { PricedUsage, UsageRecord } from "../../transcripts/transcripts.ts";

/** Whose work a subscription pays: these agents', or, where nobody says, of those sessions whose log names a plan. */
export type Covered = readonly string[] | null;

const DAY_MS = 86_400_000;

/**
 * What each answer cost by the catalogue's price of its day: null where the price is not known, $0 where a subscription pays. A
 * provider that the catalogue does not know (an address of one's own) is looked over: the model's name decides. Pure.
 */
export function priceUsage(
  catalog: Pick<Catalog, "find">,
  records: readonly UsageRecord[],
  covered: Covered = null,
): readonly PricedUsage[] {
  const prices = new Map<string, ModelPrice | null>();
  return records.map((record) => {
    if (isCovered(record, covered)) return { ...record, cost: nanoUsd(0), covered: true };
    const key = `${record.provider}/${record.model} ${Math.floor(record.at / DAY_MS)}`;
    let price = prices.get(key);
    if (price === undefined) prices.set(key, (price = priceOf(catalog, record)));
    const cost = price === null ? null : costOf({ ...record, estimated: false }, price);
    return { ...record, cost, covered: false };
  });
}

/** Whether a subscription pays for it. */
export function isCovered({ agent, plan }: UsageRecord, covered: Covered): boolean {
  return covered === null ? plan !== null : covered.includes(agent);
}

function priceOf(catalog: Pick<Catalog, "find">, { provider, model, at }: UsageRecord): ModelPrice | null {
  if (model === "") return null;
  const when = at > 0 ? { at } : {};
  return catalog.find(model, { provider, ...when })?.price ?? catalog.find(model, when)?.price ?? null;
}
