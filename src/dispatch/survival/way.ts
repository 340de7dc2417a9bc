import type { Clock } from "../../foundation/clock.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { type Breakers, type Circuit, keyOf, type Probe, type Verdict } from "./breakers.ts";
import { isFailing, mayPass } from "./fault-kind.ts";
import { isTooSmall, nextStep, type NextStep, type PastAttempt, type StepFacts } from "./next-step.ts";
import { AskedTarget, type Pace, type Pacing } from "./pacing.ts";
import type {
  Attempted,
  AttemptRecord,
  AttemptStep,
  Fault,
  Survived,
  SurvivalPlan,
  SurvivalPolicy,
  Target,
} from "./survival.ts";

/** What a request's way is made with. */
export interface WayParts {
  readonly breakers: Breakers;
  readonly pacing: Pacing;
  readonly clock: Clock;
  readonly random: () => number;
}

type Faulted<Value> = Extract<Attempted<Value>, { kind: "fault" }>;

/** Why a request was not served by a target: an attempt's fault, or what it was passed over for. */
interface Missed {
  readonly index: number;
  readonly fault: Fault;
}

/** One request's way along its targets. Made for one use. */
export class Way<Value> {
  readonly #parts: WayParts;
  readonly #plan: SurvivalPlan;
  readonly #policy: SurvivalPolicy;
  readonly #attempt: (step: AttemptStep) => Promise<Attempted<Value>>;
  readonly #signal: AbortSignal;
  readonly #records: AttemptRecord[] = [];
  readonly #past: PastAttempt[] = [];
  readonly #missed: Missed[] = [];
  /** Somebody else got the probe, or the time to wait. */
  readonly #lost: number[] = [];
  #resorted = false;
  #waited = 0;
  /** Of the waits, what the last attempt's record already tells. */
  #told = 0;
  #last: Faulted<Value> | undefined;

  constructor(
    parts: WayParts,
    plan: SurvivalPlan,
    attempt: (step: AttemptStep) => Promise<Attempted<Value>>,
    signal: AbortSignal,
  ) {
    this.#parts = parts;
    this.#plan = plan;
    this.#policy = plan.policy;
    this.#attempt = attempt;
    this.#signal = signal;
  }

  async go(): Promise<Survived<Value>> {
    for (let step = this.#next(); ; step = this.#next()) {
      if (step.kind === "give-up") return this.#givenUp(step.want);
      if (step.kind === "retry") {
        await this.#wait(step.waitMs);
        // Meanwhile it may have turned out not to work, or to be full: somebody else is asked, where there is one.
        if (!this.#isFree(step.target) && this.#hasOther()) continue;
      }
      const index = step.target;
      const isSole = step.kind === "retry" || step.resort;
      if (isSole && step.kind === "next") this.#resorted = true;
      const entering = this.#enter(index, isSole);
      const entered = entering instanceof Promise ? await entering : entering;
      if (entered === "lost") {
        this.#lost.push(index);
        continue;
      }
      const survived = await this.#ask(index, entered === "free" ? undefined : entered);
      if (survived !== undefined) return survived;
    }
  }

  #next(): NextStep {
    if (this.#past.length === 0 && this.#isFree(0)) return { kind: "next", target: 0, resort: false };
    const facts: StepFacts = {
      plan: this.#plan,
      past: this.#past,
      waitedMs: this.#waited,
      isFree: (index) => this.#isFree(index),
      resorted: this.#resorted,
      random: this.#parts.random,
    };
    return nextStep(facts);
  }

  #hasOther(): boolean {
    const step = this.#next();
    return step.kind === "next" && !step.resort;
  }

