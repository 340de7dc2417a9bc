import type { NanoUsd } from "../../../foundation/units.ts";
import type { Priority } from "../../../throttle/throttle.ts";
import type { AgentEnd, AgentEvent, AgentTask, AgentUsage } from "../program.ts";

/**
 * An agent's work that outlives the worker that asked for it: a process apart (the agent host) runs the program, writes down
 * each event and the end, and lives on when the worker is killed. Keyed like a paid call: the same key is worked on once.
 *
 * Invariants: a finished piece of work is never done again; one whose host is gone is gone on with by the session's recorded id
 * where the agent can, else told as `unknown` and counted as spent; its calls pass the gateway that lives in the host, so each
 * has a hold and a ledger row, or, with a login of the user's own, the whole piece has one.
 *
 * Rejected: hosting it in the worker (its death would lose minutes of paid work), one host for all works (its death would lose
 * all of them), a socket between the two (a second channel beside the store can fail apart from it).
 */
export interface HostedWork {
  /** Unique: run/task/round/purpose/attempt. The same key with another task is an error. */
  readonly key: string;
  readonly agent: string;
  readonly task: Omit<AgentTask, "gateway">;
  /** Where its calls go: allot's gateway in the host (the default), or where the user's own login leads. */
  readonly gateway?: "gateway" | "own-login";
  readonly terms: WorkTerms;
}

/** What its spend falls under, and where the ledger files it. */
export interface WorkTerms {
  readonly session: string;
  readonly run?: string;
  readonly project?: string;
  /** "1" of run/1/1/work/1 where nothing else is said. */
  readonly task?: string;
  readonly phase?: string;
  readonly tier?: string;
  readonly priority?: Priority;
  /** What the run may use up in all. */
  readonly runBudget?: NanoUsd | null;
  /** Id of the budget that the run is a part of. */
  readonly parentBudget?: string | null;
}

/** What a piece of work cost, as the ledger has it. */
export interface SpentOnWork {
  readonly cost: NanoUsd;
  /** Paid by a subscription of the user's: counted in tokens, $0. */
  readonly covered: boolean;
  readonly tokens: number;
  readonly calls: number;
  /** How the agent's own figures differ from what the gateway counted; null where they agree, or nobody else counted. */
  readonly differs: string | null;
}

export type HostedEnd =
  | (AgentEnd & { readonly spent: SpentOnWork })
  | {
      readonly kind: "unknown";
      readonly session: string | null;
      readonly message: string;
      readonly usage: AgentUsage;
      readonly spent: SpentOnWork;
    };

export interface AgentHosting {
  /**
   * Starts the work, or follows the one that is under way, or answers with the end of the one that is over. Every event is told
   * once a call, those of before first. Throws `call-key-reused` for a key that had another task, `command-not-found` for an
   * agent that is not installed, and `interrupted` when `signal` aborts: the agent is stopped then, and the next call with the
   * key goes on with its session.
   */
  carryOut(work: HostedWork, signal: AbortSignal, onEvent: (event: AgentEvent) => void): Promise<HostedEnd>;
}
