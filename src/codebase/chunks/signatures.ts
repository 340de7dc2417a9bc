import type { FileFacts } from "../facts/facts.ts";
import type { FileSymbol } from "../languages/languages.ts";
import { oneLine } from "./block.ts";

/** How much of a file's declarations is shown: what it is and the names others see; the signatures at its top; with members. */
export type Detail = "names" | "top" | "members";

const MOST_NAMES = 16;
const MOST_SIGNATURES = 200;

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
  const shown = detail === "top" ? seen : facts.symbols.filter((symbol) => depthOf(facts.symbols, symbol) < 3);
  const lines = shown
    .slice(0, MOST_SIGNATURES)
    .map((symbol) => `${"  ".repeat(depthOf(facts.symbols, symbol))}- ${sendableSignature(facts, symbol)}\n`);
  const more = shown.length > MOST_SIGNATURES ? `- … ${shown.length - MOST_SIGNATURES} more\n` : "";
  return `## ${path} (signatures; ${size})\n${lines.join("")}${more}`;
}

/** 0 at the top; what stands inside a function is deeper than anything shown. */
function depthOf(symbols: readonly FileSymbol[], symbol: FileSymbol): number {
  let depth = 0;
  for (let parent = symbols[symbol.parent]; parent !== undefined; parent = symbols[parent.parent]) {
    depth += parent.kind === "function" || parent.kind === "method" ? 3 : 1;
  }
  return depth;
}
