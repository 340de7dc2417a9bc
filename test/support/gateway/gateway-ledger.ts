import { DatabaseSync } from "node:sqlite";
import type { ServeHome } from "./open-serve.ts";

/** A row of the ledger as far as the tests of the gateway look at it. */
export interface LedgerRow {
  readonly kind: "settlement" | "unknown" | "correction";
  /** "REQUEST/ATTEMPT" */
  readonly call: string;
  readonly session: string;
  readonly provider: string;
  readonly model: string;
  readonly requested: string | null;
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly output: number;
  readonly cost: number;
  readonly estimated: 0 | 1;
  readonly note: string;
  readonly held: number | null;
}

/** Reads the whole ledger of a home whose gateways are stopped, or flushed. */
export function ledgerRows({ storePath }: ServeHome): readonly LedgerRow[] {
  const store = new DatabaseSync(storePath, { readOnly: true, timeout: 5_000 });
  try {
    const sql = `select kind, call_key as call, session_id as session, provider, model, requested_model as requested,
      input_tokens as input, cache_read_tokens as cacheRead, cache_write_5m_tokens as cacheWrite5m,
      cache_write_1h_tokens as cacheWrite1h, output_tokens as output, nano_usd as cost,
      usage_estimated as estimated, note, hold_nano_usd as held from ledger order by rowid`;
    return store.prepare(sql).all() as unknown as LedgerRow[];
  } finally {
    store.close();
  }
}

/** Leases that something is still held of: none once every process has ended well, or been cleared up after. */
export function openLeases({ storePath }: ServeHome): readonly unknown[] {
  const store = new DatabaseSync(storePath, { readOnly: true, timeout: 5_000 });
  try {
    return store.prepare("select * from leases where tokens > 0 or nano_usd > 0 or requests > 0").all();
  } finally {
    store.close();
  }
}

/** "REQUEST" of "REQUEST/ATTEMPT". */
export function requestOfCall(call: string): string {
  return call.slice(0, call.lastIndexOf("/"));
}
