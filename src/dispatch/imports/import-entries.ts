import { basename } from "node:path";
import type { Transaction } from "kysely";
import type { Catalog } from "../../catalog/catalog.ts";
import type { EntryFacts } from "../../ledger/chain.ts";
import { costOf, SUBSCRIPTION_PRICES } from "../../ledger/cost.ts";
import { entriesOf } from "../../ledger/ledger.ts";
import { priceOfCall } from "../../ledger/worst-case.ts";
import type { LedgerTable, LoggedAnswersTable, Schema } from "../../storage/schema.ts";
import type { PricedUsage } from "../../transcripts/transcripts.ts";
import { IMPORT_PHASE } from "./booked-answers.ts";

/** What an answer of a log is booked at. */
export interface ImportPrices {
  readonly catalog: Pick<Catalog, "find" | "dearest">;
  /** Epoch ms. */
  readonly now: number;
}

/** How an answer is named in `logged_answers`. */
export function answerName({ agent, id }: Pick<PricedUsage, "agent" | "id">): string {
  return `${agent}/${id}`;
}

/** The answer as the ledger files it. */
export function importedEntry(parts: ImportPrices, record: PricedUsage): EntryFacts {
  const key = `import/${answerName(record)}`;
  const project = record.project === null ? null : basename(record.project);
  const keys = ["global:", `session:${record.session}`, `provider:${record.provider}`, `model:${modelOf(record)}`];
  if (project !== null && project !== "") keys.push(`project:${project}`);
  return {
    entry_key: `settle:${key}`,
    kind: "settlement",
    call_key: key,
    run_id: "",
    task: "",
    phase: IMPORT_PHASE,
    tier: parts.catalog.find(record.model, { provider: record.provider })?.tier ?? "big",
    session_id: record.session,
    provider: record.provider,
    model: modelOf(record),
    ...columnsOf(record),
    ...priceOf(parts, record),
    usage_estimated: 0,
    note: `out of the log of ${record.agent}`,
    hold_tokens: null,
    hold_nano_usd: null,
    agent: record.agent === "gemini" ? "gemini-cli" : record.agent,
    task_type: null,
    project,
    api_key: null,
    requested_model: null,
    service: "standard",
    scope_keys: JSON.stringify(keys),
    request_id: record.requestId,
    response_id: record.responseId,
    at: record.at > 0 ? record.at : parts.now,
  };
}

function modelOf({ model }: PricedUsage): string {
  return model === "" ? "unknown" : model;
}

type TokenColumns = Pick<
  LedgerTable,
  | "input_tokens"
  | "cache_read_tokens"
  | "cache_write_5m_tokens"
  | "cache_write_1h_tokens"
  | "output_tokens"
  | "reasoning_tokens"
>;

function columnsOf(record: PricedUsage | undefined): TokenColumns {
  return {
    input_tokens: record?.inputTokens ?? 0,
    cache_read_tokens: record?.cacheReadTokens ?? 0,
    cache_write_5m_tokens: record?.cacheWrite5mTokens ?? 0,
    cache_write_1h_tokens: record?.cacheWrite1hTokens ?? 0,
    output_tokens: record?.outputTokens ?? 0,
    reasoning_tokens: record?.reasoningTokens ?? 0,
  };
}

/** A cost that nobody knows is booked at the dearest rates there are. */
function priceOf(
  { catalog }: ImportPrices,
  record: PricedUsage,
): Pick<LedgerTable, "nano_usd" | "price_version" | "price_assumed"> {
  if (record.covered) return { nano_usd: 0, price_version: SUBSCRIPTION_PRICES, price_assumed: 0 };
  const usage = { ...record, estimated: false };
  const known = catalog.find(record.model, { provider: record.provider, at: record.at })?.price ?? null;
  const price = known ?? catalog.find(record.model, { at: record.at })?.price ?? null;
  if (price !== null) return { nano_usd: costOf(usage, price), price_version: price.version, price_assumed: 0 };
  const assumed = priceOfCall(catalog, record.provider, record.model);
  return { nano_usd: costOf(usage, assumed.price), price_version: assumed.price.version, price_assumed: 1 };
}

/** What has to be added to an import so that it says what is known now; undefined: it is nothing of its own any more. */
export async function difference(
  trx: Transaction<Schema>,
  parts: ImportPrices,
  { call_key: key }: LoggedAnswersTable,
  record: PricedUsage | undefined,
  why: string,
): Promise<readonly EntryFacts[]> {
  const entries = await entriesOf(trx, key);
  const [first] = entries;
  if (first === undefined) return [];
  const { writer: _writer, sequence: _sequence, prev_hash: _before, hash: _hash, ...facts } = first;
  const wanted = columnsOf(record);
  const tokens = Object.fromEntries(
    (Object.keys(wanted) as (keyof TokenColumns)[]).map((column) => [
      column,
      wanted[column] - entries.reduce((sum, entry) => sum + entry[column], 0),
    ]),
  ) as unknown as TokenColumns;
  const price = record === undefined ? { nano_usd: 0 } : priceOf(parts, record);
  const cost = price.nano_usd - entries.reduce((sum, entry) => sum + entry.nano_usd, 0);
  const isNone = cost === 0 && Object.values(tokens).every((count) => count === 0);
  if (isNone) return [];
  const entryKey = `correct:${key}:${entries.length}`;
  const own = { entry_key: entryKey, kind: "correction" as const, note: why, at: parts.now };
  return [{ ...facts, ...tokens, ...price, nano_usd: cost, ...own }];
}
