import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import type { AskAnswer } from "../work.ts";

/** What a work has used so far. Changes as it goes on. */
export class Tally {
  #cost = 0;
  #calls = 0;
  #cachedCalls = 0;
  #input = 0;
  #output = 0;
  readonly #servedBy = new Map<string, number>();

  /** Counts a question that was asked, whatever came of it. */
  add(answer: AskAnswer): void {
    this.#cost += answer.cost;
    this.#calls += 1;
    if (answer.kind === "answered") {
      this.#input += answer.inputTokens;
      this.#output += answer.outputTokens;
    }
  }

  /** Counts an answer that was kept. */
  addKept(): void {
    this.#cachedCalls += 1;
  }

  served(by: string): void {
    this.#servedBy.set(by, (this.#servedBy.get(by) ?? 0) + 1);
  }

  get cost(): NanoUsd {
    return nanoUsd(this.#cost);
  }

  get calls(): number {
    return this.#calls;
  }

  get cachedCalls(): number {
    return this.#cachedCalls;
  }

  get tokens(): { readonly input: number; readonly output: number } {
    return { input: this.#input, output: this.#output };
  }

  get servedBy(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#servedBy].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}
