import type { Room } from "../../../ledger/holds.ts";
import type { EntryFacts } from "../../../ledger/chain.ts";
import { addTo, isZero, type MutableAmounts, splitCost, zero } from "../amounts.ts";
import { costAmounts, type JournalLine } from "./journal-lines.ts";
import type { Taken } from "../messages.ts";

/** What some lines come to. */
export interface Batch {
  readonly entries: readonly EntryFacts[];
  /** What leases give back: it counts as settled from now on. */
  readonly returns: readonly Room[];
  readonly taken: readonly Taken[];
}

/** Adds up lines of a journal. Pure. */
export function gather(lines: readonly JournalLine[]): Batch {
  const entries: EntryFacts[] = [];
  const sums = new Map<string, { covered: MutableAmounts; debt: MutableAmounts }>();
  const sumOf = (key: string): { covered: MutableAmounts; debt: MutableAmounts } => {
    let sum = sums.get(key);
    if (sum === undefined) sums.set(key, (sum = { covered: zero(), debt: zero() }));
    return sum;
  };
  const parsed = new Map<string, readonly string[]>();
  const keysOf = (text: string): readonly string[] => {
    let keys = parsed.get(text);
    if (keys === undefined) parsed.set(text, (keys = JSON.parse(text) as string[]));
    return keys;
  };
  for (const line of lines) {
    if (line.kind !== "settled" && line.kind !== "corrected") continue;
    entries.push(line.entry);
    const cost = costAmounts(line.entry);
    const keys = keysOf(line.entry.scope_keys ?? "[]");
    const leased = line.kind === "settled" ? line.leasedKeys : 0;
    const { covered, debt } = line.kind === "settled" ? splitCost(line.held, cost) : { covered: zero(), debt: cost };
    keys.forEach((key, index) => {
      const sum = sumOf(key);
      if (index < leased) {
        addTo(sum.covered, covered);
        addTo(sum.debt, debt);
      } else addTo(sum.debt, cost);
    });
  }
  const taken = [...sums].map(([scopeKey, sum]) => ({ scopeKey, ...sum }));
  return {
    entries,
    taken,
    returns: taken.flatMap(({ scopeKey, covered }) => (isZero(covered) ? [] : [{ scopeKey, ...covered }])),
  };
}
