import type { Transaction } from "kysely";
import { AllotError } from "../foundation/errors.ts";
import { canonicalJson, sha256 } from "../foundation/ids.ts";
import type { NanoUsd } from "../foundation/units.ts";
import type { TokenCounts } from "../ledger/cost.ts";
import { correct, settle, settleUnknown } from "../ledger/ledger.ts";
import type { CallPrice } from "../ledger/worst-case.ts";
import type { ModelAnswer } from "../providers/provider.ts";
import { BOOKS } from "../storage/exclusive.ts";
import type { Schema } from "../storage/schema.ts";
import type { Store } from "../storage/storage.ts";
import { noteOutcome, releaseInStore, type StoreAsk, tryHold } from "../throttle/store/admission.ts";
import { scopesUnder } from "../throttle/store/budgets.ts";
import { noteUnpriced } from "../throttle/store/events.ts";
import { recallLeases } from "../throttle/store/leases.ts";
import type { Amounts, LimitSet, Queued, Refused } from "../throttle/throttle.ts";
import { type RefusedCall, refusalOf } from "./call-refusal.ts";
import { type CallRow, spentCall, keyText } from "./call-row.ts";
import type { CallAsk } from "./dispatch.ts";

/*
 * The journal of paid calls. A row moves intent -> launched -> done, failed or unknown, and every move is a
 * compare-and-set on state and host inside the transaction that also moves the money. A row that is over is never
 * called again.
 */

/** What came of writing an intent. */
export type Opening =
  /** `alarm`: the first use of a model whose price is not known. */
  | { readonly kind: "opened"; readonly key: string; readonly alarm: string | null }
  | { readonly kind: "known"; readonly row: CallRow }
  /** Low priority, and little room: nothing was written but the event. */
  | { readonly kind: "queued"; readonly queued: Queued }
  /** Others have leased the room and were asked to give back what they do not use: ask again in a moment. */
  | { readonly kind: "recalled" }
  | { readonly kind: "refused"; readonly refused: Refused; readonly outcome: RefusedCall };

/** What a call is held at, and under which limits. */
export interface OpenTerms {
  readonly price: CallPrice;
  readonly worst: Amounts;
  /** Everybody under whose limits it falls, or is counted, except budgets. */
  readonly scopeKeys: readonly string[];
  readonly countedKeys: readonly string[];
  /** What it counts as if its fate is never known; `worst` where that is left out. */
  readonly unknownCost?: Amounts;
  readonly set: LimitSet;
  /** Most that the run may use up in all, in nano-dollars; null: no budget of its own. */
  readonly budget: NanoUsd | null;
  /** The budget that the run itself is a part of. */
  readonly parentBudget: string | null;
  /** Ask others for what they have leased before refusing. */
  readonly recall: boolean;
}

/** How a call ended, with what it used and cost. */
export interface CallEnd {
  readonly usage: TokenCounts;
  readonly cost: NanoUsd;
  readonly answer?: ModelAnswer;
  readonly fault?: { code: string; message: string; retryable: boolean; retryAfterMs?: number };
  /** Goes with the ledger entry. */
  readonly note?: string;
}

/**
 * Writes intent, request hash, hold and session of a call in one transaction, or says what stands there already. It is
 * held under every limit that applies, the run's own budget among them; filling one exactly is allowed, and critical
 * calls may pass it.
 *
 * Throws `call-key-reused` for a key that was used for another request.
 */
export async function openCall(store: Store, ask: CallAsk, terms: OpenTerms): Promise<Opening> {
  const row = intentRow(ask, terms, store.clock.now());
  return store.transaction(async (trx): Promise<Opening> => {
    const known = await trx.selectFrom("calls").selectAll().where("key", "=", row.key).executeTakeFirst();
    if (known !== undefined && known.request_hash !== row.request_hash) {
      throw new AllotError(
        "call-key-reused",
        `call ${row.key} was made with another request (hash ${known.request_hash.slice(0, 12)}, now ${row.request_hash.slice(0, 12)}); a changed request needs a new key`,
        { details: { key: row.key } },
      );
    }
    if (known !== undefined && known.state !== "refused") return { kind: "known", row: known };
    if (known !== undefined) await trx.deleteFrom("calls").where("key", "=", row.key).execute();
    // The hold of an intent that was given up stands closed under the same key.
    await trx.deleteFrom("holds").where("call_key", "=", row.key).where("closed_as", "=", "released").execute();
    return holdCall(trx, ask, terms, row);
  }, BOOKS);
}

