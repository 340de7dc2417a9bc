import { formatUsd, type NanoUsd } from "../../foundation/units.ts";
import type { Amounts, Refused } from "../../throttle/throttle.ts";

/** The most output tokens whose worst case stays within a call's own cap; undefined where even the fewest do not. Pure. */
export function mostWithin(
  cap: NanoUsd | undefined,
  least: number,
  most: number,
  worstOf: (outputTokens: number) => Amounts,
): number | undefined {
  if (cap === undefined || worstOf(most).nanoUsd <= cap) return most;
  if (least >= most || worstOf(least).nanoUsd > cap) return undefined;
  let low = least;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (worstOf(middle).nanoUsd <= cap) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The refusal of a call that may cost more than it is allowed by itself. Pure. */
export function overOwnCap(cap: NanoUsd): { readonly refused: Refused; readonly message: string } {
  const limit = { scope: "budget", of: "this request", window: "ever", measure: "nanoUsd", amount: cap } as const;
  const refused: Refused = {
    kind: "refused",
    why: "room",
    level: "NONE",
    limit: { limit, scopeKey: "budget:this request", settled: 0, held: 0 },
    shortBy: 0,
    retryAfterMs: null,
    freeAt: null,
  };
  const message =
    `Cost limit exceeded. This request may cost at most ${formatUsd(cap)}, and even a short answer to it may cost more. ` +
    "What helps: a higher limit of the request; a shorter prompt; a cheaper model.";
  return { refused, message };
}
