/* The tables of what serves clients; see schema.ts for how columns are to be read. */

/** Circuit breakers, one row for each provider and model that failed lately. Shared by all processes. */
export interface BreakersTable {
  /** "anthropic/claude-sonnet-4-5-20250929" */
  target: string;
  state: "open" | "half-open";
  /** Failures in a row by which it opened, and how often it has opened since it last worked. */
  failures: number;
  openings: number;
  opened_at: number;
  /** From then on one probe may go. */
  probe_at: number;
  /** Process identity of who probes; null while nobody does. */
  prober: string | null;
  updated_at: number;
}

/** Keys of the gateway's clients; never the key itself. */
export interface GatewayKeysTable {
  /** Short, for people and for the scope "key:ID". */
  id: string;
  name: string;
  /** SHA-256 of the key, hex. */
  hash: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  /** Every call under it counts for this session, whatever the client says; null: the client may say. */
  session_id: string | null;
  project: string | null;
  /** JSON list of model names or patterns ("claude-*"); null: all. */
  models: string | null;
  /** The most urgent priority its clients may ask for. */
  priority: string;
}

/** Answers that may be given again to the very same request of the same tenant. */
export interface CachedAnswersTable {
  /** SHA-256 over every field that matters, the tenant included. */
  key: string;
  provider: string;
  model: string;
  /** JSON of the ModelAnswer. */
  answer: string;
  /** What the answer cost when it was bought. */
  nano_usd: number;
  stored_at: number;
  expires_at: number;
}

/** What became of delegated requests, summed up by minute; additive, so every process adds its own part. */
export interface DelegationMinutesTable {
  /** Epoch ms / 60,000. */
  minute: number;
  /** "" where nobody said or found out. */
  task_type: string;
  /** Who served, or who was asked last. */
  provider: string;
  model: string;
  requests: number;
  answered: number;
  failed: number;
  refused: number;
  /** Answered by another than was asked first. */
  fell_back: number;
  /** Answered out of the cache. */
  cached: number;
  attempts: number;
  duration_ms: number;
  input_tokens: number;
  cache_read_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  nano_usd: number;
}
