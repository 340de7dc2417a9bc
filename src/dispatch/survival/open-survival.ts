import type { Clock } from "../../foundation/clock.ts";
import type { ProcessIdentity } from "../../foundation/process-identity.ts";
import type { Store } from "../../storage/storage.ts";
import { Breakers } from "./breakers.ts";
import { AskedTarget, Pacing } from "./pacing.ts";
import type { Attempted, AttemptStep, Headers, Survival, SurvivalPlan, Survived, Target } from "./survival.ts";
import { Way, type WayParts } from "./way.ts";

export interface SurvivalParts {
  /** Holds the breakers, for all processes on it. */
  readonly store: Store;
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
  /** From 0 to below 1, for jitter; Math.random by default. */
  readonly random?: () => number;
}

/** Opens what requests outlive faults by. It owns none of its parts; close it before the store. */
export function openSurvival({ store, clock, identity, random = Math.random }: SurvivalParts): Survival {
  const breakers = new Breakers(store, clock, identity);
  return new OpenSurvival({ breakers, pacing: new Pacing(), clock, random });
}

class OpenSurvival implements Survival {
  readonly #parts: WayParts;

  constructor(parts: WayParts) {
    this.#parts = parts;
  }

  run<Value>(
    plan: SurvivalPlan,
    attempt: (step: AttemptStep) => Promise<Attempted<Value>>,
    signal: AbortSignal,
  ): Promise<Survived<Value>> {
    const way = new Way(this.#parts, plan, attempt, signal);
    const hearing = this.#parts.breakers.look(this.#parts.clock.now());
    return hearing === undefined ? way.go() : hearing.then(() => way.go());
  }

  learn(target: Target, headers: Headers): void {
    this.#parts.pacing.of(target).learn(headers, AskedTarget.numberOf(target), this.#parts.clock.now());
  }

  breakers(): ReturnType<Survival["breakers"]> {
    return this.#parts.breakers.views();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.breakers[Symbol.asyncDispose]();
  }
}
