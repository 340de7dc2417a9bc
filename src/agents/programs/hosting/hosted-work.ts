import type { AgentEnd, AgentEvent, AgentTask } from "../program.ts";

/**
 * An agent's work that outlives the worker that asked for it: a process apart (the agent host) runs the program, writes down
 * each event and the end, and lives on when the worker is killed. Keyed like a paid call: the same key is worked on once.
 *
 * Invariants: a finished piece of work is never done again; one whose host is gone is gone on with by the session's recorded id
 * where the agent can, else told as `unknown` and counted as spent; its calls pass the gateway that lives in the host, so each
 * has a hold and a ledger row, or, with a login of the user's own, the whole piece has one.
 */
export interface HostedWork {
  /** Unique: run/task/round/purpose/attempt. The same key with another task is an error. */
  readonly key: string;
  readonly agent: string;
  readonly task: Omit<AgentTask, "gateway">;
  /** What its spend falls under. */
  readonly terms: { readonly session: string; readonly run?: string; readonly project?: string };
}

export type HostedEnd =
  | AgentEnd
  | { readonly kind: "unknown"; readonly session: string | null; readonly message: string };

export interface AgentHosting {
  /** Starts the work, or follows the one that is under way, or answers with the end of the one that is over. */
  carryOut(work: HostedWork, signal: AbortSignal, onEvent: (event: AgentEvent) => void): Promise<HostedEnd>;
}
