import type { Admission, Amounts, Ask, Books, Limit, LimitState, Settlement } from "../../src/throttle/throttle.ts";

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
      const admission = decide(statesOf(ask.scopeKeys), ask);
      if (admission.kind === "admitted") holds.set(ask.id, { ...ask, worst: admission.held });
      return admission;
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

function decide(states: readonly LimitState[], ask: Ask): Admission {
  const share = ({ limit, settled, held }: LimitState): number => (settled + held) / limit.amount;
  const worst = states.toSorted((a, b) => share(b) - share(a))[0];
  const used = worst === undefined ? 0 : share(worst);
  const level =
    used > 0.95 ? "CRITICAL" : used >= 0.9 ? "HARD" : used >= 0.8 ? "SOFT" : used >= 0.7 ? "WARNING" : "NONE";
  const warning = worst === undefined || level === "NONE" ? {} : { warning: worst };
  const admitted = (held: Amounts, more = {}): Admission => ({ kind: "admitted", level, held, ...warning, ...more });
  if (worst === undefined || ask.priority === "critical") return admitted(ask.worst);
  if (level === "SOFT" && ask.priority === "low") return { kind: "queued", level, worst };
  const refused = (limit: LimitState, why: "level" | "room", shortBy: number): Admission => {
    return { kind: "refused", why, level, limit, shortBy, retryAfterMs: 60_000, freeAt: 60_000 };
  };
  if (level === "CRITICAL" || (level === "HARD" && ask.priority !== "high")) return refused(worst, "level", 0);
  const short = (amounts: Amounts): LimitState | undefined =>
    states.find(({ limit, settled, held }) => settled + held + amounts[limit.measure] > limit.amount);
  const tight = short(ask.worst);
  if (tight === undefined) return admitted(ask.worst);
  const { clamp } = ask;
  for (let max = (clamp?.maxTokens ?? 0) - 1; clamp !== undefined && max >= clamp.leastTokens; max -= 1) {
    const held = clamp.worstOf(max);
    if (short(held) === undefined) return admitted(held, { clampedTo: max });
  }
  return refused(tight, "room", 1);
}
