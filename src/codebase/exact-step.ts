/**
 * The exact tier's vocabulary: steps that allot carries out itself, without a model, to the byte.
 *
 * Line numbers are 1-based and inclusive and always mean the file AS IT WAS WHEN THE TASK STARTED, whatever earlier
 * steps of the same task did to it; so steps can be read, checked and edited on their own. `sha` is the first 8 hex
 * digits of the SHA-256 of those lines joined by "\n" (no trailing newline): where it is given and differs, the step
 * is stale and refused.
 */
export type ExactStep =
  /** Creates a file that must not exist yet; `content` is the whole text. */
  | { readonly kind: "create"; readonly path: string; readonly content: string }
  /** Appends lines of `from` (as it was) to the end of `to`, which exists or was created by an earlier step. */
  | { readonly kind: "copy"; readonly from: LineRange; readonly to: string }
  /** Like copy, and removes the lines from where they were. */
  | { readonly kind: "move"; readonly from: LineRange; readonly to: string }
  /** Appends literal text to the end of a file. */
  | { readonly kind: "append"; readonly path: string; readonly content: string }
  /** Removes lines. */
  | { readonly kind: "delete-lines"; readonly range: LineRange }
  /** Puts `content` in the place of lines. */
  | { readonly kind: "replace-lines"; readonly range: LineRange; readonly content: string }
  /** Puts `content` after line `line` (0: before the first line). */
  | { readonly kind: "insert"; readonly path: string; readonly line: number; readonly content: string }
  /** Replaces the literal text `find` (on one line) within lines of a file; exactly `count` times or the step is stale. */
  | {
      readonly kind: "replace-text";
      readonly range: LineRange;
      readonly find: string;
      readonly by: string;
      readonly count: number;
    }
  | { readonly kind: "rename-file"; readonly path: string; readonly to: string }
  | { readonly kind: "delete-file"; readonly path: string };

export interface LineRange {
  readonly path: string;
  readonly first: number;
  readonly last: number;
  /** First 8 hex digits of the SHA-256 of the lines joined by "\n"; absent where a person wrote the step. */
  readonly sha?: string;
}