  #target(index: number): Target {
    const target = this.#plan.targets[index];
    if (target === undefined) throw new AllotError("internal", `a plan has no target ${index}`);
    return target;
  }

  #isFree(index: number): boolean {
    if (this.#lost.includes(index)) return false;
    const { breakers, pacing, clock } = this.#parts;
    const target = this.#target(index);
    const now = clock.now();
    if (breakers.stands(breakers.of(target), now) === "open") return false;
    const hold = pacing.of(target).hold(now);
    if (hold === undefined || hold.why === "spread") return true;
    // What is closed is left at once, as after a refusal of its own, for whoever else is there.
    return hold.why === "out" && this.#hasTimeFor(hold.waitMs);
  }

  #hasTimeFor(ms: number): boolean {
    return this.#waited + ms <= this.#policy.totalWaitMs;
  }

  /** Waits until it may be asked. At once, and without a promise, where nothing is known against it. */
  #enter(index: number, isSole: boolean): "free" | "lost" | Promise<Probe | "free" | "lost"> {
    const { breakers, pacing, clock } = this.#parts;
    const target = this.#target(index);
    const circuit = breakers.of(target);
    const now = clock.now();
    const stands = breakers.stands(circuit, now);
    const pace = pacing.of(target);
    if (stands === "closed" && pace.hold(now) === undefined) return "free";
    if (stands === "open" && !isSole) return "lost";
    return this.#enterLater(circuit, pace, isSole);
  }

  async #enterLater(circuit: Circuit, pace: Pace, isSole: boolean): Promise<Probe | "free" | "lost"> {
    const { breakers, clock } = this.#parts;
    for (let hold = pace.hold(clock.now()); hold !== undefined; hold = pace.hold(clock.now())) {
      const hasTime = this.#hasTimeFor(hold.waitMs);
      if (!isSole && (hold.why === "closed" || (hold.why === "out" && !hasTime))) return "lost";
      if (!hasTime) break;
      const release = pace.reserve(hold, clock.now());
      try {
        await this.#wait(hold.waitMs);
      } finally {
        release();
      }
      // Its moment has come; only where nothing is left by now it waits on.
      if (hold.why === "spread" && (pace.hold(clock.now())?.why ?? "spread") === "spread") break;
    }
    const stands = breakers.stands(circuit, clock.now());
    if (stands === "closed") return "free";
    const probe = stands === "claimable" ? await breakers.claim(circuit) : undefined;
    if (probe !== undefined) return probe;
    return isSole || circuit.row === undefined ? "free" : "lost";
  }

  /** One attempt; what came of the request where it is over. */
  async #ask(index: number, probe: Probe | undefined): Promise<Survived<Value> | undefined> {
    const { breakers, pacing, clock } = this.#parts;
    const target = this.#target(index);
    const circuit = breakers.of(target);
    const pace = pacing.of(target);
    if (this.#signal.aborted) {
      probe?.done("unknown");
      throw this.#interrupted();
    }
    this.#passOver(index);
    const startedAt = clock.now();
    const wasClosed = circuit.row === undefined;
    const number = pace.begin(startedAt);
    const before = index === 0 ? undefined : this.#missed.findLast((missed) => missed.index !== index);
    const step: AttemptStep = {
      target: new AskedTarget(target, number),
      number: this.#records.length + 1,
      ...(before === undefined ? {} : { insteadOf: { target: this.#target(before.index), fault: before.fault } }),
    };
    let attempted: Attempted<Value>;
    try {
      attempted = await this.#attempt(step);
    } catch (error) {
      probe?.done("unknown");
      throw error;
    }
    const verdict = verdictOf(attempted);
    if (probe === undefined) breakers.ended(circuit, verdict, wasClosed);
    else probe.done(verdict);
    const now = clock.now();
    this.#learn(pace, attempted, number, now);
    this.#record(target, attempted, startedAt, now);
    if (attempted.kind === "done" || !attempted.open) return this.#survived(index, attempted.value, true);
    const fault = this.#withReset(attempted.fault, pace, now);
    this.#past.push({ target: index, fault });
    this.#missed.push({ index, fault });
    this.#last = attempted;
    return undefined;
  }

  #learn(pace: Pace, attempted: Attempted<Value>, number: number, now: number): void {
    if (attempted.kind === "done") {
      pace.answered(number, attempted.facts?.usage);
      return;
    }
    const { kind, retryAfterMs } = attempted.fault;
    if (mayPass(kind) && retryAfterMs !== undefined) pace.refused(retryAfterMs, number, now);
  }

  /** A rate limit without a time: its headers may have told when the limit is whole again. */
  #withReset(fault: Fault, pace: Pace, now: number): Fault {
    if (fault.kind !== "rate-limit" || fault.retryAfterMs !== undefined) return fault;
    const hold = pace.hold(now);
    return hold?.why === "out" ? { ...fault, retryAfterMs: hold.waitMs } : fault;
  }

  #record(target: Target, attempted: Attempted<Value>, startedAt: number, now: number): void {
    this.#records.push({
      ...attempted.facts,
      number: this.#records.length + 1,
      target,
      waitedMs: this.#waited - this.#told,
      startedAt,
      tookMs: now - startedAt,
      outcome: attempted.kind === "done" ? "answered" : attempted.fault.kind,
      ...(attempted.kind === "done" ? {} : { code: attempted.fault.code, message: attempted.fault.message }),
    });
    this.#told = this.#waited;
  }

  /** Those before `index` that have not been asked are told of as skipped, each once. */
  #passOver(index: number): void {
    const now = this.#parts.clock.now();
    for (let skipped = 0; skipped < index; skipped += 1) {
      if (this.#missed.some((missed) => missed.index === skipped)) continue;
      const target = this.#target(skipped);
      const fault = this.#whyPassedOver(skipped, now);
      this.#missed.push({ index: skipped, fault });
      const { code, message } = fault;
      const number = this.#records.length + 1;
      this.#records.push({ number, target, waitedMs: 0, startedAt: now, tookMs: 0, outcome: "skipped", code, message });
    }
  }

  #whyPassedOver(index: number, now: number): Fault {
    const { breakers, pacing } = this.#parts;
    const target = this.#target(index);
    if (isTooSmall(this.#plan, this.#past, index)) {
      const message = "its window is no larger than the one that was too small";
      return { code: "window-overflow", kind: "window-overflow", message };
    }
    const { row } = breakers.of(target);
    if (row !== undefined) {
      const message = `it failed ${row.failures} times in a row, and is not asked before ${new Date(row.probeAt).toISOString()}`;
      return { code: "provider-overloaded", kind: "overload", message };
    }
    const { waitMs, why } = pacing.of(target).hold(now) ?? { waitMs: 0, why: "out" };
    const seconds = Math.ceil(waitMs / 1000);
    const message =
      why === "closed" ? `it refuses for ${seconds} s` : `nothing is left of its rate limit for ${seconds} s`;
    return { code: "provider-rate-limited", kind: "rate-limit", message, retryAfterMs: waitMs };
  }

  #givenUp(want: Extract<NextStep, { kind: "give-up" }>["want"]): Survived<Value> {
    const last = this.#past.at(-1);
    if (last === undefined || this.#last === undefined) throw new AllotError("internal", "a plan needs a target");
    if (want === "targets") this.#passOver(this.#plan.targets.length);
    return this.#survived(last.target, this.#last.value, false);
  }

  #survived(index: number, value: Value, served: boolean): Survived<Value> {
    const target = this.#target(index);
    const attempts = this.#records;
    if (!served || index === 0) return { value, target, attempts };
    const others = new Map(
      this.#missed.filter((missed) => missed.index !== index).map((missed) => [missed.index, missed]),
    );
    const whys = [...others.values()].map((missed) => `${keyOf(this.#target(missed.index))}: ${missed.fault.message}`);
    return { value, target, attempts, fellBackWhy: whys.join("; ") };
  }

  async #wait(ms: number): Promise<void> {
    if (this.#signal.aborted) throw this.#interrupted();
    this.#waited += ms;
    try {
      await this.#parts.clock.sleep(ms, this.#signal);
    } catch (error) {
      throw this.#interrupted(error);
    }
  }

  #interrupted(cause?: unknown): AllotError {
    const reason: unknown = this.#signal.reason;
    if (isAllotError(reason, "interrupted")) return reason;
    return new AllotError("interrupted", "the caller left before the request was answered", { cause });
  }
}

/** What an attempt's end says of its target. */
function verdictOf({ facts, ...attempted }: Attempted<unknown>): Verdict {
  if (attempted.kind === "done") {
    if (facts?.status !== undefined) return facts.status >= 200 && facts.status < 500 ? "works" : "unknown";
    return facts?.usage === undefined ? "unknown" : "works";
  }
  const { kind, status } = attempted.fault;
  if (isFailing(kind)) return "fails";
  const isOurs = (kind === "credentials" || kind === "rejected") && status === undefined;
  return isOurs ? "unknown" : "works";
}
