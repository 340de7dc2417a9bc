import type { AgentEvent, AgentTask } from "./program.ts";
import { tokensOf } from "./usage.ts";

/** What an agent may use, held against its own figures while it works. */
export interface LimitWatch {
  /** Aborted once a limit is passed. */
  readonly over: AbortSignal;
  note(event: AgentEvent): void;
  /** Another turn of the model has begun. */
  noteTurn(): void;
  /** Which limit was passed, in a sentence; null while none was. */
  passed(): string | null;
}

/** Watches the limits of one piece of work. The figures come after a call, so a limit may be passed by what one call takes. */
export function watchLimits(limits: AgentTask["limits"]): LimitWatch {
  const over = new AbortController();
  let turns = 0;
  let passed: string | null = null;
  const stop = (why: string): void => {
    passed ??= why;
    over.abort();
  };
  return {
    over: over.signal,
    note(event) {
      if (event.kind !== "usage") return;
      const tokens = tokensOf(event.usage);
      if (limits.tokens !== undefined && tokens > limits.tokens)
        stop(`it has used ${tokens} tokens, and ${limits.tokens} are its limit`);
      const { cost } = event.usage;
      if (limits.nanoUsd !== undefined && cost !== null && cost > limits.nanoUsd)
        stop(`it has spent more than its limit of ${(limits.nanoUsd / 1e9).toFixed(2)} dollars`);
    },
    noteTurn() {
      turns += 1;
      if (limits.turns !== undefined && turns > limits.turns) stop(`it has had its ${limits.turns} turns`);
    },
    passed: () => passed,
  };
}
