/* The tables of work that agent programs do; see schema.ts for how columns are to be read. */

/** A piece of an agent's work, done once; carried out by a host, a process apart from who asked for it. */
export interface AgentWorksTable {
  /** run/task/round/purpose/attempt. */
  key: string;
  agent: string;
  /** SHA-256 of all that decides what is asked of whom. */
  task_hash: string;
  run_id: string;
  /** Who is spending. */
  session_id: string;
  /** gateway: each of its calls has a hold and an entry. own-login: the whole has one. */
  way: "gateway" | "own-login";
  /**
   * intent: nobody has it yet; launched: a host has; paused: stopped on request, its session can be gone on with; over: `outcome`
   * says how; unknown: its host is gone, and nobody can go on.
   */
  state: "intent" | "launched" | "paused" | "over" | "unknown";
  /** Hosts that were needed for it. */
  life: number;
  /** Process identities of the host, and of the agent that it started. */
  host: string | null;
  process: string | null;
  /** The agent's own name for the conversation. */
  agent_session: string | null;
  /** The hold of this life, where the whole work has one. */
  hold_key: string | null;
  wants_stop: 0 | 1;
  /** JSON of what this life, and the earlier ones, have used by the agent's own figures. */
  usage: string | null;
  earlier_usage: string | null;
  /** JSON of how it ended. */
  outcome: string | null;
  opened_at: number;
  /** The host's last sign of life. */
  seen_at: number;
}

export interface AgentWorkEventsTable {
  key: string;
  seq: number;
  life: number;
  /** JSON of the agent's event. */
  event: string;
  at: number;
}
