import type { EntryFacts } from "../../../ledger/chain.ts";
import { parseScopeKey } from "../../limits.ts";
import type { Amounts } from "../../throttle.ts";
import type { ReadKeys } from "./journal-lines.ts";

/** A hold that a process left behind. */
export interface LostHold {
  readonly held: Amounts;
  readonly at: number;
  readonly keys: ReadKeys;
}

/** A hold of which nobody can say what became of it: all of it is spent, as input for want of knowledge. */
export function unknownEntry(id: string, { held, at, keys }: LostHold): EntryFacts {
  const all = [...keys.scopeKeys, ...keys.countedKeys];
  const named = (scope: string): string => all.map(parseScopeKey).find((parsed) => parsed?.scope === scope)?.name ?? "";
  return {
    entry_key: `unknown:${id}`,
    kind: "unknown",
    call_key: id,
    run_id: named("run"),
    task: "",
    phase: "direct",
    tier: "",
    session_id: named("session"),
    provider: named("provider"),
    model: named("model"),
    input_tokens: held.tokens,
    cache_read_tokens: 0,
    cache_write_5m_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
    nano_usd: held.nanoUsd,
    price_version: "",
    price_assumed: 0,
    usage_estimated: 1,
    note: "the process ended while this call was under way; counted at its hold",
    hold_tokens: held.tokens,
    hold_nano_usd: held.nanoUsd,
    agent: null,
    task_type: null,
    project: named("project") || null,
    api_key: named("key") || null,
    requested_model: null,
    service: null,
    scope_keys: JSON.stringify(all),
    at,
  };
}
