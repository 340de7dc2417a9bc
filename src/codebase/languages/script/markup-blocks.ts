import type { Dialect } from "./parse-script.ts";

const OPENING = /<script\b((?:[^>"']|"[^"]*"|'[^']*')*)>/gi;

/**
 * The scripts of a Vue, Svelte or Astro file, with blanks in place of everything else, so that places stay what they are.
 * Undefined for other files. Pure.
 */
export function scriptBlocks(
  path: string,
  text: string,
): { readonly script: string; readonly dialect: Dialect } | undefined {
  const extension = /\.(vue|svelte|astro)$/i.exec(path)?.[1]?.toLowerCase();
  if (extension === undefined) return undefined;
  const kept: (readonly [number, number])[] = [];
  let typed = extension === "astro";
  const front = extension === "astro" ? /^\s*---\r?\n/.exec(text) : null;
  if (front !== null) {
    const end = text.indexOf("\n---", front[0].length - 1);
    if (end >= 0) kept.push([front[0].length, end + 1]);
  }
  for (const opening of text.matchAll(OPENING)) {
    const from = opening.index + opening[0].length;
    const to = text.indexOf("</script", from);
    if (to < 0) break;
    if (from < (kept.at(-1)?.[1] ?? 0)) continue;
    kept.push([from, to]);
    typed ||= /\blang\s*=\s*["']?tsx?\b/.test(opening[1] ?? "");
  }
  let script = "";
  let at = 0;
  for (const [from, to] of kept) {
    script += blanks(text.slice(at, from)) + text.slice(from, to);
    at = to;
  }
  return { script: script + blanks(text.slice(at)), dialect: typed ? "ts" : "jsx" };
}

/** As many UTF-16 units and the same lines. */
function blanks(text: string): string {
  return text.replace(/[^\n\r]+/g, (run) => " ".repeat(run.length));
}
