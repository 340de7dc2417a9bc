import type { Amounts, Measure } from "../throttle.ts";

/** Amounts that change in place: the hot path makes no garbage of them. */
export type MutableAmounts = { -readonly [Key in Measure]: number };

export function zero(): MutableAmounts {
  return { tokens: 0, nanoUsd: 0, requests: 0 };
}

/** Adds `sign` times `by`. */
export function addTo(amounts: MutableAmounts, by: Amounts, sign: 1 | -1 = 1): void {
  amounts.tokens += sign * by.tokens;
  amounts.nanoUsd += sign * by.nanoUsd;
  amounts.requests += sign * by.requests;
}

/** Of a hold that ended: what its lease paid for, and what it cost beyond it (debt). */
export function splitCost(hold: Amounts, cost: Amounts): { covered: Amounts; debt: Amounts } {
  const covered = {
    tokens: Math.min(hold.tokens, cost.tokens),
    nanoUsd: Math.min(hold.nanoUsd, cost.nanoUsd),
    requests: Math.min(hold.requests, cost.requests),
  };
  return {
    covered,
    debt: {
      tokens: cost.tokens - covered.tokens,
      nanoUsd: cost.nanoUsd - covered.nanoUsd,
      requests: cost.requests - covered.requests,
    },
  };
}

export function isZero({ tokens, nanoUsd, requests }: Amounts): boolean {
  return tokens === 0 && nanoUsd === 0 && requests === 0;
}
