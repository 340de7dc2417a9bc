import type { EntryFacts } from "../../src/ledger/chain.ts";
import { SAMPLE_AT, SAMPLE_USAGE } from "./sample-trace.ts";

/** A call of the gateway as the ledger has it: Sonnet, a cent. */
export function sampleEntry(call: string, changes: Partial<EntryFacts> = {}): EntryFacts {
  return {
    entry_key: `settle:${call}`,
    kind: "settlement",
    call_key: call,
    run_id: "",
    task: "",
    phase: "direct",
    tier: "big",
    session_id: "default",
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    input_tokens: SAMPLE_USAGE.inputTokens,
    cache_read_tokens: SAMPLE_USAGE.cacheReadTokens,
    cache_write_5m_tokens: SAMPLE_USAGE.cacheWrite5mTokens,
    cache_write_1h_tokens: SAMPLE_USAGE.cacheWrite1hTokens,
    output_tokens: SAMPLE_USAGE.outputTokens,
    reasoning_tokens: SAMPLE_USAGE.reasoningTokens,
    nano_usd: 10_000_000,
    price_version: "list-1",
    price_assumed: 0,
    usage_estimated: 0,
    note: "",
    hold_tokens: 10_000,
    hold_nano_usd: 20_000_000,
    agent: "claude-code",
    task_type: "coding",
    project: null,
    api_key: "k1",
    requested_model: "claude-sonnet-4-5",
    service: "standard",
    scope_keys: '["global:","session:default"]',
    request_id: "req_sample",
    response_id: "msg_sample",
    at: SAMPLE_AT,
    ...changes,
  };
}
