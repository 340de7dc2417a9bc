import type { BatchCall, BatchLane } from "../../dispatch/batch/batch-lane.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { NanoUsd } from "../../foundation/units.ts";
import { limitIn } from "../ask-client.ts";
import type { Ask, AskAnswer, AskRequest } from "../work.ts";
import type { BatchItem } from "./batch.ts";
import { modelRequest, questionName } from "./question-name.ts";

/** A question whose answer is at the provider, or on its way there. */
interface Open {
  readonly position: number;
  readonly request: AskRequest;
  readonly round: number;
  readonly answer: (answer: AskAnswer) => void;
}

/**
 * The questions of a batch that goes through a provider's batch interface: each is held and written down, and answered when
 * its batch has been collected; a question that an earlier life has asked is answered by what came of it.
 */
export class GatheredQuestions {
  readonly #lane: BatchLane;
  readonly #startedAt: number;
  readonly #open = new Set<Open>();
  /** Counts up with every question: while it moves, more may come. */
  asked = 0;

  /** What was settled before `startedAt` was counted by an earlier life, and costs nothing here. */
  constructor(lane: BatchLane, startedAt: number) {
    this.#lane = lane;
    this.#startedAt = startedAt;
  }

  get waiting(): number {
    return this.#open.size;
  }

  /** Items that wait for an answer. */
  get items(): number {
    return new Set([...this.#open].map(({ position }) => position)).size;
  }

  /** How an item asks. */
  askOf(item: Pick<BatchItem, "position" | "attempts">): (ask: Ask) => Ask {
    return () => async (request, signal) => {
      this.#throwIfAborted(signal);
      this.asked += 1;
      const now = await this.#look(request, item.attempts);
      if (now !== undefined) return now;
      return this.#later(item, request, signal);
    };
  }

  /** Looks again after each open question, and answers those that are over. */
  async answerOpen(): Promise<void> {
    for (const open of this.#open) {
      const now = await this.#look(open.request, open.round);
      if (now === undefined) continue;
      this.#open.delete(open);
      open.answer(now);
    }
  }

  /** Answers all open questions with a fault of the provider's. */
  fail(fault: Pick<AllotError, "code" | "message">): void {
    for (const open of this.#open) {
      this.#open.delete(open);
      open.answer({ kind: "failed", code: fault.code, message: fault.message, cost: 0 as NanoUsd });
    }
  }

  #later({ position, attempts }: Pick<BatchItem, "position" | "attempts">, request: AskRequest, signal: AbortSignal) {
    return new Promise<AskAnswer>((resolve, reject) => {
      const open: Open = {
        position,
        request,
        round: attempts,
        answer(answer) {
          signal.removeEventListener("abort", leave);
          resolve(answer);
        },
      };
      const leave = (): void => {
        this.#open.delete(open);
        reject(stopped());
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#open.add(open);
    });
  }

  async #look(request: AskRequest, round: number): Promise<AskAnswer | undefined> {
    const call = await this.#lane.ask({ name: questionName(request), round, request: modelRequest(request) });
    return this.#answerOf(call, request);
  }

  #answerOf(call: BatchCall, { model }: AskRequest): AskAnswer | undefined {
    const servedBy = `${model.provider}/${model.name}`;
    switch (call.kind) {
      case "waiting":
        return undefined;
      case "refused":
        return { kind: "failed", code: "limit-reached", message: call.message, cost: 0 as NanoUsd };
      case "failed": {
        const { code, message, cost } = call;
        if (code === "window-overflow") return { kind: "too-long", cost, limitTokens: limitIn(message), message };
        return { kind: "failed", code, message, cost };
      }
      case "answered": {
        const { text, finish, usage } = call.answer;
        const cost = (call.finishedAt >= this.#startedAt ? call.cost : 0) as NanoUsd;
        if (finish === "content-filter") {
          return { kind: "failed", code: "content-refused", message: "the provider's filter ended the answer", cost };
        }
        // What a batch interface took is its own affair, and says nothing of how long a question takes.
        if (finish === "length") return { kind: "cut", text, cost, servedBy, ms: 0 };
        const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens } = usage;
        const input = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
        return { kind: "answered", text, cost, inputTokens: input, outputTokens, servedBy, ms: 0 };
      }
    }
  }

  #throwIfAborted(signal: AbortSignal): void {
    if (signal.aborted) throw stopped();
  }
}

function stopped(): AllotError {
  return new AllotError("interrupted", "the batch's answers are still to come");
}
