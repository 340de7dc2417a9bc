import type { CallOutcome } from "../../../dispatch/dispatch.ts";
import type { NanoUsd } from "../../../foundation/units.ts";
import type { ModelRequest } from "../../../providers/provider.ts";
import type { AgentTask } from "../program.ts";

/**
 * Makes one paid call of an agent that has its loop here: held before, in the ledger afterwards. Throws `interrupted`
 * when the signal aborts, after settling what was used until then.
 */
export type AgentAsk = (request: Omit<ModelRequest, "model">, place: AskPlace) => Promise<AskOutcome>;

/** As a paid call ends; the cost of an answer is null where whoever makes the call does not learn it. */
export type AskOutcome =
  | Exclude<CallOutcome, { kind: "answered" }>
  | (Omit<Extract<CallOutcome, { kind: "answered" }>, "cost"> & { readonly cost: NanoUsd | null });

/** Which call it is. */
export interface AskPlace {
  /** A name of the catalogue, an alias or PROVIDER/NAME, as the task or the agent has it. */
  readonly model: string;
  readonly session: string;
  /** 1-based, counted in this piece of work. */
  readonly turn: number;
  readonly signal: AbortSignal;
  readonly task: AgentTask;
  /** What the piece of work may still spend; absent: no cap of its own. */
  readonly left?: NanoUsd;
}
