import { Pool } from "pg";
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
} from "rate-limiter-flexible";
import type { Work } from "./work.ts";

/** Its longest window: its timers end at 2^31 ms, so a month of 30 days would be open again at once in memory. */
const DAYS = { hour: 3600, day: 86_400, month: 24 * 86_400 };
const POINTS = 1_000_000_000;

/**
 * The same six windows by rate-limiter-flexible: session and global, hour, day and month, in tokens only, without a
 * ledger row and without dollars, for it has neither. 150 points are taken, and 50 given back once the cost is known.
 */
export async function openLimiterWork(url: string | undefined): Promise<Work> {
  const pool = url === undefined ? undefined : new Pool({ connectionString: url, max: 10 });
  const limiters: { limiter: RateLimiterAbstract; key: string }[] = [];
  for (const key of ["global", "session:bench"]) {
    for (const [window, duration] of Object.entries(DAYS)) {
      limiters.push({ key, limiter: await limiterOf(pool, `${key.slice(0, 7)}_${window}`, duration) });
    }
  }
  return {
    async once() {
      try {
        for (const { limiter, key } of limiters) await limiter.consume(key, 150);
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return false;
        throw refused;
      }
      for (const { limiter, key } of limiters) await limiter.reward(key, 50);
      return true;
    },
    drain: () => Promise.resolve(),
    async close() {
      await pool?.end();
    },
  };
}

function limiterOf(pool: Pool | undefined, keyPrefix: string, duration: number): Promise<RateLimiterAbstract> {
  if (pool === undefined) return Promise.resolve(new RateLimiterMemory({ points: POINTS, duration, keyPrefix }));
  return new Promise((resolve, reject) => {
    const options = {
      storeClient: pool,
      points: POINTS,
      duration,
      keyPrefix,
      tableName: "limits",
      clearExpiredByTimeout: false,
    };
    const limiter = new RateLimiterPostgres(options, (error?: Error) => {
      if (error === undefined || error === null) resolve(limiter);
      else reject(error);
    });
  });
}
