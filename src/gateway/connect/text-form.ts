import { AllotError } from "../../foundation/errors.ts";

/** Where a value stands in a settings file: keys from the outside in. */
export type Place = readonly string[];

/**
 * A kind of settings file, edited as text, so that all of it but the value in question stays byte for byte: comments,
 * order, spaces, line ends. Everything here is pure and throws `input-invalid` for a text that is not of its kind.
 *
 * Rejected: parse, change, print again, which loses comments and the user's own layout.
 */
export interface TextForm {
  /** What a file that is not there yet begins as. */
  readonly empty: string;
  /** The value's own text; undefined where there is none. */
  read(text: string, place: Place): string | undefined;
  /** The text with the value there: replaced, or added with the parents it needs. */
  write(text: string, place: Place, value: string): string;
  /** The text without it, and without parents that it leaves empty, but for the `kept` outermost ones. */
  remove(text: string, place: Place, kept: number): string;
  /** How many of the place's parents there are. */
  parents(text: string, place: Place): number;
}

/** "line 3: a value is missing" */
export function malformed(text: string, at: number, what: string): AllotError {
  const line = text.slice(0, at).split("\n").length;
  return new AllotError("input-invalid", `line ${line}: ${what}`);
}

/** How the text ends its lines. */
export function lineEnd(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** The text with `piece` in place of what stands from `start` to `end`. */
export function splice(text: string, start: number, end: number, piece: string): string {
  return text.slice(0, start) + piece + text.slice(end);
}
