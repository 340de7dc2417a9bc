import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { costOf } from "../../ledger/cost.ts";
import type { BatchResult } from "../../providers/batch/batch-provider.ts";
import { estimateInputTokens } from "../../providers/estimate-usage.ts";
import type { TokenUsage } from "../../providers/provider.ts";
import { type CallEnd, finishCall } from "../call-journal.ts";
import { BATCH_PURPOSE, type CallRow, priceOf, requestOf } from "../call-row.ts";
import type { BatchLaneParts, Collection } from "./batch-lane.ts";
import { hostOf, knownHost } from "./remote-names.ts";

/** What was sent may take so long to show in the provider's list; before, "none" does not mean that it never arrived. */
const SHOWS_AFTER_MS = 60_000;

const NOTHING: TokenUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
};

/**
 * Looks after every batch that holds calls of ours: those of unknown fate are looked for by what they were sent with, those
 * that never arrived are to be handed in again, those that ended are settled call by call.
 */
export async function collect(parts: BatchLaneParts, signal: AbortSignal): Promise<Collection> {
  const rows = await handedIn(parts);
  let [ended, open] = [0, 0];
  let fault: AllotError | null = null;
  for (const [host, calls] of Map.groupBy(rows, (row) => row.host ?? "")) {
    try {
      const id = hostOf(host).id ?? (await lookUp(parts, host, calls, signal));
      const done = id === null ? 0 : await settleBatch(parts, id, calls, signal);
      ended += done;
      open += calls.length - done;
    } catch (error) {
      if (!isAllotError(error) || isAllotError(error, "interrupted")) throw error;
      fault = error;
      open += calls.length;
    }
  }
  return { ended, open, fault };
}

/** What is at the provider, as far as we know; also what was given up meanwhile, because its answer puts the books right. */
function handedIn({ store, batch }: BatchLaneParts): Promise<readonly CallRow[]> {
  return store.db
    .selectFrom("calls")
    .selectAll()
    .where("run_id", "=", batch)
    .where("purpose", "=", BATCH_PURPOSE)
    .where("state", "in", ["launched", "unknown"])
    .execute();
}

/** The id of a batch whose handing in was never heard of again; null where it is not there, or cannot be said yet. */
async function lookUp(
  parts: BatchLaneParts,
  host: string,
  calls: readonly CallRow[],
  signal: AbortSignal,
): Promise<string | null> {
  const { store, provider, batch } = parts;
  const sentAt = Math.min(...calls.map(({ launched_at }) => Number(launched_at ?? 0)));
  const known = await store.db
    .selectFrom("calls")
    .select("host")
    .distinct()
    .where("purpose", "=", BATCH_PURPOSE)
    .where("host", "like", "batch|%|id|%")
    .execute();
  const wanted = {
    token: hostOf(host).token ?? "",
    requests: calls.map(({ task }) => task),
    sentAt,
    known: known.flatMap((row) => hostOf(row.host ?? "").id ?? []),
  };
  const found = await provider.find(wanted, signal);
  if (found.kind === "found") {
    const named = store.db.updateTable("calls").set({ host: knownHost(provider.name, found.id) });
    await named.where("run_id", "=", batch).where("host", "=", host).execute();
    return found.id;
  }
  if (found.kind === "later" || store.clock.now() - sentAt < SHOWS_AFTER_MS) return null;
  // It never arrived: it is handed in with the next ones.
  await store.db
    .updateTable("calls")
    .set({ state: "intent", host: null, launched_at: null })
    .where("run_id", "=", batch)
    .where("host", "=", host)
    .where("state", "=", "launched")
    .execute();
  return null;
}

/** Settles all calls of a batch that has ended; answers how many. */
async function settleBatch(
  parts: BatchLaneParts,
  id: string,
  calls: readonly CallRow[],
  signal: AbortSignal,
): Promise<number> {
  const { store, provider } = parts;
  const state = await provider.state(id, signal);
  if (state.kind === "working") return 0;
  const results = new Map<string, BatchResult>();
  if (state.kind === "ended") for (const result of await provider.results(id, signal)) results.set(result.id, result);
  const missing = state.kind === "rejected" ? state.fault : unanswered(provider.name);
  for (const row of calls) {
    const host = knownHost(provider.name, id);
    await finishCall(store, row, endOf(row, results.get(row.task), missing), host);
  }
  return calls.length;
}

function endOf(row: CallRow, result: BatchResult | undefined, missing: AllotError): CallEnd {
  if (result?.kind === "answered") {
    const usage = result.answer.usage.estimated ? estimated(row, result.answer.text) : result.answer.usage;
    const answer = { ...result.answer, usage };
    return { usage, cost: costOf(usage, priceOf(row), "batch"), answer };
  }
  const { code, message, retryable } = result?.fault ?? missing;
  return { usage: NOTHING, cost: nanoUsd(0), fault: { code, message, retryable }, note: `${code}; not billed` };
}

/** Where the provider reports no use: the request by our own count, four characters of the answer a token. */
function estimated(row: CallRow, text: string): TokenUsage {
  const outputTokens = Math.max(1, Math.ceil(text.length / 4));
  return { ...NOTHING, inputTokens: estimateInputTokens(requestOf(row)), outputTokens, estimated: true };
}

function unanswered(provider: string): AllotError {
  return new AllotError("provider-malformed", `the request is not among the results of ${provider}'s batch interface`);
}
