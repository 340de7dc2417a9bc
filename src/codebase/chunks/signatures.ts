import type { FileFacts } from "../facts/facts.ts";
import type { FileSymbol } from "../languages/languages.ts";
import { oneLine } from "./block.ts";

/**
 * How much of a file's declarations is shown: the names that others see; the first few signatures at its top; all of them;
 * with members.
 */
export type Detail = "names" | "brief" | "top" | "members";

const MOST_NAMES = 16;
const MOST_SIGNATURES = 200;
/** Of a brief block: one signature for so many tokens of the file, at least three. */
const TOKENS_A_BRIEF_LINE = 150;
const BRIEF_LINE = 100;

/**
 * A symbol's signature on one line. What holds a secret is told by kind and name alone: the value may stand in the signature.
 */
export function sendableSignature(facts: FileFacts, symbol: FileSymbol): string {
  const isSecret = facts.secrets.some(({ start, end }) => start < symbol.end && symbol.start < end);
  return oneLine(isSecret ? `${symbol.kind} ${symbol.name}` : symbol.signature);
}

/** A file without its bodies: begins with "#", ends with a line end, as blocks of whole files do. Pure. */
export function signatureBlock(facts: FileFacts, path: string, detail: Detail): string {
  const size = `${facts.language}, ${facts.tokens} tokens`;
  const top = facts.symbols.filter(({ parent }) => parent < 0);
  const seen = top.some(({ exported }) => exported) ? top.filter(({ exported }) => exported) : top;
  if (detail === "names" || facts.symbols.length === 0) {
    const names = seen.slice(0, MOST_NAMES).map(({ name }) => oneLine(name).slice(0, 80));
    const more = seen.length > MOST_NAMES ? ", …" : "";
    return `## ${path} (${size})\n${names.length === 0 ? "" : `${names.join(", ")}${more}\n`}`;
  }
  const shown = detail === "members" ? facts.symbols.filter((symbol) => depthOf(facts.symbols, symbol) < 3) : seen;
  const most = detail === "brief" ? briefLines(facts) : MOST_SIGNATURES;
  const lines = shown.slice(0, most).map((symbol) => {
    const signature = sendableSignature(facts, symbol);
    const shownSignature = detail === "brief" ? cutTo(signature, BRIEF_LINE) : signature;
    return `${"  ".repeat(depthOf(facts.symbols, symbol))}- ${shownSignature}\n`;
  });
  const more = shown.length > most ? `- … ${shown.length - most} more\n` : "";
  return `## ${path} (signatures; ${size})\n${lines.join("")}${more}`;
}

/**
 * The outermost lines of a file that has no symbols (keys of a configuration, rules of a style sheet, steps of a script), for
 * `content` as it may be sent. Same form as `signatureBlock`. Pure.
 */
export function outlineBlock(facts: FileFacts, path: string, content: string): string {
  const lines = content
    .slice(0, OUTLINED)
    .split("\n")
    .filter((line) => /[\p{L}\p{N}]/u.test(line))
    .map((line) => ({ indent: line.length - line.trimStart().length, line }));
  const indents = lines.map(({ indent }) => indent).sort((a, b) => a - b);
  // One line alone at the edge is a frame around all others.
  const depth = indents[Math.min(1, indents.length - 1)] ?? 0;
  const shown = lines.filter(({ indent }) => indent <= depth);
  const most = briefLines(facts);
  const text = shown.slice(0, most).map(({ line }) => `- ${cutTo(oneLine(line), BRIEF_LINE)}\n`);
  const more = shown.length > most ? "- …\n" : "";
  return `## ${path} (outline; ${facts.language}, ${facts.tokens} tokens)\n${text.join("")}${more}`;
}

/** Characters of a file that its outline is made from. */
const OUTLINED = 65_536;

function briefLines(facts: FileFacts): number {
  return Math.min(MOST_SIGNATURES, Math.max(3, Math.floor(facts.tokens / TOKENS_A_BRIEF_LINE)));
}

function cutTo(text: string, most: number): string {
  return text.length <= most
    ? text
    : `${text
        .slice(0, most - 1)
        .trimEnd()
        .toWellFormed()}…`;
}

/** 0 at the top; what stands inside a function is deeper than anything shown. */
function depthOf(symbols: readonly FileSymbol[], symbol: FileSymbol): number {
  let depth = 0;
  for (let parent = symbols[symbol.parent]; parent !== undefined; parent = symbols[parent.parent]) {
    depth += parent.kind === "function" || parent.kind === "method" ? 3 : 1;
  }
  return depth;
}
