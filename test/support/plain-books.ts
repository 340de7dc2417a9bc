import { decide } from "../../src/throttle/decide.ts";
import { DEFAULT_THRESHOLDS } from "../../src/throttle/levels.ts";
import type { Amounts, Ask, Books, Limit, LimitState, Settlement } from "../../src/throttle/throttle.ts";

/** Books in plain memory for tests of what stands on books: one window that never ends, no leases, no journal. */
export interface PlainBooks extends Books {
  readonly settlements: readonly Settlement[];
  readonly holds: ReadonlyMap<string, Ask>;
  readonly released: readonly string[];
  /** Counts so much as settled, to bring a scope to a level. */
  spend(scopeKey: string, amounts: Partial<Amounts>): void;
}

/** Opens books that hold `limits` (of "*": each scope key by itself). */
export function openPlainBooks(limits: readonly Limit[]): PlainBooks {
  const settled = new Map<string, Amounts>();
  const holds = new Map<string, Ask>();
  const settlements: Settlement[] = [];
  const released: string[] = [];
  const add = (key: string, { tokens = 0, nanoUsd = 0, requests = 0 }: Partial<Amounts>): void => {
    const old = settled.get(key) ?? { tokens: 0, nanoUsd: 0, requests: 0 };
    settled.set(key, {
      tokens: old.tokens + tokens,
      nanoUsd: old.nanoUsd + nanoUsd,
      requests: old.requests + requests,
    });
  };
  const statesOf = (scopeKeys: readonly string[]): LimitState[] =>
    scopeKeys.flatMap((scopeKey) =>
      limits
        .filter(({ scope, of }) => scopeKey.startsWith(`${scope}:`) && (of === "*" || scopeKey === `${scope}:${of}`))
        .map((limit) => ({
          limit,
          scopeKey,
          settled: settled.get(scopeKey)?.[limit.measure] ?? 0,
          held: [...holds.values()]
            .filter((ask) => ask.scopeKeys.includes(scopeKey))
            .reduce((sum, ask) => sum + ask.worst[limit.measure], 0),
        })),
    );
  const drop = (id: string): Ask => {
    const ask = holds.get(id);
    if (ask === undefined) throw new Error(`${id} holds nothing`);
    holds.delete(id);
    return ask;
  };
  return {
    settlements,
    holds,
    released,
    spend: add,
    admit(ask) {
      const decision = decide(statesOf(ask.scopeKeys), ask, DEFAULT_THRESHOLDS);
      if (decision.kind === "admitted") holds.set(ask.id, { ...ask, worst: decision.held });
      return decision.kind === "refused" ? { ...decision, retryAfterMs: 60_000, freeAt: 60_000 } : decision;
    },
    settle(settlement) {
      const ask = drop(settlement.id);
      settlements.push(settlement);
      const { entry } = settlement;
      const tokens =
        entry.input_tokens +
        entry.cache_read_tokens +
        entry.cache_write_5m_tokens +
        entry.cache_write_1h_tokens +
        entry.output_tokens;
      for (const key of [...ask.scopeKeys, ...(ask.countedKeys ?? [])])
        add(key, { tokens, nanoUsd: entry.nano_usd, requests: 1 });
    },
    release(id) {
      drop(id);
      released.push(id);
    },
    correct() {},
    states: (keys) => Promise.resolve(statesOf(keys)),
    flush: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
