import type { Config } from "../../config/config.ts";
import { type NanoUsd, nanoUsd, toUsd } from "../../foundation/units.ts";
import type { Store } from "../../storage/storage.ts";
import { mostToGo } from "../../throttle/levels.ts";
import { limitSetOf, scopeKey, UNLIMITED } from "../../throttle/limits.ts";
import { statesInStore } from "../../throttle/store/states.ts";
import { loadLimitSet } from "../../throttle/store/stored-limits.ts";

/** A limit that a piece of work does not fit under as things stand. */
export interface TightLimit {
  /** "tokens/hour" */
  readonly name: string;
  readonly scope: string;
  readonly of: string;
  readonly measure: "tokens" | "usd" | "requests";
  /** Tokens, dollars or requests. */
  readonly limit: number;
  /** What is left of it for work of this priority. */
  readonly room: number;
  readonly needed: number;
}

/** What a piece of work is expected to use. */
export interface WorkNeed {
  readonly tokens: number;
  readonly nanoUsd: NanoUsd;
  readonly requests: number;
  readonly provider: string;
  readonly model: string;
}

/**
 * The limits that the work would run into before its end, tightest first: known before anything is paid. Work that takes
 * longer than a rolling window may still fit, as the window moves on.
 */
export async function tightLimits(store: Store, { settings, limits }: Config, need: WorkNeed): Promise<TightLimit[]> {
  const set = await loadLimitSet(store.db, limitSetOf(limits));
  const keys = [
    "global:",
    scopeKey("session", settings.session),
    scopeKey("provider", need.provider),
    scopeKey("model", need.model),
  ];
  const states = await statesInStore(store.db, set, keys, store.clock.now());
  const tight = states.flatMap(({ limit, scopeKey: key, settled, held }): TightLimit[] => {
    if (limit.amount === UNLIMITED) return [];
    const room = Math.max(0, mostToGo(settings.priority, limit.amount, set.thresholds) - settled - held);
    const needed = need[limit.measure];
    if (needed <= room) return [];
    const shown = (amount: number): number => (limit.measure === "nanoUsd" ? toUsd(nanoUsd(amount)) : amount);
    const measure = limit.measure === "nanoUsd" ? "usd" : limit.measure;
    return [
      {
        name: `${measure}/${limit.window}`,
        scope: limit.scope,
        of: key.slice(key.indexOf(":") + 1),
        measure,
        limit: shown(limit.amount),
        room: shown(room),
        needed: shown(needed),
      },
    ];
  });
  return tight.toSorted((a, b) => a.room / a.needed - b.room / b.needed);
}
