import { levelOf, worseLevel } from "./levels.ts";
import type { Level, LimitFigure, LimitState, Thresholds } from "./throttle.ts";

const NANO_PER_USD = 1_000_000_000;

/** One limit with its figures, as programs and screens show it; `resetsAt` as epoch ms. Pure. */
export function limitFigure(state: LimitState, thresholds: Thresholds, resetsAt: number | null): LimitFigure {
  const { limit, settled, held } = state;
  const money = limit.measure === "nanoUsd";
  const shown = (amount: number): number => (money ? amount / NANO_PER_USD : amount);
  return {
    name: `${money ? "usd" : limit.measure}/${limit.window}`,
    scope: limit.scope,
    of: state.scopeKey.slice(state.scopeKey.indexOf(":") + 1),
    window: limit.window,
    measure: money ? "usd" : (limit.measure as "tokens" | "requests"),
    limit: shown(limit.amount),
    used: shown(settled),
    held: shown(held),
    share: limit.amount <= 0 ? 1 : (settled + held) / limit.amount,
    level: levelOf(settled + held, limit.amount, thresholds),
    resets_at: resetsAt === null ? null : new Date(resetsAt).toISOString(),
  };
}

/** The worst level of some figures; NONE where there are none. */
export function worstLevel(figures: readonly Pick<LimitFigure, "level">[]): Level {
  return figures.reduce<Level>((worst, figure) => worseLevel(worst, figure.level), "NONE");
}
