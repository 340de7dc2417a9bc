import type { Target } from "./survival.ts";

/** Clients name models as they like: of more than so many, those that nothing is known of are forgotten. */
const MOST_TARGETS = 2_000;

/** Something for each target, made when first asked for; found without putting a key together. */
export class ByTarget<Value> {
  readonly #providers = new Map<string, Map<string, Value>>();
  readonly #make: (target: Target) => Value;
  readonly #isIdle: (value: Value) => boolean;
  #count = 0;

  constructor(make: (target: Target) => Value, isIdle: (value: Value) => boolean) {
    this.#make = make;
    this.#isIdle = isIdle;
  }

  of(target: Target): Value {
    const known = this.#providers.get(target.provider)?.get(target.model);
    return known ?? this.#add(target);
  }

  *[Symbol.iterator](): Generator<Value> {
    for (const models of this.#providers.values()) yield* models.values();
  }

  #add(target: Target): Value {
    if (this.#count >= MOST_TARGETS) this.#forget();
    const made = this.#make(target);
    const models = this.#providers.get(target.provider) ?? new Map<string, Value>();
    this.#providers.set(target.provider, models.set(target.model, made));
    this.#count += 1;
    return made;
  }

  #forget(): void {
    for (const models of this.#providers.values()) {
      for (const [model, value] of models) if (this.#isIdle(value) && models.delete(model)) this.#count -= 1;
    }
  }
}
