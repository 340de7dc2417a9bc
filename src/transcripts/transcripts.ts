import type { NanoUsd } from "../foundation/units.ts";

/**
 * Usage out of the logs that coding agents keep on this machine: tokens by session, project, day and model, priced by the
 * catalogue. Each agent is a folder of its own here; a new agent is one reader and one line in the table.
 *
 * Invariants: one answer of a provider is counted once, whatever copies its log keeps (a line a content block, forks, resumes);
 * what a log does not hold is told as lacking, never estimated silently; logs are only ever read.
 *
 * `readTranscripts` stands in read-transcripts.ts.
 */
export type AgentName = "claude-code" | "codex" | "gemini" | "opencode";

/** One answer of a provider, as an agent's log tells it. */
export interface UsageRecord {
  readonly agent: AgentName;
  /** The same for the same answer in every copy: message and request id, or the response's id. */
  readonly id: string;
  /** What the provider called the request, where the log keeps it; for reconciling with the gateway's ledger. */
  readonly requestId: string | null;
  /** What the provider called the answer. */
  readonly responseId: string | null;
  /** Whom it counts for: a subagent's work counts for the session that its user sees, as it does in the gateway. */
  readonly session: string;
  /** The session that started a subagent's. */
  readonly parentSession: string | null;
  readonly isSubagent: boolean;
  /** Who served, by the catalogue's names where the log tells it; else the agent's own vendor. */
  readonly provider: string;
  /** The subscription's plan that the log names ("plus"); null where it names none. */
  readonly plan: string | null;
  /** The folder it worked in. */
  readonly project: string | null;
  readonly model: string;
  /** Epoch ms. */
  readonly at: number;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  /** Part of the output. */
  readonly reasoningTokens: number;
  /** File and line it was read from, for whoever doubts it. */
  readonly file: string;
  readonly line: number;
}

/** What a log is known not to hold. */
export interface Lack {
  readonly agent: AgentName;
  readonly session: string | null;
  /** "compaction's own request", "a cut attempt", "the title request". */
  readonly what: string;
  /** Tokens where a cumulative total shows them, else null. */
  readonly tokens: number | null;
  /** The same by class, where it is told so. */
  readonly counts: LackedTokens | null;
}

export type LackedTokens = Pick<
  UsageRecord,
  "inputTokens" | "cacheReadTokens" | "cacheWrite5mTokens" | "cacheWrite1hTokens" | "outputTokens" | "reasoningTokens"
>;

/** Where an agent's logs were looked for. */
export interface LookedFor {
  readonly agent: AgentName;
  readonly path: string;
  /** Log files found there. */
  readonly files: number;
}

export interface Transcripts {
  readonly records: readonly UsageRecord[];
  readonly lacks: readonly Lack[];
  /** Lines that could not be read, by file. */
  readonly unreadable: readonly { readonly file: string; readonly lines: number; readonly why: string }[];
  readonly looked: readonly LookedFor[];
}

export interface PricedUsage extends UsageRecord {
  /** Null: the model's price is not known. */
  readonly cost: NanoUsd | null;
  /** Paid by a subscription: counted in tokens, $0 in dollars. */
  readonly covered: boolean;
}