async function holdCall(
  trx: Transaction<Schema>,
  ask: CallAsk,
  terms: OpenTerms,
  row: ReturnType<typeof intentRow>,
): Promise<Opening> {
  const set = withRunBudget(terms.set, ask.key.run, terms.budget);
  const scopes = await scopesUnder(trx, set, terms.scopeKeys, terms.parentBudget);
  const asked: StoreAsk = {
    id: row.key,
    scopeKeys: scopes.scopeKeys,
    countedKeys: [...scopes.countedKeys, ...terms.countedKeys],
    priority: ask.priority,
    worst: terms.worst,
    session: row.session_id,
    runId: row.run_id,
    ...(terms.unknownCost === undefined ? {} : { unknownCost: terms.unknownCost }),
  };
  const admission = await tryHold(trx, set, asked, row.intent_at);
  switch (admission.kind) {
    case "admitted":
      await trx.insertInto("calls").values(row).execute();
      return {
        kind: "opened",
        key: row.key,
        alarm: terms.price.assumed ? await noteUnpriced(trx, row, asked, row.intent_at) : null,
      };
    case "queued":
      await noteOutcome(trx, admission, asked, row.intent_at);
      return { kind: "queued", queued: admission };
    case "refused": {
      if (terms.recall && (await recallLeases(trx, [admission.limit.scopeKey], "")) > 0) return { kind: "recalled" };
      await noteOutcome(trx, admission, asked, row.intent_at);
      const outcome = await refusalOf(trx, admission, asked, set, row.intent_at);
      const end = { finished_at: row.intent_at, error_code: "limit-reached", error_message: outcome.message };
      await trx
        .insertInto("calls")
        .values({ ...row, state: "refused", ...end })
        .execute();
      return { kind: "refused", refused: admission, outcome };
    }
  }
}

function withRunBudget(set: LimitSet, run: string, budget: NanoUsd | null): LimitSet {
  if (budget === null) return set;
  const limit = { scope: "run", of: run, window: "ever", measure: "nanoUsd", amount: budget } as const;
  return { ...set, limits: [...set.limits, limit] };
}

function intentRow(ask: CallAsk, terms: OpenTerms, at: number) {
  const held = terms.unknownCost ?? terms.worst;
  // Everything that decides what is asked of whom; not how long we wait, nor where the report counts it.
  const asked = canonicalJson({ provider: ask.provider, request: ask.request });
  return {
    key: keyText(ask.key),
    run_id: ask.key.run,
    task: ask.key.task,
    round: ask.key.round,
    purpose: ask.key.purpose,
    attempt: ask.key.attempt,
    state: "intent" as const,
    request_hash: sha256(asked),
    request: JSON.stringify(ask.request),
    provider: ask.provider,
    model: ask.request.model,
    session_id: ask.session,
    priority: ask.priority,
    phase: ask.phase,
    tier: ask.tier,
    timeout_ms: ask.timeoutMs,
    idle_ms: ask.idleMs ?? null,
    requested_model: ask.requestedModel ?? null,
    hold_tokens: held.tokens,
    hold_nano_usd: held.nanoUsd,
    price: JSON.stringify(terms.price.price),
    price_version: terms.price.price.version,
    price_assumed: terms.price.assumed ? (1 as const) : (0 as const),
    intent_at: at,
  };
}

/**
 * Takes all waiting calls of a run for the host `identity`; a call that another host took first is not among them.
 * "unseated" when the seat of that run is not, or no longer, this host's: it must take none.
 */
export async function launchIntents(
  store: Store,
  runId: string,
  identity: string,
): Promise<readonly CallRow[] | "unseated"> {
  const waiting = store.db.selectFrom("calls").select("key").where("run_id", "=", runId).where("state", "=", "intent");
  if ((await waiting.limit(1).execute()).length === 0) return [];
  return store.transaction(async (trx) => {
    const seat = await trx.selectFrom("hosts").select("identity").where("host_key", "=", runId).executeTakeFirst();
    if (seat?.identity !== identity) return "unseated";
    const intents = trx.selectFrom("calls").selectAll().where("run_id", "=", runId).where("state", "=", "intent");
    const rows = await intents.orderBy("intent_at").execute();
    await trx
      .updateTable("calls")
      .set({ state: "launched", host: identity, launched_at: store.clock.now() })
      .where("run_id", "=", runId)
      .where("state", "=", "intent")
      .execute();
    return rows.map((row) => ({ ...row, state: "launched" as const, host: identity }));
  });
}

