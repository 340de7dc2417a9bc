import type { Clock } from "../../foundation/clock.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import type { ProcessIdentity } from "../../foundation/process-identity.ts";
import type { Store } from "../../storage/storage.ts";
import { Breakers } from "./breakers.ts";
import { mayPass } from "./fault-kind.ts";
import { nextStep } from "./next-step.ts";
import { Pacing } from "./pacing.ts";
import type {
  AttemptRecord,
  AttemptStep,
  Attempted,
  Fault,
  Survival,
  SurvivalPlan,
  Survived,
  Target,
} from "./survival.ts";

export interface SurvivalParts {
  /** Where breakers are shared. */
  readonly store: Store;
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
  /** 0 to 1; for the jitter of waits. */
  readonly random?: () => number;
}

/** Opens the survival of a process: its pacing, and its side of the breakers. Disposing writes what is left to be. */
export function openSurvival({ store, clock, identity, random = Math.random }: SurvivalParts): Survival {
  const breakers = new Breakers(store, clock, identity);
  const pacing = new Pacing();
  const parts: Parts = { breakers, pacing, clock, random };
  return {
    run: (plan, attempt, signal) => survive(parts, plan, attempt, signal),
    learn: (target, headers) => pacing.learn(target, headers, clock.now()),
    breakers: () => breakers.views(),
    [Symbol.asyncDispose]: () => breakers.settled(),
  };
}

interface Parts {
  readonly breakers: Breakers;
  readonly pacing: Pacing;
  readonly clock: Clock;
  readonly random: () => number;
}

/** How far a request has come. */
interface Journey {
  readonly attempts: AttemptRecord[];
  index: number;
  onTarget: number;
  waitedMs: number;
  insteadOf: AttemptStep["insteadOf"];
  /** The window that was too small; only larger ones, or unknown ones, are asked from then on. */
  tooSmall: number | null;
}

async function survive<Value>(
  parts: Parts,
  plan: SurvivalPlan,
  attempt: (step: AttemptStep) => Promise<Attempted<Value>>,
  signal: AbortSignal,
): Promise<Survived<Value>> {
  const { targets, policy } = plan;
  const { clock, breakers } = parts;
  const way: Journey = { attempts: [], index: 0, onTarget: 0, waitedMs: 0, insteadOf: undefined, tooSmall: null };
  let retryMs = 0;
  for (;;) {
    throwIfLeft(signal);
    const entered = way.onTarget === 0 ? await findTarget(parts, plan, way) : undefined;
    const target = targets[way.index]!;
    const waited = retryMs + (await paced(parts, plan, way, target, signal));
    retryMs = 0;
    way.onTarget += 1;
    const number = way.attempts.filter(({ outcome }) => outcome !== "skipped").length + 1;
    const startedAt = clock.now();
    const { insteadOf } = way;
    const ended = await attempt({ target, number, ...(insteadOf === undefined ? {} : { insteadOf }) });
    way.attempts.push(recordOf(ended, target, way.attempts.length + 1, waited, startedAt, clock.now()));
    if (ended.kind === "done") {
      breakers.worked(target);
      return survivedOf(ended.value, target, way, targets);
    }
    if (mayPass(ended.fault.kind)) breakers.failed(target);
    else if (entered === "probe") breakers.unsure(target);
    if (!ended.open) return survivedOf(ended.value, target, way, targets);
    if (ended.fault.kind === "window-overflow") way.tooSmall = plan.windowOf?.(target) ?? way.tooSmall;
    const facts = {
      fault: ended.fault,
      onTarget: way.onTarget,
      inAll: number,
      waitedMs: way.waitedMs,
      hasNext: nextIndex(plan, way) !== undefined,
    };
    const step = nextStep(policy, facts, parts.random());
    if (step.kind === "give-up") return survivedOf(ended.value, target, way, targets);
    if (step.kind === "next") goOn(way, nextIndex(plan, way)!, target, ended.fault);
    else {
      await sleep(clock, step.afterMs, signal);
      way.waitedMs += step.afterMs;
      retryMs = step.afterMs;
    }
  }
}

/** Passes over targets whose breaker is open while there is another; where all are, the first of them is tried all the same. */
async function findTarget({ breakers, clock }: Parts, plan: SurvivalPlan, way: Journey): Promise<"go" | "probe"> {
  const start = { index: way.index, insteadOf: way.insteadOf, passed: way.attempts.length };
  for (;;) {
    const target = plan.targets[way.index]!;
    const answer = breakers.enter(target);
    const entrance = answer instanceof Promise ? await answer : answer;
    if (entrance !== "closed") return entrance;
    const next = nextIndex(plan, way);
    if (next === undefined) break;
    const message = `${target.provider}/${target.model} has failed again and again, and is left alone for a while`;
    way.attempts.push({
      number: way.attempts.length + 1,
      target,
      waitedMs: 0,
      startedAt: clock.now(),
      tookMs: 0,
      outcome: "skipped",
      message,
    });
    goOn(way, next, target, { code: "provider-overloaded", kind: "overload", message });
  }
  way.attempts.length = start.passed;
  way.index = start.index;
  way.insteadOf = start.insteadOf;
  return "go";
}

/** Waits as the provider's allowances ask for, where that fits; else it is for the provider to say. */
async function paced(
  parts: Parts,
  { policy }: SurvivalPlan,
  way: Journey,
  target: Target,
  signal: AbortSignal,
): Promise<number> {
  const { pacing, clock } = parts;
  const delay = pacing.delay(target, clock.now());
  if (delay <= 0 || way.waitedMs + delay > policy.totalWaitMs) return 0;
  await sleep(clock, delay, signal);
  way.waitedMs += delay;
  return delay;
}

function nextIndex({ targets, windowOf }: SurvivalPlan, { index, tooSmall }: Journey): number | undefined {
  for (let at = index + 1; at < targets.length; at += 1) {
    const window = tooSmall === null ? null : (windowOf?.(targets[at]!) ?? null);
    if (tooSmall === null || window === null || window > tooSmall) return at;
  }
  return undefined;
}

function goOn(way: Journey, index: number, target: Target, fault: Fault): void {
  way.index = index;
  way.onTarget = 0;
  way.insteadOf = { target, fault };
}

function recordOf<Value>(
  ended: Attempted<Value>,
  target: Target,
  number: number,
  waitedMs: number,
  startedAt: number,
  now: number,
): AttemptRecord {
  const base = { ...ended.facts, number, target, waitedMs, startedAt, tookMs: now - startedAt };
  if (ended.kind === "done") return { ...base, outcome: "answered" };
  const { kind, code, message } = ended.fault;
  return { ...base, outcome: kind, code, message };
}

function survivedOf<Value>(value: Value, target: Target, way: Journey, targets: readonly Target[]): Survived<Value> {
  const { attempts, insteadOf } = way;
  if (target === targets[0] || insteadOf === undefined) return { value, target, attempts };
  const { target: other, fault } = insteadOf;
  return { value, target, attempts, fellBackWhy: `${other.provider}/${other.model}: ${fault.kind} (${fault.message})` };
}

async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    throwIfLeft(signal);
    throw error;
  }
}

function throwIfLeft(signal: AbortSignal): void {
  if (!signal.aborted) return;
  if (isAllotError(signal.reason, "interrupted")) throw signal.reason;
  throw new AllotError("interrupted", "the call was stopped before it was tried again");
}
