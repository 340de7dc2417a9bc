import type { Direct, DirectOutcome } from "../dispatch/direct/direct.ts";
import { faultKindOf } from "../dispatch/survival/fault-kind.ts";
import type {
  AttemptRecord,
  AttemptStep,
  Attempted,
  AttemptFacts,
  Fault,
  Survival,
  SurvivalPolicy,
  Survived,
  Target,
} from "../dispatch/survival/survival.ts";
import type { Clock } from "../foundation/clock.ts";
import { nanoUsd, type NanoUsd } from "../foundation/units.ts";
import type { AnswerDelta } from "../providers/provider.ts";
import { estimateInputTokens } from "../providers/estimate-usage.ts";
import type { Queued } from "../throttle/throttle.ts";
import { biggerWindow } from "./bigger-window.ts";
import type { ModelFacts } from "./choose-model.ts";
import { callAt, modelAt, type PreparedCall, type PreparedRequest } from "./prepare-call.ts";

/** What attempts are made with. */
export interface AttemptParts {
  readonly direct: Direct;
  readonly survival: Survival;
  readonly policy: SurvivalPolicy;
  readonly models: ModelFacts;
  readonly clock: Clock;
}

/** Who is told while attempts go on. */
export interface AttemptListeners {
  readonly signal: AbortSignal;
  readonly onQueued: ((queued: Queued) => void) | undefined;
  /** Given where the answer is streamed: told what arrives, and of which call. */
  readonly onDelta: ((call: PreparedCall, delta: AnswerDelta) => void) | undefined;
}

/** How one attempt ended. */
export interface AttemptEnd {
  readonly call: PreparedCall;
  readonly outcome: DirectOutcome;
}

/** How a request ended, with all its attempts. */
export interface RequestEnd extends AttemptEnd {
  readonly attempts: readonly AttemptRecord[];
  readonly served: Target;
  readonly fellBackWhy: string | undefined;
  /** Of all attempts. */
  readonly cost: NanoUsd;
  /** Of the same provider and tier, with a window that is known to be larger; where the window was too small. */
  readonly bigger: Target | undefined;
}

/**
 * Makes attempts at a request until one is answered, none is left, or its reader has been shown a part. Every attempt is
 * held and charged by itself. A request that is too large for the window goes to a larger one of the same provider
 * first, where anybody may stand in at all. Throws `interrupted` where `signal` aborts.
 */
export async function surviveRequest(
  parts: AttemptParts,
  prepared: PreparedRequest,
  listeners: AttemptListeners,
): Promise<RequestEnd> {
  const policy = policyFor(parts.policy, prepared);
  const windowOf = (target: Target): number | null => modelAt(parts.models, target)?.contextWindow ?? null;
  const before: AttemptRecord[] = [];
  const tried = new Set<string>();
  const mayOverflow = prepared.mayFallBack && prepared.read.fallbackOnOverflow;
  const overflowed = { bigger: undefined as Target | undefined };
  const run = (targets: readonly Target[]): Promise<Survived<AttemptEnd>> =>
    parts.survival.run(
      { targets, policy, windowOf },
      async (step) => {
        tried.add(nameOf(step.target));
        const own = { ...step, number: step.number + before.length };
        const attempted = await attempt(parts, prepared, own, listeners, policy);
        if (!isOverflow(attempted)) return attempted;
        overflowed.bigger ??= biggerOf(parts, attempted.value.call, tried);
        const goesThere = mayOverflow && overflowed.bigger !== undefined && before.length === 0;
        // Ends this round: the next one begins with the larger window, or the caller asks for less.
        return goesThere || !prepared.read.fallbackOnOverflow
          ? { kind: "done", value: attempted.value, ...factsOf(attempted) }
          : attempted;
      },
      listeners.signal,
    );
  let survived = await run(prepared.targets);
  const { bigger } = overflowed;
  if (isOverflowing(survived.value)) {
    const last = survived.attempts.length - 1;
    const told = survived.attempts.map((record, index) => (index === last ? overflow(record) : record));
    survived = { ...survived, attempts: told };
  }
  if (bigger !== undefined && mayOverflow && isOverflowing(survived.value)) {
    before.push(...survived.attempts);
    const others = prepared.targets.filter((target) => !tried.has(nameOf(target)));
    survived = await run([bigger, ...others]);
    const why = survived.fellBackWhy ?? `${nameOf(prepared.targets[0])}: the request is larger than its window`;
    survived = { ...survived, fellBackWhy: why };
  }
  const attempts = [...before, ...survived.attempts].map((record, index) => ({ ...record, number: index + 1 }));
  return {
    ...survived.value,
    attempts,
    served: survived.target,
    fellBackWhy: survived.fellBackWhy,
    cost: nanoUsd(attempts.reduce((sum, { cost }) => sum + (cost ?? 0), 0)),
    bigger: isOverflowing(survived.value) ? bigger : undefined,
  };
}

