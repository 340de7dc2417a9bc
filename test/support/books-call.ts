import type { Limit, LimitSet, Settlement } from "../../src/throttle/throttle.ts";

/** One cap of each scope named, levels that begin where the limit ends: only its room refuses. */
export function limitsWithoutLevels(limits: readonly Omit<Limit, "of">[]): LimitSet {
  return {
    limits: limits.map((limit) => ({ of: "*", ...limit })),
    thresholds: { warning: 997, soft: 998, hard: 999, critical: 1000 },
    timeZone: "UTC",
  };
}

/** What a call of so many tokens cost: a thousand nano-dollars a token. */
export function settlementOf(id: string, scopeKeys: readonly string[], tokens: number): Settlement {
  const session = scopeKeys.find((key) => key.startsWith("session:"))?.slice("session:".length) ?? "";
  return {
    id,
    entry: {
      kind: "settlement",
      call_key: id,
      run_id: "",
      task: "",
      phase: "direct",
      tier: "big",
      session_id: session,
      provider: "openai-compatible",
      model: "m",
      input_tokens: tokens,
      cache_read_tokens: 0,
      cache_write_5m_tokens: 0,
      cache_write_1h_tokens: 0,
      output_tokens: 0,
      reasoning_tokens: 0,
      nano_usd: tokens * 1000,
      price_version: "test",
      price_assumed: 0,
      usage_estimated: 0,
      note: "",
      hold_tokens: null,
      hold_nano_usd: null,
      agent: null,
      task_type: null,
      project: null,
      api_key: null,
      requested_model: null,
      service: "standard",
      scope_keys: null,
    },
  };
}
