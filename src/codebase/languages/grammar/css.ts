import type { Rules } from "./walk.ts";

const IMPORT = /@(?:import|use|forward)\s+(?:\([^)]*\)\s*)?(?:url\(\s*)?(["'])([^"'\n]+)\1[^;\n]*;?/g;

/** Style sheets: rules and blocks as sections; imports, SCSS's and Less's included. */
export const CSS: Rules = {
  grammar: "css",
  lineComment: "",
  isCostly: looksFarAhead,
  visit(node, at) {
    const body = node.namedChildren.find(({ type }) => /block(?:_list)?$|^block$/.test(type));
    if (body === undefined) return;
    const called = at.text
      .slice(node.startIndex, Math.min(body.startIndex, node.startIndex + 200))
      .replace(/\s+/g, " ")
      .trim();
    const index = at.declare(node, { kind: "section", name: null, called, exported: true, body });
    if (node.type === "media_statement" || node.type === "supports_statement" || node.type === "at_rule")
      at.inside(body, index, "section", true);
  },
  finish(root, text, into) {
    for (const found of text.matchAll(IMPORT)) {
      if (root.descendantForIndex(found.index)?.type === "comment") continue;
      into.import({ specifier: found[2] ?? "", start: found.index, end: found.index + found[0].length });
    }
  },
};

const MOST_LOOKED_AT = 20_000_000;

/** At every colon the grammar's scanner looks for the next semicolon or brace; without those that is the whole rest, each time. */
function looksFarAhead(text: string): boolean {
  let looked = 0;
  let colons = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : 59;
    if (code === 58) colons += 1;
    if (code !== 59 && code !== 123 && code !== 125) continue;
    looked += colons * (at - start);
    if (looked > MOST_LOOKED_AT) return true;
    start = at;
    colons = 0;
  }
  return false;
}
