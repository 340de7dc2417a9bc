import type { AgentWorkEventsTable, AgentWorksTable } from "./agent-schema.ts";
import type { BreakersTable, CachedAnswersTable, DelegationMinutesTable, GatewayKeysTable } from "./gateway-schema.ts";
import type {
  BudgetsTable,
  HoldScopesTable,
  JournalsTable,
  LeasesTable,
  QueueTable,
  StopsTable,
  StoredLimitsTable,
  UseMinutesTable,
  UseWindowsTable,
} from "./throttle-schema.ts";
import type {
  BatchesTable,
  BatchItemsTable,
  PartAnswersTable,
  TokenSamplesTable,
  WorkOutcomesTable,
} from "./work-schema.ts";

export type {
  BudgetsTable,
  HoldScopesTable,
  JournalsTable,
  LeasesTable,
  QueueTable,
  StopsTable,
  StoredLimitsTable,
  UseMinutesTable,
  UseWindowsTable,
};

export type { AgentWorkEventsTable, AgentWorksTable };

export type { BreakersTable, CachedAnswersTable, DelegationMinutesTable, GatewayKeysTable };

/**
 * The tables as TypeScript sees them. Both databases store the same: text, whole numbers up to a safe integer, and one
 * real number (`usage_history.cost`, for reading only). Instants are epoch ms and end in `_at`; money is whole
 * nano-dollars and ends in `_nano_usd`; yes/no is 0 or 1; JSON is text.
 */
export interface Schema {
  calls: CallsTable;
  holds: HoldsTable;
  ledger: LedgerTable;
  ledger_writers: LedgerWritersTable;
  usage_history: UsageHistoryTable;
  throttle_events: ThrottleEventsTable;
  hosts: HostsTable;
  runs: RunsTable;
  run_tasks: RunTasksTable;
  run_events: RunEventsTable;
  outcomes: OutcomesTable;
  use_minutes: UseMinutesTable;
  use_windows: UseWindowsTable;
  hold_scopes: HoldScopesTable;
  leases: LeasesTable;
  journals: JournalsTable;
  budgets: BudgetsTable;
  queue: QueueTable;
  stops: StopsTable;
  stored_limits: StoredLimitsTable;
  lessons: LessonsTable;
  breakers: BreakersTable;
  gateway_keys: GatewayKeysTable;
  cached_answers: CachedAnswersTable;
  delegation_minutes: DelegationMinutesTable;
  part_answers: PartAnswersTable;
  token_samples: TokenSamplesTable;
  batches: BatchesTable;
  batch_items: BatchItemsTable;
  work_outcomes: WorkOutcomesTable;
  logged_answers: LoggedAnswersTable;
  agent_works: AgentWorksTable;
  agent_work_events: AgentWorkEventsTable;
}

export type Flag = 0 | 1;

/** intent: written, nobody called yet. launched: a host has it. The others are final. */
export type CallState = "intent" | "launched" | "done" | "failed" | "unknown" | "refused";

/** The journal of paid calls: one row a key, written before the call and final after it. */
export interface CallsTable {
  /** run/task/round/purpose/attempt */
  key: string;
  run_id: string;
  task: string;
  round: number;
  purpose: string;
  attempt: number;
  state: CallState;
  request_hash: string;
  /** JSON of the ModelRequest. */
  request: string;
  provider: string;
  model: string;
  session_id: string;
  priority: string;
  phase: string;
  tier: string;
  timeout_ms: number;
  /** The longest silence inside a stream; null in rows from before there was such a limit. */
  idle_ms: number | null;
  /** PROVIDER/MODEL that was asked for, where this is another; null where it is not. */
  requested_model: string | null;
  hold_tokens: number;
  hold_nano_usd: number;
  /** JSON of the ModelPrice that the call was held at and is settled at. */
  price: string;
  price_version: string;
  /** 1 where the price was unknown and another one stands in for it. */
  price_assumed: Flag;
  /** Process identity of the host that launched it. */
  host: string | null;
  intent_at: number;
  launched_at: number | null;
  finished_at: number | null;
  /** JSON of the ModelAnswer. */
  answer: string | null;
  response_id: string | null;
  input_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_5m_tokens: number | null;
  cache_write_1h_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  usage_estimated: Flag | null;
  cost_nano_usd: number | null;
  error_code: string | null;
  error_message: string | null;
  retryable: Flag | null;
  /** How long the provider asked to wait. */
  retry_after_ms: number | null;
}

/**
 * What is set aside in the database itself: for a call of a run until it is settled, for a batch as its reservation.
 * Open while `closed_at` is null. (What processes set aside for their own calls stands in their journals, and here in
 * `leases`.)
 */
