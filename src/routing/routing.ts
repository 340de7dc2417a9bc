import { TASK_TYPES } from "../foundation/task-types.ts";
import type { NanoUsd } from "../foundation/units.ts";

/*
 * Which agent and which model a task goes to: text in, delegation out. (Contract file: types and names only.) Pure: the detector's
 * weights, the routing table, the prices and what was learnt are facts that are passed in.
 */

export { TASK_TYPES };
export type TaskType = (typeof TASK_TYPES)[number];

/** The types by the names that the guide's programs use: `TaskType.CODING`. */
export const TaskType = {
  UI: "ui",
  CODING: "coding",
  TESTING: "testing",
  DEBUGGING: "debugging",
  DOCUMENTATION: "documentation",
  RESEARCH: "research",
  ANALYSIS: "analysis",
  AUTOMATION: "automation",
} as const satisfies Readonly<Record<string, TaskType>>;

/** What a text asks for, as far as the words say it. */
export interface Detection {
  /** The likeliest type, also where it is unsure. */
  readonly type: TaskType;
  /** Calibrated: of the texts with 0.8, about eight in ten are of that type. */
  readonly confidence: number;
  /** All types, adding up to 1. */
  readonly shares: Readonly<Record<TaskType, number>>;
  /** task: something to do. The others have nothing to route by: "ok, go on", "hi", "". */
  readonly kind: "task" | "follow-up" | "chat" | "empty";
  /** One small local low-risk edit, or a one-line answer. */
  readonly simple: boolean;
  /** BCP 47 of the language it seems to be in, "und" where that cannot be said. */
  readonly language: string;
  /** What decided, strongest first: words and rules a person can follow. */
  readonly evidence: readonly Evidence[];
}

export interface Evidence {
  /** "button", "keyword css", "starts with a question word" */
  readonly sign: string;
  readonly type: TaskType;
  /** How far it moved the decision, in log odds. */
  readonly weight: number;
}

/** One row of the routing table; data, editable by configuration. */
export interface Route {
  readonly type: TaskType;
  /** "codex", "comet", "claude-haiku", "claude-sonnet" */
  readonly agent: string;
  /** Name or alias in the catalogue. */
  readonly model: string;
  /** SESSION_ID its work is counted under. */
  readonly session: string;
  /** The cheap way that may be taken at most for work that is `simple`; null: never. */
  readonly simpleModel: string | null;
}

/** What became of a task text. */
export interface Delegation {
  readonly type: TaskType;
  readonly agent: string;
  /** As the table names it; the catalogue and the client take it: "haiku". */
  readonly model: string;
  /** The provider's own name of it: "claude-haiku-5-5". */
  readonly modelId: string;
  readonly provider: string;
  readonly session: string;
  /** As stated; else low for text that can wait (documentation, research), normal for the rest. */
  readonly priority: "low" | "normal" | "high" | "critical";
  readonly confidence: number;
  /** All types with what was learnt, adding up to 1. */
  readonly shares: Readonly<Record<TaskType, number>>;
  readonly kind: Detection["kind"];
  readonly simple: boolean;
  /** BCP 47, "und" where that cannot be said. */
  readonly language: string;
  /** The words and rules that decided, strongest first. */
  readonly evidence: readonly Evidence[];
  /** route: go. premium: unsure, so the safe way. ask: nothing to go by; ask the user. */
  readonly decision: "route" | "premium" | "ask";
  /** Sentences, most weighty first: "why here?" */
  readonly reasons: readonly string[];
  readonly expected: ExpectedCost;
  /** The same work elsewhere, cheapest first. */
  readonly elsewhere: readonly ExpectedCost[];
}

export interface ExpectedCost {
  readonly agent: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: NanoUsd;
  /** Against the premium model, 0 to 1; negative where it costs more. */
  readonly saving: number;
}
