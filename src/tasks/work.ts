import type { Chunk, Piece } from "../codebase/chunks/chunks.ts";
import type { LeftOut } from "../codebase/facts/facts.ts";
import type { ContentKind } from "../codebase/tokens/tokens.ts";
import type { NanoUsd } from "../foundation/units.ts";

/**
 * Work on a codebase: one command (analyze, document, review ...) on some of its files. Planned first (what is read, what it
 * costs), then carried out part by part (map), put together (reduce), and answered with places in the code and with what was
 * read and what was not.
 *
 * Invariants: a part that was not read makes the result incomplete, never done; a paid part is not paid again (same content,
 * prompt and model within its time to live); the same code gives the same parts; what a model answers changes no file by
 * itself: what is written goes through a run's gates or a check of ours.
 *
 * `planWork` stands in plan-work.ts, `carryOut` in carry-out.ts, the strategies in strategies.ts.
 */
export type WorkKind =
  | "analyze"
  | "document"
  | "refactor"
  | "test"
  | "review"
  | "optimize"
  | "security"
  | "architecture"
  | "migration";

/** How a kind of work is done, as data; a project may say otherwise. Source of the first three: the seeds' table. */
export interface Strategy {
  readonly kind: WorkKind;
  /** Input of one part, in the target model's tokens. */
  readonly maxTokens: number;
  readonly timeoutMs: number;
  /** What stands in a part, in this order: what is volatile last, so that prefixes stay equal. */
  readonly include: readonly Section[];
  readonly maxOutputTokens: number;
  /** What a person would need by hand for one part, for the time saved; the user may set it. */
  readonly manualMinutes: number;
}

export type Section =
  | "metadata"
  | "target_module"
  | "dependencies"
  | "module_api"
  | "examples"
  | "target_code"
  | "patterns"
  | "context"
  | "diff"
  | "toc";

/** What somebody wants done. */
export interface WorkSpec {
  readonly kind: WorkKind;
  readonly repo: string;
  /** Which files: by module name, by path (file or folder), what differs from a commit, or all. */
  readonly target:
    | { readonly by: "modules"; readonly names: readonly string[] }
    | { readonly by: "paths"; readonly paths: readonly string[] }
    | { readonly by: "bottlenecks" | "core-modules" | "codebase" };
  readonly context: "minimal" | "git_diff" | "full";
  /** What to look for: security, performance, style ... */
  readonly aspects: readonly string[];
  /** "comprehensive", "brief". */
  readonly style: string | null;
  /** Of the work itself: "api" documentation, "unit" coverage, a "detailed" report, a framework to move to. */
  readonly variant: string | null;
  /** Provider and model that answer; chosen by the app. */
  readonly model: { readonly provider: string; readonly name: string };
  readonly strategy: Strategy;
  /** A paid answer is given again for so long; 0: never, and none is kept. */
  readonly cacheTtlMs: number;
  /** What `git_diff` compares with; absent: HEAD. */
  readonly diffBase?: string;
}

export interface WorkPlan {
  /** Content hash over all that decides the answer; the same work has the same id. */
  readonly id: string;
  readonly spec: WorkSpec;
  /** The instructions, equal for every part, so that providers' prefix caches hold. */
  readonly system: string;
  readonly parts: readonly WorkPart[];
  /** How many answers are put together at a time, level by level; empty for a single part. */
  readonly reduce: readonly ReduceStep[];
  readonly leftOut: readonly LeftOut[];
  readonly estimate: WorkEstimate;
}

export interface WorkPart {
  /** Hash over prompt version, kind, content and model. */
  readonly key: string;
  readonly index: number;
  readonly chunk: Chunk;
  /** What stands before the chunk: what the project is, dependencies' signatures ... */
  readonly context: string;
  /** Pieces that were asked about; the chunk may hold more as context. */
  readonly covers: readonly Piece[];
  /** Modules whose change makes the answer old. */
  readonly modules: readonly string[];
  /** An answer that is still good is kept. */
  readonly cached: boolean;
}

export interface ReduceStep {
  readonly level: number;
  readonly inputs: number;
}

export interface WorkEstimate {
  readonly calls: number;
  readonly cachedCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly expected: NanoUsd;
  readonly worst: NanoUsd;
  /** Learned from finished parts of this kind and model where there are some. */
  readonly expectedMs: number;
  readonly model: string;
  readonly fallback: readonly string[];
}

/** One finding or statement of an answer, with its place in the code where it names one. */
export interface WorkFinding {
  readonly title: string;
  readonly detail: string;
  readonly severity: "info" | "low" | "medium" | "high" | "critical";
  readonly aspect: string | null;
  /** Checked by us: the file exists and has the lines; a place that does not is told as unplaced. */
  readonly place: { readonly path: string; readonly firstLine: number; readonly lastLine: number } | null;
  /** "model", or the deterministic scanner's name. */
  readonly by: string;
  readonly rule: string | null;
}

export interface WorkResult {
  readonly id: string;
  readonly kind: WorkKind;
  /** Every byte of the targets was read, every answer was whole, and what was to be put together was. */
  readonly complete: boolean;
  /** Why it is not complete, and what else is to be known; each a sentence. */
  readonly problems: readonly string[];
  /** Markdown for people. */
  readonly text: string;
  readonly findings: readonly WorkFinding[];
  readonly read: readonly Piece[];
  readonly notRead: readonly (Piece & { readonly reason: string })[];
  readonly leftOut: readonly LeftOut[];
  readonly cost: NanoUsd;
  readonly calls: number;
  readonly cachedCalls: number;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly durationMs: number;
  /** Models that answered, with how many parts each. */
  readonly servedBy: Readonly<Record<string, number>>;
}

/** How work asks a model; the app puts it on the unified client. */
export interface Ask {
  /** Answers, or says why not; never throws but `interrupted`. */
  (request: AskRequest, signal: AbortSignal): Promise<AskAnswer>;
}

export interface AskRequest {
  readonly model: { readonly provider: string; readonly name: string };
  readonly system: string;
  readonly prompt: string;
  readonly maxOutputTokens: number;
  readonly timeoutMs: number;
  readonly kind: WorkKind;
  /** JSON schema the answer is to follow; null for text. */
  readonly schema: Readonly<Record<string, unknown>> | null;
  /** What the prompt mostly holds, for what is learned of tokens; absent: code. */
  readonly content?: ContentKind;
}

export type AskAnswer =
  | {
      readonly kind: "answered";
      readonly text: string;
      readonly cost: NanoUsd;
      readonly inputTokens: number;
      readonly outputTokens: number;
      /** PROVIDER/NAME that served. */
      readonly servedBy: string;
      readonly ms: number;
    }
  /** The prompt is too long for the model: cut smaller, and ask again. */
  | { readonly kind: "too-long"; readonly cost: NanoUsd; readonly limitTokens: number | null; readonly message: string }
  | {
      readonly kind: "cut";
      readonly text: string;
      readonly cost: NanoUsd;
      readonly servedBy: string;
      readonly ms: number;
    }
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly cost: NanoUsd };

export interface WorkProgress {
  readonly done: number;
  readonly parts: number;
  readonly cost: NanoUsd;
  readonly etaMs: number | null;
  readonly current: string;
}
