/* The tables of the throttle; see schema.ts for how columns are to be read. */

/** The open holds by scope key; rows go when the hold closes, so their sums are what is held. */
export interface HoldScopesTable {
  hold_id: string;
  scope_key: string;
  tokens: number;
  nano_usd: number;
  requests: number;
}

/** What was settled in each minute (epoch ms / 60,000) for each scope key. Sums of ledger entries, debt included. */
export interface UseMinutesTable {
  scope_key: string;
  minute: number;
  tokens: number;
  nano_usd: number;
  requests: number;
}

/** Running sums of `use_minutes` from `from_minute` on, so that a window is read without adding it up. */
export interface UseWindowsTable {
  scope_key: string;
  window: string;
  from_minute: number;
  tokens: number;
  nano_usd: number;
  requests: number;
}

/** What a process has set aside of a scope key's limits, for holds it decides in memory. */
export interface LeasesTable {
  /** The journal's writer. */
  holder: string;
  scope_key: string;
  tokens: number;
  nano_usd: number;
  requests: number;
  /** Above 0 where somebody else needs room: what is unused goes back. Each recall has a number of its own. */
  recalled: number;
  renewed_at: number;
}

/** The journal files of processes, and how far each has been taken into these tables. */
export interface JournalsTable {
  /** Process identity, and a number where a process has several. */
  writer: string;
  machine: string;
  path: string;
  /** Bytes that are in these tables. */
  taken_bytes: number;
  opened_at: number;
  seen_at: number;
  closed_at: number | null;
}

/** What one command, run or batch and all its children may use up. */
export interface BudgetsTable {
  id: string;
  parent_id: string | null;
  /** What it is for, for people. */
  name: string;
  session_id: string;
  /** null: not capped in that measure. */
  tokens: number | null;
  nano_usd: number | null;
  requests: number | null;
  /** 1 where the amounts were set aside in the parent's limits when it was opened. */
  reserved: 0 | 1;
  opened_at: number;
  closed_at: number | null;
}

/** Calls that wait for room. */
export interface QueueTable {
  id: string;
  session_id: string;
  run_id: string | null;
  priority: string;
  /** immediate, short, background: by expected duration. */
  lane: string;
  agent: string;
  model: string;
  tokens: number;
  nano_usd: number;
  level: string;
  limit_name: string;
  /** Process identity of who waits. */
  owner: string;
  state: "waiting" | "admitted" | "expired" | "cancelled";
  entered_at: number;
  /** When the owner last looked; one on another machine that stopped looking is gone. */
  seen_at: number;
  deadline_at: number | null;
  /** Null while it waits, and while an admitted one takes up a place in its lane. */
  left_at: number | null;
}

/** What the runaway guard stopped, until somebody lets it go on. */
export interface StopsTable {
  id: string;
  scope_key: string;
  kind: "repetition" | "spawn-rate" | "spend-slope";
  reason: string;
  at: number;
  cleared_at: number | null;
}

/** Limits and thresholds changed by `allot limits set`; they stand above the files. */
export interface StoredLimitsTable {
  /** "session:*:hour:tokens", "threshold:soft", "time_zone" */
  name: string;
  /** Whole tokens, nano-dollars, requests or thousandths as text; "none" takes a default away. */
  value: string;
  at: number;
}