/** However long the chain is, its last one is asked too; the waits are bounded all the same. */
function policyFor(policy: SurvivalPolicy, { read, targets }: PreparedRequest): SurvivalPolicy {
  return {
    ...policy,
    attemptsInAll: Math.max(policy.attemptsInAll, policy.attemptsEach * targets.length),
    refusalFallsBack: policy.refusalFallsBack || read.fallbackOnRefusal,
  };
}

async function attempt(
  { direct, models, clock }: AttemptParts,
  prepared: PreparedRequest,
  step: AttemptStep,
  { signal, onQueued, onDelta }: AttemptListeners,
  policy: SurvivalPolicy,
): Promise<Attempted<AttemptEnd>> {
  const call = callAt(prepared, step, models, clock);
  const startedAt = clock.now();
  let firstByteMs: number | undefined;
  let shown = false;
  const listen = (delta: AnswerDelta): void => {
    firstByteMs ??= clock.now() - startedAt;
    shown ||= delta.text !== "";
    onDelta?.(call, delta);
  };
  const outcome = await direct.call(call.ask, {
    signal,
    ...(onQueued === undefined ? {} : { onQueued }),
    ...(onDelta === undefined ? {} : { onDelta: listen }),
  });
  const value: AttemptEnd = { call, outcome };
  const facts: AttemptFacts = {
    ...(outcome.kind === "refused" || (outcome.kind === "failed" && outcome.admitted === undefined)
      ? {}
      : { call: call.ask.id, cost: outcome.cost }),
    ...(outcome.kind === "answered" ? { usage: outcome.answer.usage } : {}),
    ...(outcome.kind === "failed" && outcome.status !== undefined ? { status: outcome.status } : {}),
    ...(firstByteMs === undefined ? {} : { firstByteMs }),
  };
  const fault = faultIn(outcome, policy);
  return fault === undefined ? { kind: "done", value, facts } : { kind: "fault", value, fault, open: !shown, facts };
}

/** What another attempt could better: not what our own limits refused. */
function faultIn(outcome: DirectOutcome, policy: SurvivalPolicy): Fault | undefined {
  if (outcome.kind === "refused") return undefined;
  if (outcome.kind === "answered") {
    const isFiltered = outcome.answer.finish === "content-filter" && policy.refusalFallsBack;
    return isFiltered
      ? { code: "content-refused", kind: "content-refusal", message: "the provider's filter ended the answer" }
      : undefined;
  }
  const { code, message, retryAfterMs, status } = outcome;
  if (code === "limit-reached") return undefined;
  return {
    code,
    kind: faultKindOf(code),
    message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status === undefined ? {} : { status }),
  };
}

function isOverflow(
  attempted: Attempted<AttemptEnd>,
): attempted is Extract<Attempted<AttemptEnd>, { kind: "fault" }> & { open: true } {
  return attempted.kind === "fault" && attempted.open && attempted.fault.kind === "window-overflow";
}

function isOverflowing({ outcome }: AttemptEnd): boolean {
  return outcome.kind === "failed" && outcome.code === "window-overflow";
}

function overflow(record: AttemptRecord): AttemptRecord {
  return { ...record, outcome: "window-overflow", code: "window-overflow" };
}

function factsOf({ facts }: Attempted<AttemptEnd>): { facts?: AttemptFacts } {
  return facts === undefined ? {} : { facts };
}

function biggerOf({ models }: AttemptParts, { ask }: PreparedCall, tried: ReadonlySet<string>): Target | undefined {
  const tokens = estimateInputTokens(ask.request) + ask.request.maxOutputTokens;
  const found = biggerWindow(models.catalog, { provider: ask.provider, model: ask.request.model }, tokens);
  return found === undefined || tried.has(nameOf(found)) ? undefined : found;
}

/** "anthropic/claude-sonnet-5-5" */
export function nameOf({ provider, model }: Target): string {
  return `${provider}/${model}`;
}