/**
 * Stores how a launched call ended, and settles it, in one transaction. A call that was given up as unknown meanwhile
 * is put right: its end replaces the unknown, and a correction its hold. Answers whether anything was written.
 */
export async function finishCall(store: Store, row: CallRow, end: CallEnd, identity: string): Promise<boolean> {
  const at = store.clock.now();
  const stamp = { writer: identity, at };
  return store.transaction(async (trx) => {
    if (await moveTo(trx, row.key, "launched", identity, endColumns(end, at))) {
      if (await settle(trx, spentCall(row), noted(end, row), stamp)) return true;
      throw new AllotError("internal", `call ${row.key} was launched, but its hold is closed`);
    }
    if (await moveTo(trx, row.key, "unknown", identity, endColumns(end, at))) {
      await correct(trx, spentCall(row), { ...end, note: "the host of this unknown call answered after all" }, stamp);
      return true;
    }
    return false;
  }, BOOKS);
}

/**
 * Gives up a launched call whose host is gone: its hold counts as spent and stays so. Answers false when the call ended
 * in the meantime.
 */
export async function markUnknown(store: Store, row: Pick<CallRow, "key" | "host">, writer: string): Promise<boolean> {
  const at = store.clock.now();
  const message =
    "the call host ended while this call was under way; what came of it cannot be known, so it is not repeated";
  return store.transaction(async (trx) => {
    const columns = { state: "unknown" as const, finished_at: at, error_code: "call-unknown", error_message: message };
    if (!(await moveTo(trx, row.key, "launched", row.host ?? "", columns))) return false;
    const moved = await trx.selectFrom("calls").selectAll().where("key", "=", row.key).executeTakeFirstOrThrow();
    await settleUnknown(trx, spentCall(moved), "host gone; counted at its hold", { writer, at });
    await trx.updateTable("calls").set({ cost_nano_usd: moved.hold_nano_usd }).where("key", "=", row.key).execute();
    return true;
  }, BOOKS);
}

/** Gives up an intent that nobody launched: its hold goes back, and its key may be asked again. */
export async function withdrawIntent(store: Store, key: string): Promise<boolean> {
  const at = store.clock.now();
  return store.transaction(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable("calls")
      .set({ state: "refused", finished_at: at, error_code: "interrupted", error_message: "never launched" })
      .where("key", "=", key)
      .where("state", "=", "intent")
      .executeTakeFirst();
    return numUpdatedRows === 1n && (await releaseInStore(trx, key, at));
  }, BOOKS);
}

async function moveTo(
  trx: Transaction<Schema>,
  key: string,
  from: CallRow["state"],
  host: string,
  columns: Partial<CallRow>,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("calls")
    .set(columns)
    .where("key", "=", key)
    .where("state", "=", from)
    .where("host", "=", host)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

function noted(end: CallEnd, row: CallRow): { usage: TokenCounts; cost: NanoUsd; note?: string } {
  const instead = row.requested_model === null ? undefined : `instead of ${row.requested_model}`;
  const notes = [instead, end.note ?? end.fault?.code].filter((text) => text !== undefined);
  return { usage: end.usage, cost: end.cost, ...(notes.length === 0 ? {} : { note: notes.join("; ") }) };
}

function endColumns(end: CallEnd, at: number): Partial<CallRow> {
  return {
    state: end.fault === undefined ? "done" : "failed",
    finished_at: at,
    answer: end.answer === undefined ? null : JSON.stringify(end.answer),
    response_id: end.answer?.responseId ?? null,
    input_tokens: end.usage.inputTokens,
    cache_read_tokens: end.usage.cacheReadTokens,
    cache_write_5m_tokens: end.usage.cacheWrite5mTokens,
    cache_write_1h_tokens: end.usage.cacheWrite1hTokens,
    output_tokens: end.usage.outputTokens,
    reasoning_tokens: end.usage.reasoningTokens,
    usage_estimated: end.usage.estimated ? 1 : 0,
    cost_nano_usd: end.cost,
    error_code: end.fault?.code ?? null,
    error_message: end.fault?.message ?? null,
    retryable: end.fault === undefined ? null : end.fault.retryable ? 1 : 0,
    retry_after_ms: end.fault?.retryAfterMs ?? null,
  };
}
