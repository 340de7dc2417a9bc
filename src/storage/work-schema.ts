/* The tables of work on a whole codebase; see schema.ts for how columns are to be read. */

/** Paid answers of parts, by content: a part that is asked again within its time is answered from here. */
export interface PartAnswersTable {
  /** SHA-256 over kind, prompt version, content, model. */
  key: string;
  kind: string;
  repo: string;
  /** PROVIDER/NAME that was asked, and that served. */
  model: string;
  served_by: string;
  /** Paths of what it covers, JSON. */
  covers: string;
  answer: string;
  input_tokens: number;
  output_tokens: number;
  nano_usd: number;
  duration_ms: number;
  stored_at: number;
  expires_at: number;
}

/** What models reported as input beside our own count; the last 200 a model and kind of content count. */
export interface TokenSamplesTable {
  id: string;
  model: string;
  content: "code" | "prose" | "data";
  reported: number;
  counted: number;
  at: number;
}

/** Batches of work: a durable queue, carried out by one process at a time. */
export interface BatchesTable {
  id: string;
  operation: string;
  repo: string;
  /** JSON of what was asked for. */
  spec: string;
  state: "open" | "done" | "incomplete" | "cancelled";
  limit_nano_usd: number | null;
  /** "direct", or the provider whose batch interface has it. */
  way: string;
  /** Process identity of who carries it out; null while nobody does. */
  owner: string | null;
  created_at: number;
  updated_at: number;
}

export interface BatchItemsTable {
  batch_id: string;
  position: number;
  /** What it is about: a path or a module. */
  target: string;
  lane: "high" | "medium" | "low";
  expected_ms: number;
  state: "waiting" | "running" | "sent" | "done" | "failed" | "incomplete";
  attempts: number;
  /** Id at the provider's batch interface. */
  remote_id: string | null;
  /** JSON of the WorkResult, or null. */
  result: string | null;
  problem: string | null;
  nano_usd: number;
  duration_ms: number | null;
  updated_at: number;
}

/** One row for each finished piece of delegated work: which model is good at what, and what it saved. */
export interface WorkOutcomesTable {
  id: string;
  kind: string;
  model: string;
  repo: string;
  parts: number;
  complete: 0 | 1;
  input_tokens: number;
  output_tokens: number;
  nano_usd: number;
  duration_ms: number;
  manual_ms: number;
  at: number;
}
