import { AllotError } from "../../foundation/errors.ts";
import type { Queue } from "../../throttle/queue/queue.ts";
import type { Admission, Admitted, Books, Priority, Queued, Refused } from "../../throttle/throttle.ts";
import type { CallTerms } from "./call-terms.ts";
import type { DirectOptions } from "./direct.ts";
import type { AskFacts, DirectEvent } from "./direct-events.ts";

/** How a call came out of the throttle and the queue; `done` gives its place back. */
export type Entry =
  | { readonly kind: "admitted"; readonly admitted: Admitted; readonly done: () => Promise<void> }
  | { readonly kind: "refused"; readonly refused: Refused }
  /** Its deadline passed; `queued` says behind which limit, undefined where it waited for a place. */
  | { readonly kind: "expired"; readonly queued: Queued | undefined };

/** What decides, and where calls wait. */
export interface Gate {
  readonly books: Pick<Books, "admit" | "release">;
  readonly queue: Pick<Queue, "mustWait" | "wait">;
  readonly onEvent: (event: DirectEvent) => void;
}

/**
 * Decides, and waits in the queue as long as the answer is "not now", or no place is free for a call of that length. Throws
 * `interrupted` where the caller leaves, or somebody takes the call out; nothing is held then.
 */
export async function letIn(
  parts: Gate,
  ask: AskFacts,
  terms: Pick<CallTerms, "ask">,
  { signal, onQueued }: Pick<DirectOptions, "signal" | "onQueued">,
): Promise<Entry> {
  const { books, queue } = parts;
  let holds = false;
  let last: Queued | undefined;
  const tryAdmit = async (priority: Priority): Promise<Admission> => {
    const admission = await books.admit({ ...terms.ask, priority });
    holds = admission.kind === "admitted";
    if (admission.kind === "queued") {
      if (last === undefined) {
        parts.onEvent({ kind: "queued", ask, queued: admission });
        onQueued?.(admission);
      }
      last = admission;
    }
    return admission;
  };
  const call = waitingCall(ask, terms);
  try {
    if (!(await queue.mustWait(call))) {
      const first = await tryAdmit(ask.priority);
      if (first.kind === "admitted") return { kind: "admitted", admitted: first, done: () => Promise.resolve() };
      if (first.kind === "refused") return { kind: "refused", refused: first };
    }
    const end = await queue.wait(call, tryAdmit, signal, last);
    if (end.kind === "expired") return { kind: "expired", queued: last };
    if (end.kind !== "cancelled") return end;
    throw new AllotError("interrupted", `the call ${ask.id} was stopped while it waited in the queue`);
  } catch (error) {
    if (holds) books.release(ask.id);
    throw error;
  }
}

function waitingCall(ask: AskFacts, { ask: { scopeKeys, worst } }: Pick<CallTerms, "ask">) {
  const { id, session, run, priority, agent, expectedMs, deadlineAt } = ask;
  return { id, session, run, priority, agent, model: ask.request.model, worst, scopeKeys, expectedMs, deadlineAt };
}
