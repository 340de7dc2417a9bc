import type { ExactStep } from "./exact-step.ts";

/**
 * What the static splitter answers for one over-large module: parts to create, and the edits that turn the old file
 * into the front that keeps every import path, name and object as it was. All steps are exact.
 */
export interface ModuleSplit {
  readonly file: string;
  readonly language: "python" | "javascript" | "typescript";
  /** In import order: a part imports only parts before it. */
  readonly parts: readonly SplitPart[];
  /** Edits of the old file (line numbers of the old file). */
  readonly front: readonly ExactStep[];
  /** Names that other code can import from the old path; all keep working. */
  readonly publicNames: readonly string[];
  /** Shell commands (POSIX sh, run at the repository's root) that prove the front: it loads, names are there, same objects. */
  readonly frontChecks: readonly string[];
  /** What a reader should know: a part above the limit and why, late bindings, packaging files that list modules ... */
  readonly notes: readonly string[];
}

export interface SplitPart {
  /** Repository-relative path of the new file. */
  readonly path: string;
  /** Short noun phrase for the task's title: "Terminal width handling". */
  readonly title: string;
  /** What the part holds, one sentence. */
  readonly purpose: string;
  /** Definitions that live here. */
  readonly names: readonly string[];
  /** Steps that create the file: a create with header and imports, then copies, then text edits where needed. */
  readonly steps: readonly ExactStep[];
  /** Shell commands that prove the part on its own (syntax). */
  readonly checks: readonly string[];
  /** Lines of the new file. */
  readonly lines: number;
}

export type SplitOutcome =
  | { readonly kind: "split"; readonly split: ModuleSplit }
  /** Nothing is changed; each reason is a sentence for the user. */
  | { readonly kind: "declined"; readonly reasons: readonly string[] };

export interface SplitRequest {
  /** Absolute path of the checked-out tree to read. */
  readonly root: string;
  /** Repository-relative path of the module to split. */
  readonly file: string;
  /** Aim and ceiling for the lines of a new module; default 600. */
  readonly maxLines: number;
}
