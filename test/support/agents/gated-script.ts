import type { ScriptedAnswer, SeenRequest } from "../scripted-provider/script.ts";

/** A script whose answers wait at a gate, so that a test kills what it wants while a request is under way. */
export interface GatedScript {
  readonly script: (seen: SeenRequest) => Promise<ScriptedAnswer>;
  /** Resolves once a request waits at the gate. */
  reached(): Promise<void>;
  /** Lets what waits go, and all that comes. */
  open(): void;
}

/** Requests from number `from` on, counted from 1, wait. */
export function gatedScript(answer: (seen: SeenRequest) => ScriptedAnswer, from: number): GatedScript {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    async script(seen) {
      if (seen.number >= from) {
        reached.resolve();
        await opened.promise;
      }
      return answer(seen);
    },
    reached: () => reached.promise,
    open: () => opened.resolve(),
  };
}
