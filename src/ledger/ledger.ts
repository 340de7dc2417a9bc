import type { Kysely, Selectable, Transaction } from "kysely";
import { nanoUsd, type NanoUsd } from "../foundation/units.ts";
import type { LedgerTable, Schema } from "../storage/schema.ts";
import { appendEntries, type EntryFacts } from "./chain.ts";
import { inputOf, type Service, type TokenCounts } from "./cost.ts";
import { closeHold, countedUnder, type Hold } from "./holds.ts";
import { correctedTimes, countSettled, useOf } from "./use-minutes.ts";

/**
 * What was spent: a hold before each call, one settlement after it, corrections for ever after.
 *
 * Invariants: a call is settled exactly once (its hold closes and its entry is written in one transaction, and the
 * entry's key is unique); entries are only added; each names the price list it was reckoned with; each writer's
 * entries form a chain of hashes, so a changed, missing or slipped-in row is found (`verify-ledger.ts`).
 *
 * Every function here runs inside the caller's transaction: the caller changes its own rows (the journal of calls) in
 * the same one. Rejected: balances that nobody can add up again (the minutes beside the ledger are sums of its entries, and are
 * proven to be), and one chain for all writers (they would wait for each other).
 */

/** The call an entry is for, as the ledger files it. */
export interface SpentCall {
  readonly key: string;
  readonly runId: string;
  readonly task: string;
  readonly phase: string;
  readonly tier: string;
  readonly session: string;
  readonly provider: string;
  readonly model: string;
  readonly priceVersion: string;
  readonly priceAssumed: boolean;
  readonly agent?: string | undefined;
  readonly taskType?: string | undefined;
  readonly project?: string | undefined;
  readonly apiKey?: string | undefined;
  /** As the user named the model, where that was another name. */
  readonly requestedModel?: string | undefined;
  readonly service?: Service | undefined;
}

/** Who writes, as a process identity line, and when. */
export interface Stamp {
  readonly writer: string;
  readonly at: number;
}

/**
 * Closes the hold of a call and writes what it cost. Answers false, and changes nothing, when the call was settled
 * before.
 */
export async function settle(
  trx: Transaction<Schema>,
  call: SpentCall,
  spent: { usage: TokenCounts; cost: NanoUsd; note?: string },
  stamp: Stamp,
): Promise<boolean> {
  const hold = await closeHold(trx, call.key, "settled", stamp.at);
  if (hold === undefined) return false;
  await addEntry(trx, call, { ...spent, kind: "settlement", entryKey: `settle:${call.key}`, hold }, stamp);
  return true;
}

/**
 * For a call of which nobody can say what became of it: its whole hold counts as spent, flagged as estimated. The
 * tokens are entered as input, for want of knowledge. Answers false when the call was settled before.
 */
export async function settleUnknown(
  trx: Transaction<Schema>,
  call: SpentCall,
  note: string,
  stamp: Stamp,
): Promise<boolean> {
  const hold = await closeHold(trx, call.key, "spent", stamp.at);
  if (hold === undefined) return false;
  const entry = { usage: estimated(hold.tokens), cost: nanoUsd(hold.nano_usd), note, kind: "unknown" as const };
  await addEntry(trx, call, { ...entry, entryKey: `unknown:${call.key}`, hold }, stamp);
  return true;
}

/**
 * Adds the difference between what stands in the ledger for a call and what it really used, as an entry of its own
 * (negative where too much was counted). Writes nothing where they agree.
 */
