import type { CallAsk, CallOutcome, Dispatch } from "../dispatch/dispatch.ts";
import type { Clock } from "../foundation/clock.ts";
import { AllotError } from "../foundation/errors.ts";
import { formatUsd, nanoUsd, type NanoUsd } from "../foundation/units.ts";
import type { ModelRequest } from "../providers/provider.ts";
import type { RunRepository } from "../workspaces/run-repository.ts";
import type { ComparisonFacts } from "./report/comparison.ts";
import type { EmitEvent } from "./events.ts";
import type { WorkerTier } from "./work/ladder.ts";
import { agentOf, modelFor } from "./components/components.ts";
import type { MiniTask } from "./plan/mini-task.ts";
import type { RunAgents } from "./work/run-agents.ts";
import type { RunModel, RunSpec } from "./run.ts";
import { type FailedAttempt, nextAttempt } from "./next-attempt.ts";
import type { RunStore } from "./run-store.ts";
import type { Slots } from "./slots.ts";

/** What the steps of one run work with. Made anew in every life of the run; holds no state of its own. */
export interface RunContext {
  readonly spec: RunSpec;
  /** Where people look: `.allot/runs/ID` in the user's repository (plan, tasks, report). */
  readonly publicDir: string;
  /** Where the minimal workspaces of this run's mini-tasks are made. */
  readonly workspacesDir: string;
  /** The user's own saved plans. */
  readonly templatesDir: string;
  readonly repository: RunRepository;
  readonly dispatch: Dispatch;
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly emit: EmitEvent;
  readonly signal: AbortSignal;
  /** How many tasks are worked on at the same time. */
  readonly slots: Slots;
  /** Agent programs; absent where this run can have none. */
  readonly agents?: RunAgents;
  /** Which model answered the last turn of a conversation: 0 is the run's own, then those that stand in. */
  readonly places: Map<string, number>;
  /** What other models would have asked for the same, for the report. */
  readonly prices: Pick<ComparisonFacts, "bigLabel" | "standIn" | "priceBig" | "singles">;
  /** List price of so many tokens on a tier's model, or on the one that is named; 0 for exact. */
  readonly forecast: (tier: WorkerTier, inputTokens: number, outputTokens: number, model?: string) => NanoUsd;
}

type Refusal = Extract<CallOutcome, { kind: "refused" }>;

export interface PaidAsk {
  readonly task: string;
  readonly round: number;
  readonly purpose: string;
  readonly phase: "planning" | "execution" | "verification";
  readonly tier: "small" | "big";
}

const LOOK_FOR_ROOM_MS = 50;
const SLOWEST_LOOK_MS = 1_000;
const ROOM_PATIENCE_MS = 600_000;

/**
 * Makes a paid call of the run through the one door. What fails is tried again as `nextAttempt` says, under the next
 * attempt number, each a call of its own in the ledger: with the same model after a pause, then with those that the user
 * allowed to stand in for it, which is told. A conversation stays with whoever answered its last turn.
 * A call whose fate is unknown is counted at its hold and asked once more where `unknownCalls` is "again", which is told
 * as an event. A call that a limit has no room for only because of what running calls hold waits for them.
 */
export async function payFor(
  context: RunContext,
  ask: PaidAsk,
  request: Omit<ModelRequest, "model">,
): Promise<CallOutcome> {
  const models = modelsOf(context.spec, ask.tier);
  const bounds = { models: models.length, alone: ask.tier === "big" || context.spec.big === undefined };
  const past: FailedAttempt[] = [];
  let place = lastPlace(context, ask);
  let lost = false;
  let waits = 0;
  for (let attempt = 1; ; attempt++) {
    const model = models[place] ?? models[0];
    const asked = model === models[0] ? {} : { requestedModel: `${models[0].provider}/${models[0].id}` };
    const call = { ...callAsk(context.spec, ask, attempt, model, request), ...asked };
    const outcome = await context.dispatch.call(call, context.signal);
    switch (outcome.kind) {
      case "answered":
        context.places.set(conversationOf(ask), place);
        context.emit({
          kind: "call-settled",
          task: ask.task,
          model: model.label,
          inputTokens: inputOf(outcome.answer.usage),
          outputTokens: outcome.answer.usage.outputTokens,
          cost: outcome.cost,
          replayed: outcome.replayed,
        });
        return outcome;
      case "refused":
        if (outcome.held < outcome.shortBy || isLongWait(outcome, waits)) return endOfRoom(outcome);
        await waitForRoom(context, ask, outcome, waits++);
        attempt--;
        break;
      case "unknown":
        if (lost || context.spec.unknownCalls === "ask") return outcome;
        lost = true;
        context.emit({
          kind: "note",
          text: `${ask.task}/${ask.purpose}: ${outcome.message}; it stays counted at its hold and is asked once more`,
        });
        break;
      case "failed": {
        past.push({ ...outcome, model: place });
        const next = nextAttempt(past, bounds);
        if (next.kind === "end") return outcome;
        await waitOut(context, `${ask.task}/${ask.purpose}`, outcome, {
          waitMs: next.waitMs,
          attempt: attempt + 1,
          instead: next.model === place ? undefined : models[next.model]?.label,
        });
        place = next.model;
        break;
      }
    }
  }
}

