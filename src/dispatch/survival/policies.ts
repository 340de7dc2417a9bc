import type { SurvivalPolicy } from "./survival.ts";

/** For work of allot's own, where nobody else tries again. Sources: the seeds (30 s after a rate limit, three tries). */
export const OWN_WORK: SurvivalPolicy = {
  attemptsEach: 3,
  attemptsInAll: 6,
  baseMs: 1_000,
  mostMs: 30_000,
  rateLimitBaseMs: 30_000,
  totalWaitMs: 120_000,
  refusalFallsBack: false,
};

/** For clients of the gateway, which try again themselves: few attempts, and no wait that one would notice. */
export const GATEWAY: SurvivalPolicy = {
  attemptsEach: 2,
  attemptsInAll: 4,
  baseMs: 250,
  mostMs: 4_000,
  rateLimitBaseMs: 30_000,
  totalWaitMs: 20_000,
  refusalFallsBack: false,
};
