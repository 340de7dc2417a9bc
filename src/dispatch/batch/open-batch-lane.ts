import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { randomLetters } from "../../foundation/ids.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { priceOfCall } from "../../ledger/worst-case.ts";
import { isUnbilled, isUnsent } from "../../providers/unbilled.ts";
import { openCall, type OpenTerms, withdrawIntent } from "../call-journal.ts";
import { BATCH_PURPOSE, type CallRow, keyText, outcomeOf, requestOf } from "../call-row.ts";
import { termsOf } from "../direct/call-terms.ts";
import type { CallAsk } from "../dispatch.ts";
import type { BatchAsk, BatchCall, BatchLane, BatchLaneParts, Submission } from "./batch-lane.ts";
import { collect } from "./collect.ts";
import { hostOf, knownHost, ROWS_AT_ONCE, sendingHost } from "./remote-names.ts";

/** Answers can be fetched for 29 days; until then what was handed in stays held. Source: Anthropic's page on batches. */
const HELD_MS = 30 * 86_400_000;
/** How long a call waits for what others have leased and were asked to give back. */
const RECALL_LOOKS = 10;
const RECALL_LOOK_MS = 50;

/** Opens the lane of one batch. It owns nothing. */
export function openBatchLane(parts: BatchLaneParts): BatchLane {
  return {
    ask: (ask) => askOnce(parts, ask),
    submit: (signal) => submit(parts, signal),
    collect: (signal) => collect(parts, signal),
    async cancel(signal) {
      const intents = await rowsIn(parts, "intent");
      for (const row of intents) await withdrawIntent(parts.store, row.key);
      const hosts = new Set((await rowsIn(parts, "launched")).map(({ host }) => host ?? ""));
      for (const host of hosts) {
        const { id } = hostOf(host);
        if (id !== null) await parts.provider.cancel(id, signal);
      }
    },
  };
}

async function askOnce(parts: BatchLaneParts, ask: BatchAsk): Promise<BatchCall> {
  const { store, batch } = parts;
  const rows = await store.db
    .selectFrom("calls")
    .selectAll()
    .where("run_id", "=", batch)
    .where("task", "=", ask.name)
    .execute();
  const known =
    rows.find(({ state }) => state === "done") ??
    rows.find(({ state }) => state === "intent" || state === "launched" || state === "unknown") ??
    rows.find(({ state, round }) => state === "failed" && Number(round) >= ask.round);
  return known === undefined ? open(parts, ask) : callOf(known);
}

function callOf(row: CallRow): BatchCall {
  if (row.state !== "done" && row.state !== "failed") return { kind: "waiting" };
  const outcome = outcomeOf(row, true);
  if (outcome.kind === "answered") {
    return { kind: "answered", answer: outcome.answer, cost: outcome.cost, finishedAt: Number(row.finished_at ?? 0) };
  }
  const { error_code: code, error_message: message } = row;
  return { kind: "failed", code: code ?? "internal", message: message ?? "", cost: nanoUsd(row.cost_nano_usd ?? 0) };
}

async function open(parts: BatchLaneParts, ask: BatchAsk): Promise<BatchCall> {
  const { store, batch, providerName: provider, session, priority } = parts;
  const key = { run: batch, task: ask.name, round: ask.round, purpose: BATCH_PURPOSE, attempt: 1 };
  const tier = parts.catalog.find(ask.request.model, { provider })?.tier === "small" ? "small" : "big";
  const call: CallAsk = {
    key,
    provider,
    request: ask.request,
    session,
    priority,
    phase: "batch",
    tier,
    timeoutMs: HELD_MS,
  };
  for (let look = 0; ; look += 1) {
    const terms = await termsFor(parts, call, look < RECALL_LOOKS);
    if (terms === undefined) {
      const message = `the price of ${provider}/${ask.request.model} is not known, and the policy for unknown prices is deny`;
      return { kind: "failed", code: "unknown-model", message, cost: nanoUsd(0) };
    }
    const opening = await openCall(store, call, terms);
    switch (opening.kind) {
      case "opened":
        return { kind: "waiting" };
      case "known":
        return callOf(opening.row);
      case "queued":
        return { kind: "refused", message: "low priority waits: too little of a limit is left (SOFT)" };
      case "refused":
        return { kind: "refused", message: opening.outcome.message };
      case "recalled":
        await store.clock.sleep(RECALL_LOOK_MS);
    }
  }
}