export async function correct(
  trx: Transaction<Schema>,
  call: SpentCall,
  real: { usage: TokenCounts; cost: NanoUsd; note: string },
  stamp: Stamp,
): Promise<void> {
  const entries = await entriesOf(trx, call.key);
  const sum = (pick: (entry: (typeof entries)[number]) => number): number =>
    entries.reduce((total, entry) => total + pick(entry), 0);
  const usage: TokenCounts = {
    inputTokens: real.usage.inputTokens - sum((entry) => entry.input_tokens),
    cacheReadTokens: real.usage.cacheReadTokens - sum((entry) => entry.cache_read_tokens),
    cacheWrite5mTokens: real.usage.cacheWrite5mTokens - sum((entry) => entry.cache_write_5m_tokens),
    cacheWrite1hTokens: real.usage.cacheWrite1hTokens - sum((entry) => entry.cache_write_1h_tokens),
    outputTokens: real.usage.outputTokens - sum((entry) => entry.output_tokens),
    reasoningTokens: real.usage.reasoningTokens - sum((entry) => entry.reasoning_tokens),
    estimated: real.usage.estimated,
  };
  const cost = nanoUsd(real.cost - sum((entry) => entry.nano_usd));
  if (cost === 0 && inputOf(usage) === 0 && usage.outputTokens === 0) return;
  const entryKey = `correct:${call.key}:${entries.length}`;
  const hold = await trx.selectFrom("holds").selectAll().where("call_key", "=", call.key).executeTakeFirst();
  const entry = { usage, cost, note: real.note, kind: "correction" as const, entryKey, hold };
  await addEntry(trx, call, entry, stamp);
}

/** A call's entries, found by their keys: an index of calls beside that of keys would cost each entry ever written. */
export async function entriesOf(db: Kysely<Schema>, callKey: string): Promise<readonly Selectable<LedgerTable>[]> {
  const found = await db
    .selectFrom("ledger")
    .selectAll()
    .where("entry_key", "in", [`settle:${callKey}`, `unknown:${callKey}`])
    .execute();
  for (;;) {
    const next = await db
      .selectFrom("ledger")
      .selectAll()
      .where("entry_key", "=", `correct:${callKey}:${found.length}`)
      .executeTakeFirst();
    if (next === undefined) return found;
    found.push(next);
  }
}

/** Writes entries and counts them: what is in the ledger is in the figures that limits are held against. */
export async function book(trx: Transaction<Schema>, writer: string, facts: readonly EntryFacts[]): Promise<void> {
  await appendEntries(trx, writer, facts);
  const corrections = facts.flatMap(({ kind, entry_key }) => (kind === "correction" ? [entry_key] : []));
  await countSettled(trx, useOf(facts, await correctedTimes(trx, corrections)));
}

async function addEntry(
  trx: Transaction<Schema>,
  call: SpentCall,
  entry: {
    entryKey: string;
    kind: "settlement" | "unknown" | "correction";
    usage: TokenCounts;
    cost: NanoUsd;
    note?: string;
    hold: Hold | undefined;
  },
  stamp: Stamp,
): Promise<void> {
  const { usage, hold } = entry;
  const facts: EntryFacts = {
    entry_key: entry.entryKey,
    kind: entry.kind,
    call_key: call.key,
    run_id: call.runId,
    task: call.task,
    phase: call.phase,
    tier: call.tier,
    session_id: call.session,
    provider: call.provider,
    model: call.model,
    input_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_5m_tokens: usage.cacheWrite5mTokens,
    cache_write_1h_tokens: usage.cacheWrite1hTokens,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens,
    nano_usd: entry.cost,
    price_version: call.priceVersion,
    price_assumed: call.priceAssumed ? 1 : 0,
    usage_estimated: usage.estimated ? 1 : 0,
    note: entry.note ?? "",
    hold_tokens: hold?.tokens ?? null,
    hold_nano_usd: hold?.nano_usd ?? null,
    agent: call.agent ?? null,
    task_type: call.taskType ?? null,
    project: call.project ?? projectOf(hold) ?? null,
    api_key: call.apiKey ?? null,
    requested_model: call.requestedModel ?? null,
    service: call.service ?? null,
    scope_keys: hold === undefined ? null : JSON.stringify(countedUnder(hold)),
    at: stamp.at,
  };
  await book(trx, stamp.writer, [facts]);
}

/** The project a hold was made for stands among its scope keys. */
function projectOf(hold: Hold | undefined): string | undefined {
  const key = hold === undefined ? undefined : countedUnder(hold).find((each) => each.startsWith("project:"));
  return key?.slice("project:".length);
}

/** An instant as SQLite's `datetime` writes it: UTC, "YYYY-MM-DD HH:MM:SS". */
export function sqlTimestamp(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}

function estimated(inputTokens: number): TokenCounts {
  return {
    inputTokens,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    estimated: true,
  };
}