function callAsk(
  spec: RunSpec,
  { task, round, purpose, phase, tier }: PaidAsk,
  attempt: number,
  model: RunModel,
  request: Omit<ModelRequest, "model">,
): CallAsk {
  return {
    key: { run: spec.id, task, round, purpose, attempt },
    provider: model.provider,
    request: {
      ...request,
      model: model.id,
      maxOutputTokens: Math.min(request.maxOutputTokens, model.maxOutputTokens ?? Infinity),
    },
    session: spec.session,
    priority: spec.priority ?? "normal",
    phase,
    tier,
    timeoutMs: spec.callTimeoutMs,
    idleMs: spec.idleTimeoutMs ?? spec.callTimeoutMs,
  };
}

/**
 * A run that has used up its own budget ends with what it has. One that meets another limit stops, and can be resumed
 * when there is room: throws `limit-reached`.
 */
function endOfRoom(refusal: Refusal): Refusal {
  if (refusal.ownBudget) return refusal;
  throw new AllotError("limit-reached", refusal.message, {
    details: { limit: refusal.limit, level: refusal.level, freeAt: refusal.freeAt },
  });
}

/** Calls of others end within their time, and then others come: a run does not wait for ever among them. */
function isLongWait(refusal: Refusal, waits: number): boolean {
  return !refusal.ownBudget && waits * SLOWEST_LOOK_MS > ROOM_PATIENCE_MS;
}

/** The holds of running calls are worst cases, of which most becomes free again when they end. */
async function waitForRoom(context: RunContext, ask: PaidAsk, refusal: Refusal, waits: number): Promise<void> {
  if (waits === 0) {
    context.emit({
      kind: "note",
      text: `${ask.task}/${ask.purpose} waits: ${refusal.message}${refusal.ownBudget ? `; running calls hold ${formatUsd(nanoUsd(refusal.held))}` : ""}`,
    });
  }
  await context.clock.sleep(Math.min(LOOK_FOR_ROOM_MS * 2 ** waits, SLOWEST_LOOK_MS), context.signal);
}

/** Tells what comes next, and pauses; what an earlier life of the run waited for is not waited for again. */
async function waitOut(
  context: RunContext,
  what: string,
  fault: Extract<CallOutcome, { kind: "failed" }>,
  next: { readonly waitMs: number; readonly attempt: number; readonly instead: string | undefined },
): Promise<void> {
  if (fault.replayed === true) return;
  const how =
    next.instead === undefined
      ? `asked again in ${Math.ceil(next.waitMs / 1000)} s`
      : `${next.instead} is asked instead, as --fallback allows`;
  context.emit({ kind: "note", text: `${what}: ${fault.code}, ${how} (attempt ${next.attempt})` });
  if (next.waitMs > 0) await context.clock.sleep(next.waitMs, context.signal);
}

/** A task's work on one tier: its turns are one conversation. */
function conversationOf({ task, round, purpose, tier }: PaidAsk): string {
  return `${task}/${round}/${tier}/${purpose.replace(/-\d+$/, "")}`;
}

/**
 * Which model answered the turn before. The first turn begins with the run's own model, so that a conversation which is
 * done again after a crash asks the same ones under the same keys.
 */
function lastPlace(context: RunContext, ask: PaidAsk): number {
  return /-([2-9]|\d{2,})$/.test(ask.purpose) ? (context.places.get(conversationOf(ask)) ?? 0) : 0;
}

/** The run's model of a tier, then those that may stand in for it. */
function modelsOf(spec: RunSpec, tier: "small" | "big"): readonly [RunModel, ...RunModel[]] {
  return [modelOf(spec, tier), ...(spec.standIns?.[tier] ?? [])];
}

/** The run's model of a tier. Throws `provider-not-configured` where the run has none. */
export function modelOf(spec: RunSpec, tier: "small" | "big"): RunModel {
  const model = tier === "big" ? spec.big : spec.small;
  if (model === undefined) {
    throw new AllotError(
      "provider-not-configured",
      `this run has no ${tier} model: set a provider's key or --${tier} MODEL`,
    );
  }
  return model;
}

/** The tiers a run can use, in rising order of price. */
export function tiersOf(spec: RunSpec): readonly WorkerTier[] {
  return [
    "exact",
    ...(spec.small === undefined ? [] : (["small"] as const)),
    ...(spec.big === undefined ? [] : (["big"] as const)),
  ];
}

/** What a screen calls the model of a tier. */
export function tierLabel(spec: RunSpec, tier: WorkerTier): string {
  return tier === "exact" ? "exact steps" : modelOf(spec, tier).label;
}

/** What a screen calls who carries a mini-task out: the agent program, or the model of its tier. */
export function labelOf(spec: RunSpec, task: MiniTask): string {
  const agent = agentOf(spec, task);
  if (agent === undefined) return tierLabel(spec, task.tier);
  const model = modelFor(spec, agent);
  return model === undefined ? agent : `${agent} on ${model}`;
}

function inputOf(usage: {
  inputTokens: number;
  cacheReadTokens: number;
  cacheWrite5mTokens: number;
  cacheWrite1hTokens: number;
}): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}