/** As a run's calls are held, at the batch price. */
async function termsFor(parts: BatchLaneParts, call: CallAsk, recall: boolean): Promise<OpenTerms | undefined> {
  const { catalog, unknownPrice, project, budget } = parts;
  const price = priceOfCall(catalog, call.provider, call.request.model);
  const { provider, request, priority, session, key } = call;
  const direct = {
    id: keyText(key),
    provider,
    request,
    priority,
    session,
    project,
    clamp: false,
    service: "batch",
  } as const;
  const terms = termsOf(direct, price, unknownPrice);
  if (terms === undefined) return undefined;
  const counted = unknownPrice === "allow-flagged" ? termsOf(direct, price, "assume-max")?.worst : undefined;
  return {
    price,
    worst: terms.worst,
    scopeKeys: terms.ask.scopeKeys,
    countedKeys: terms.ask.countedKeys ?? [],
    ...(counted === undefined ? {} : { unknownCost: counted }),
    set: await parts.limits(),
    budget: null,
    parentBudget: budget,
    recall,
  };
}

async function submit(parts: BatchLaneParts, signal: AbortSignal): Promise<Submission> {
  const intents = await rowsIn(parts, "intent");
  const batches: string[] = [];
  let [requests, unsure] = [0, 0];
  let fault: AllotError | null = null;
  for (const slice of slicesOf(intents, parts.provider.most)) {
    signal.throwIfAborted();
    const sent = await submitSlice(parts, slice, signal);
    if (typeof sent === "string") batches.push(sent);
    else if (sent === null) unsure += slice.length;
    else fault = sent;
    if (!(sent instanceof AllotError)) requests += slice.length;
  }
  return { requests, batches, fault, unsure };
}

/** The provider's id; null where nobody knows whether it arrived; the fault where it did not. */
async function submitSlice(
  parts: BatchLaneParts,
  rows: readonly CallRow[],
  signal: AbortSignal,
): Promise<string | null | AllotError> {
  const { store, provider } = parts;
  const token = `allot-${randomLetters(20)}`;
  const sending = sendingHost(provider.name, token);
  // Before anything leaves: a process that dies from here on leaves what the next one looks for.
  await store.transaction(async (trx) => {
    for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
      const keys = rows.slice(start, start + ROWS_AT_ONCE).map(({ key }) => key);
      await trx
        .updateTable("calls")
        .set({ state: "launched", host: sending, launched_at: store.clock.now() })
        .where("key", "in", keys)
        .where("state", "=", "intent")
        .execute();
    }
  });
  const requests = rows.map((row) => ({ id: row.task, request: requestOf(row) }));
  try {
    const id = await provider.submit(token, requests, signal);
    await rename(parts, sending, knownHost(provider.name, id));
    return id;
  } catch (error) {
    if (!isAllotError(error)) throw error;
    if (!isUnsent(error) && !(isUnbilled(error) && typeof error.details["status"] === "number")) {
      if (isAllotError(error, "interrupted")) throw error;
      return null;
    }
    await store.db
      .updateTable("calls")
      .set({ state: "intent", host: null, launched_at: null })
      .where("host", "=", sending)
      .where("state", "=", "launched")
      .execute();
    for (const { key } of rows) await withdrawIntent(store, key);
    return error;
  }
}

async function rename({ store, batch }: BatchLaneParts, from: string, to: string): Promise<void> {
  await store.db.updateTable("calls").set({ host: to }).where("run_id", "=", batch).where("host", "=", from).execute();
}

/** One model a hand-in (OpenAI wants it so), within the provider's bounds. */
function slicesOf(
  rows: readonly CallRow[],
  most: { readonly requests: number; readonly bytes: number },
): readonly (readonly CallRow[])[] {
  const slices: CallRow[][] = [];
  for (const ofModel of Map.groupBy(rows, ({ model }) => model).values()) {
    let bytes = Number.POSITIVE_INFINITY;
    for (const row of ofModel) {
      // JSON inside of JSON, and the frame.
      const size = Buffer.byteLength(row.request) + 1_000;
      const last = slices.at(-1);
      if (last === undefined || bytes + size > most.bytes || last.length >= most.requests) {
        slices.push([row]);
        bytes = size;
      } else {
        last.push(row);
        bytes += size;
      }
    }
  }
  return slices;
}

function rowsIn({ store, batch }: BatchLaneParts, state: CallRow["state"]): Promise<readonly CallRow[]> {
  return store.db
    .selectFrom("calls")
    .selectAll()
    .where("run_id", "=", batch)
    .where("purpose", "=", BATCH_PURPOSE)
    .where("state", "=", state)
    .orderBy("intent_at")
    .orderBy("key")
    .execute();
}
