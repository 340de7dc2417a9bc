import { createContext, Script } from "node:vm";

/** How long one search may look at all its lines together. */
const MAX_MS = 5_000;

/** Longer lines are generated or packed code; only their start is looked at. */
const MAX_LINE = 1_000;

export type SearchPattern =
  | { readonly kind: "usable"; find(lines: readonly string[]): number[] }
  | { readonly kind: "refused"; readonly why: string };

/**
 * A pattern that a model made up, as a search over lines. Literal text is looked for as it is. A regular expression is
 * refused where its form can take exponential time (a repeated group with a repetition or an alternative in it, or a
 * back reference); what is left runs in a context of its own with a time limit, on lines of at most 1,000 characters.
 * `find` gives the indexes of the lines that match, or throws `SearchTooSlow`.
 */
export function searchPattern(
  text: string,
  options: { readonly regex: boolean; readonly ignoreCase: boolean },
): SearchPattern {
  if (text === "") return { kind: "refused", why: "the pattern is empty" };
  if (!options.regex) {
    const fold = (line: string): string => (options.ignoreCase ? line.toLowerCase() : line);
    const wanted = fold(text);
    return {
      kind: "usable",
      find: (lines) => lines.flatMap((line, index) => (fold(line).includes(wanted) ? [index] : [])),
    };
  }
  if (text.length > 500) return { kind: "refused", why: "the expression is longer than 500 characters" };
  try {
    new RegExp(text);
  } catch (error) {
    return { kind: "refused", why: `it is no regular expression: ${(error as Error).message}` };
  }
  const danger = dangerOf(text);
  if (danger !== undefined) return { kind: "refused", why: danger };
  return { kind: "usable", find: (lines) => findInContext(text, options.ignoreCase ? "i" : "", lines) };
}

/** Thrown by `find` when the time is up. */
export class SearchTooSlow extends Error {}

const SEARCH = new Script(
  "const expression = new RegExp(source, flags); const found = []; for (let i = 0; i < lines.length; i++) if (expression.test(lines[i])) found.push(i); found.join()",
);

function findInContext(source: string, flags: string, lines: readonly string[]): number[] {
  const context = createContext({ source, flags, lines: lines.map((line) => line.slice(0, MAX_LINE)) });
  try {
    const found = SEARCH.runInContext(context, { timeout: MAX_MS }) as string;
    return found === "" ? [] : found.split(",").map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") throw new SearchTooSlow();
    throw error;
  }
}

/** Why the form of an expression may take exponential time, or undefined. It must be a valid one. */
function dangerOf(source: string): string | undefined {
  /** One entry a group that is open: does it hold a repetition or an alternative? */
  const open: boolean[] = [false];
  for (let index = 0; index < source.length; index += 1) {
    const character = source[index];
    if (character === "\\") {
      if (/[1-9k]/.test(source[index + 1] ?? "")) return "back references are not supported";
      index += 1;
    } else if (character === "[") index = endOfClass(source, index);
    else if (character === "(") open.push(false);
    else if (character === "|") open[open.length - 1] = true;
    else if (character === ")") {
      const risky = open.pop() ?? false;
      const repeated = isRepetition(source.slice(index + 1));
      if (risky && repeated)
        return "a repeated group with a repetition or an alternative in it can take for ever; write it without";
      open[open.length - 1] = (open.at(-1) ?? false) || risky || repeated;
    } else if (isRepetition(source.slice(index)) || isOption(source, index)) open[open.length - 1] = true;
  }
  return undefined;
}

/** A question mark that makes something optional, not one that opens a special group. */
function isOption(source: string, index: number): boolean {
  return source[index] === "?" && source[index - 1] !== "(";
}

function isRepetition(rest: string): boolean {
  return /^([*+]|\{\d+,\d*\}|\{\d{2,}\})/.test(rest);
}

function endOfClass(source: string, start: number): number {
  for (let index = start + 1; index < source.length; index += 1) {
    if (source[index] === "\\") index += 1;
    else if (source[index] === "]" && index > start + 1) return index;
  }
  return source.length;
}