export interface HoldsTable {
  /** The call's key, or "reservation:BUDGET". */
  call_key: string;
  run_id: string;
  session_id: string;
  /** JSON list of the scope keys under whose limits it is held. */
  scope_keys: string;
  /** JSON list of scope keys whose cost is counted, but whose room a reservation holds already. */
  counted_keys: string;
  tokens: number;
  nano_usd: number;
  requests: number;
  opened_at: number;
  closed_at: number | null;
  /** settled: the real cost stands in the ledger. spent: the hold itself does. released: nothing was spent. */
  closed_as: "settled" | "spent" | "released" | null;
}

/** What users said about where tasks belong, and what became of tasks; the delegator learns from these. Never the text. */
export interface LessonsTable {
  id: string;
  user_name: string;
  repo: string;
  /** JSON: hashed features of the text. */
  features: string;
  task_type: string;
  agent: string;
  model: string;
  /** said: by `--as` or `{ taskType }`. The others are outcomes. */
  kind: "said" | "accepted" | "redone" | "escalated";
  at: number;
}

/** settlement: what a call cost. unknown: its whole hold, because nobody knows. correction: added to an earlier entry. */
export type LedgerKind = "settlement" | "unknown" | "correction";

/** What was spent. Rows are only ever added. Each writer's rows form a chain of hashes. */
export interface LedgerTable {
  writer: string;
  sequence: number;
  /** What the entry is for, unique for ever: "settle:CALL", "unknown:CALL", "correct:CALL:1". */
  entry_key: string;
  kind: LedgerKind;
  call_key: string | null;
  run_id: string;
  task: string;
  phase: string;
  tier: string;
  session_id: string;
  provider: string;
  model: string;
  input_tokens: number;
  cache_read_tokens: number;
  cache_write_5m_tokens: number;
  cache_write_1h_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  nano_usd: number;
  price_version: string;
  price_assumed: Flag;
  usage_estimated: Flag;
  note: string;
  /** What was held; above it the cost is debt. Null, like all below, in entries from before there was a throttle. */
  hold_tokens: number | null;
  hold_nano_usd: number | null;
  agent: string | null;
  task_type: string | null;
  project: string | null;
  api_key: string | null;
  requested_model: string | null;
  /** standard, batch, priority. */
  service: string | null;
  /** JSON list of the scope keys it counts under. */
  scope_keys: string | null;
  /** What the provider called request and answer; null where nobody asked, and in entries from before they were kept. */
  request_id: string | null;
  response_id: string | null;
  at: number;
  prev_hash: string;
  hash: string;
}

/** Answers out of agents' own logs that the books know of: each is in the ledger once, as `call_key`. */
export interface LoggedAnswersTable {
  /** "claude-code/MESSAGE:REQUEST" */
  answer: string;
  agent: string;
  session_id: string;
  /** Of the ledger's entry that has it. */
  call_key: string;
  /** imported: out of the log. passed: it went through the gateway. claimed: a whole piece of work was booked as one. */
  how: "imported" | "passed" | "claimed";
  /** All tokens as the log told them then. */
  tokens: number;
  /** When it was answered. */
  at: number;
}

/** The end of each writer's chain, so that a row cut off the end is noticed too. */
export interface LedgerWritersTable {
  writer: string;
  sequence: number;
  hash: string;
}

/** A view: one row a ledger entry, in the shape that the guide's queries expect. */
export interface UsageHistoryTable {
  entry_key: string;
  /** UTC, "YYYY-MM-DD HH:MM:SS". */
  timestamp: string;
  session_id: string;
  run_id: string;
  provider: string;
  model: string;
  tokens_used: number;
  /** Dollars; `cost_nano_usd` is the exact figure. */
  cost: number;
  cost_nano_usd: number;
}

export interface ThrottleEventsTable {
  id: string;
  /** UTC, "YYYY-MM-DD HH:MM:SS". */
  timestamp: string;
  at: number;
  session_id: string;
  run_id: string | null;
  call_key: string | null;
  level: string;
  /** What was done: "warned", "queued", "blocked". */
  action: string;
  priority: string;
  limit_name: string;
  used: number;
  limit_value: number;
  reason: string;
}

/** The one call host of a key. */
export interface HostsTable {
  host_key: string;
  identity: string;
  spawner: string;
  /** Fingerprint of the keys and addresses it was started with. */
  settings: string;
  started_at: number;
  seen_at: number;
}

export interface RunsTable {
  id: string;
  goal: string;
  repo: string;
  state: string;
  created_at: number;
  updated_at: number;
  /** Process identity of the worker that has it. */
  owner: string | null;
  options: string;
  base_rev: string | null;
  branch: string | null;
  report: string | null;
  exit_code: number | null;
}

export interface RunTasksTable {
  run_id: string;
  number: number;
  title: string;
  tier: string;
  state: string;
  round: number;
  detail: string;
  updated_at: number;
}

export interface RunEventsTable {
  run_id: string;
  seq: number;
  at: number;
  event: string;
}

export interface OutcomesTable {
  id: string;
  run_id: string;
  repo: string;
  task_type: string;
  tier: string;
  model: string;
  accepted: Flag;
  rounds: number;
  escalated: Flag;
  cost_nano_usd: number;
  at: number;
}
