import { parseSync } from "oxc-parser";
import type { Node } from "../../codebase/javascript/reading/syntax.ts";
import { nestsTooDeep } from "../../codebase/languages/script/nesting.ts";

const SCRIPT = /\.(?:[cm]?[jt]sx?|vue|svelte|astro)$/;

/** Whether a file holds JavaScript or TypeScript that can be read; declarations of types alone hold none. Pure. */
export function isScript(path: string): boolean {
  return SCRIPT.test(path) && !/\.d\.[cm]?ts$/.test(path);
}

/** The statements of a script; none where it cannot be parsed. Offsets are those of `text`. */
export function parseStatements(path: string, text: string): readonly Node[] {
  const isMarkup = /\.(?:vue|svelte|astro)$/.test(path);
  const source = isMarkup ? scriptBlocks(text) : text;
  if (nestsTooDeep(source)) return [];
  const isTyped = /\.[cm]?ts$/.test(path) || isMarkup;
  const languages = isTyped ? (["ts", "tsx"] as const) : (["tsx", "jsx", "ts"] as const);
  let best: readonly Node[] = [];
  for (const lang of languages) {
    const parsed = parseSync(path, source, { lang, sourceType: "unambiguous", preserveParens: false });
    const body = parsed.program.body as unknown as readonly Node[];
    if (parsed.errors.length === 0) return body;
    if (body.length > best.length) best = body;
  }
  if (best.length > 0) return best;
  // A `return` at the top of a script.
  return parseSync(path, source, { lang: "jsx", sourceType: "commonjs", preserveParens: false }).program.body;
}

/** The text of a component with all blanked that is no script, so that places stay. */
function scriptBlocks(text: string): string {
  const blank = (part: string): string => part.replaceAll(/[^\n\r]/g, " ");
  const pattern = /<script\b[^>]*>([\s\S]*?)<\/script>|^---\r?\n([\s\S]*?)^---/gm;
  let made = "";
  let from = 0;
  for (const found of text.matchAll(pattern)) {
    const inner = found[1] ?? found[2] ?? "";
    const start = found.index + found[0].indexOf(inner);
    made += blank(text.slice(from, start)) + inner;
    from = start + inner.length;
  }
  return made + blank(text.slice(from));
}

/** Offsets at which lines begin, for `lineAt`. Pure. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** The line, from 1, that an offset is in. Pure. */
export function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}
