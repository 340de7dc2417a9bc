import type { CodeNode } from "./syntax/code-tree.ts";

/** What must be true for the code behind a check to run, from harmless to hopeless. */
export type Guard = "none" | "conditional" | "swallowed" | "dead";

export const GUARD_ORDER: readonly Guard[] = ["none", "conditional", "swallowed", "dead"];

/** One assertion of a test, the same in every framework. */
export interface Check {
  /** "equal", "contains", "raises", "truthy", "tautology", "helper" ... */
  readonly kind: string;
  /** Canonical text of what is judged, with single-assigned locals put in. */
  readonly subject: string;
  /** Canonical text of what it is held against; "" where there is nothing. */
  readonly expected: string;
  /** 0 proves nothing, 10 pins the value; comparable between kinds. */
  readonly strength: number;
  readonly guard: Guard;
  readonly line: number;
  /** For "equal": the two sides as trees, so that input and output literals can be read. */
  readonly sides: readonly CodeNode[];
}

/** A check as a framework's reader finds it, before it is known where it stands. */
export interface FoundCheck {
  readonly kind: string;
  readonly subject: CodeNode | undefined;
  readonly expected: readonly CodeNode[];
  readonly strength: number;
}
