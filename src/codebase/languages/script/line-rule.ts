import type { Findings } from "../text/found-facts.ts";

const DECLARED =
  /^(export\s+(?:default\s+)?)?(?:declare\s+)?(?:abstract\s+)?(?:(async\s+function|function)\s*\*?\s*|(class)\s+|(interface)\s+|(type)\s+|(?:const\s+)?(enum)\s+|(?:const|let|var)\s+)([\w$]+)/;
const IMPORTED =
  /^(?:import\s*|(?:import|export)\b[^"'`;=]{0,2000}?\bfrom\s*)["']([^"'\n]+)["'];?|\brequire\(\s*["']([^"'\n]+)["']\s*\)/gm;

/** What can be told of a script by its lines alone: declarations that begin at a line's first column, each up to the next one; imports. */
export function declareByLines(text: string, into: Findings): void {
  const heads: { readonly at: number; readonly line: string; readonly found: RegExpExecArray }[] = [];
  for (let at = 0; at < text.length;) {
    const stop = text.indexOf("\n", at);
    const end = stop < 0 ? text.length : stop;
    const line = text.slice(at, Math.min(end, at + 400));
    const found = DECLARED.exec(line);
    if (found !== null) heads.push({ at, line, found });
    at = end + 1;
  }
  for (const [index, { at, line, found }] of heads.entries()) {
    const [, exported, asFunction, asClass, asInterface, asType, asEnum, name = ""] = found;
    into.declare({
      name,
      kind: asFunction
        ? "function"
        : asClass
          ? "class"
          : asInterface
            ? "interface"
            : asType
              ? "type"
              : asEnum
                ? "enum"
                : "constant",
      start: at,
      end: heads[index + 1]?.at ?? text.length,
      nameAt: at + found[0].length - name.length,
      head: [at, at + (line.indexOf("{") < 0 ? line.length : line.indexOf("{"))],
      exported: exported !== undefined,
      parent: -1,
    });
  }
  for (const found of text.matchAll(IMPORTED))
    into.import({ specifier: found[1] ?? found[2] ?? "", start: found.index, end: found.index + found[0].length });
}
