import { countTokens } from "../../codebase/tokens/count-tokens.ts";
import type { TokenSample } from "../../codebase/tokens/tokens.ts";
import type { CallOutcome, Dispatch } from "../../dispatch/dispatch.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { ModelAnswer, ProviderName } from "../../providers/provider.ts";
import { type FailedAttempt, nextAttempt } from "../../runs/next-attempt.ts";
import type { Store } from "../../storage/storage.ts";
import type { Priority } from "../../throttle/throttle.ts";
import { limitIn } from "../ask-client.ts";
import type { Ask, AskAnswer, AskRequest } from "../work.ts";
import type { BatchItem } from "./batch.ts";
import { modelRequest, questionName } from "./question-name.ts";

/** What the questions of a batch are asked with. */
export interface DurableParts {
  readonly store: Store;
  /** Of the batch: its calls are made by a host that outlives this process. */
  readonly dispatch: Dispatch;
  readonly batch: string;
  /** PROVIDER/NAME of those who may stand in, in their order. */
  readonly fallback: readonly string[];
  readonly session: string;
  readonly priority: Priority;
  /** Told what a provider reported as input beside our own count. Must not throw. */
  readonly onSample: (sample: TokenSample) => void;
}

/** While others' calls hold the room, a question waits so often for so long. */
const ROOM_LOOKS = 240;
const ROOM_LOOK_MS = 500;

/**
 * Asks directly, as the calls of a run are made: each question has a key and a row, and a host apart from this process makes the
 * call. A question that was under way when this process was killed is not asked again: its answer is waited for, or found.
 * Attempts, pauses and who stands in are a run's (`runs/next-attempt.ts`).
 */
export function durableAsk(parts: DurableParts, item: Pick<BatchItem, "attempts">): Ask {
  return async (request, signal) => {
    const name = questionName(request);
    const round = await roundOf(parts, name, item.attempts);
    const models = [`${request.model.provider}/${request.model.name}`, ...parts.fallback];
    const past: FailedAttempt[] = [];
    let spent = 0;
    let failed: Extract<CallOutcome, { kind: "failed" }> | undefined;
    for (;;) {
      const next = nextAttempt(past, { models: models.length, alone: models.length === 1 });
      if (next.kind === "end") break;
      if (failed !== undefined && failed.replayed !== true) await parts.store.clock.sleep(next.waitMs, signal);
      const served = models[next.model] ?? "";
      const startedAt = parts.store.clock.now();
      const key = { name, round, attempt: past.length + 1 };
      const outcome = await callWithRoom(parts, request, served, key, signal);
      if (outcome.kind === "refused") return fault("limit-reached", outcome.message, spent);
      if (outcome.kind === "unknown") return fault("call-unknown", outcome.message, spent);
      if (outcome.kind === "answered") {
        const ms = outcome.replayed ? 0 : parts.store.clock.now() - startedAt;
        // What an earlier life has paid for was counted by it.
        const cost = nanoUsd(spent + (outcome.replayed ? 0 : outcome.cost));
        if (!outcome.replayed) sample(parts, request, served, outcome.answer);
        return answerOf(outcome.answer, served, cost, ms);
      }
      if (outcome.replayed !== true) spent += outcome.cost;
      if (outcome.code === "window-overflow") {
        const { message } = outcome;
        return { kind: "too-long", cost: nanoUsd(spent), limitTokens: limitIn(message), message };
      }
      failed = outcome;
      past.push({
        model: next.model,
        code: outcome.code,
        retryable: outcome.retryable,
        retryAfterMs: outcome.retryAfterMs,
      });
    }
    return fault(failed?.code ?? "internal", failed?.message ?? "no attempt was made", spent);
  };
}

/** The try that a question belongs to: one whose answer is there, or under way, stays with it; one that failed is asked anew. */
async function roundOf({ store, batch }: DurableParts, name: string, attempts: number): Promise<number> {
  const known = await store.db
    .selectFrom("calls")
    .select("round")
    .where("run_id", "=", batch)
    .where("task", "=", name)
    .where("state", "in", ["done", "intent", "launched"])
    .executeTakeFirst();
  return known === undefined ? attempts : Number(known.round);
}

async function callWithRoom(
  { dispatch, store, batch, session, priority }: DurableParts,
  request: AskRequest,
  served: string,
  { name, round, attempt }: { readonly name: string; readonly round: number; readonly attempt: number },
  signal: AbortSignal,
): Promise<CallOutcome> {
  const slash = served.indexOf("/");
  const asked = `${request.model.provider}/${request.model.name}`;
  for (let look = 0; ; look += 1) {
    const outcome = await dispatch.call(
      {
        key: { run: batch, task: name, round, purpose: "work", attempt },
        provider: served.slice(0, slash) as ProviderName,
        request: { ...modelRequest(request), model: served.slice(slash + 1) },
        session,
        priority,
        phase: "batch",
        tier: "big",
        timeoutMs: request.timeoutMs,
        ...(served === asked ? {} : { requestedModel: asked }),
      },
      signal,
    );
    const isInTheWay = outcome.kind === "refused" && outcome.shortBy > 0 && outcome.held >= outcome.shortBy;
    if (!isInTheWay || look >= ROOM_LOOKS) return outcome;
    await store.clock.sleep(ROOM_LOOK_MS, signal);
  }
}

function answerOf(
  { text, finish, usage }: ModelAnswer,
  servedBy: string,
  cost: AskAnswer["cost"],
  ms: number,
): AskAnswer {
  if (finish === "content-filter") {
    return { kind: "failed", code: "content-refused", message: "the provider's filter ended the answer", cost };
  }
  if (finish === "length") return { kind: "cut", text, cost, servedBy, ms };
  return { kind: "answered", text, cost, inputTokens: inputOf(usage), outputTokens: usage.outputTokens, servedBy, ms };
}

function inputOf(usage: ModelAnswer["usage"]): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}

function sample({ onSample }: DurableParts, request: AskRequest, model: string, { usage }: ModelAnswer): void {
  const reported = inputOf(usage);
  if (usage.estimated || reported <= 0) return;
  onSample({ model, content: "code", reported, counted: countTokens(request.system) + countTokens(request.prompt) });
}

function fault(code: string, message: string, spent: number): AskAnswer {
  return { kind: "failed", code, message, cost: nanoUsd(spent) };
}
