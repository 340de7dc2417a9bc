import { toUsd, nanoUsd } from "../foundation/units.ts";
import { levelOf, worseLevel } from "./levels.ts";
import type { Level, LimitFigure, LimitState, Thresholds } from "./throttle.ts";

const SHOWN_MEASURES = { tokens: "tokens", nanoUsd: "usd", requests: "requests" } as const;

/** One limit with its figures, as programs and screens show it; `resetsAt` as epoch ms. Pure. */
export function limitFigure(state: LimitState, thresholds: Thresholds, resetsAt: number | null): LimitFigure {
  const { limit, settled, held } = state;
  const measure = SHOWN_MEASURES[limit.measure];
  const shown = (amount: number): number => (measure === "usd" ? toUsd(nanoUsd(amount)) : amount);
  return {
    name: `${measure}/${limit.window}`,
    scope: limit.scope,
    of: state.scopeKey.slice(state.scopeKey.indexOf(":") + 1),
    window: limit.window,
    measure,
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
