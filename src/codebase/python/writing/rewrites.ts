import type { Occurrence } from "../reading/occurrences.ts";
import type { PythonModule, Statement } from "../reading/statements.ts";

/** A line of the old file with some names spelled as attributes of the module that keeps them. */
export interface LineRewrite {
  readonly statement: Statement;
  /** 1-based line of the old file. */
  readonly line: number;
  readonly text: string;
  /** Set where replacing `find` by `by` everywhere on the line does it. */
  readonly find: string | undefined;
  readonly by: string;
  readonly count: number;
}

/** The changed lines; `spelled` gives the module's name for a keeper. */
export function rewrittenLines(
  module: PythonModule,
  uses: readonly { readonly statement: Statement; readonly found: Occurrence; readonly keeper: number }[],
  spelled: (keeper: number) => string,
): LineRewrite[] {
  const starts = lineStarts(module.text);
  const byLine = new Map<number, { statement: Statement; found: Occurrence; keeper: number }[]>();
  const seen = new Set<number>();
  for (const use of uses) {
    if (seen.has(use.found.start)) continue;
    seen.add(use.found.start);
    byLine.set(use.found.line, [...(byLine.get(use.found.line) ?? []), use]);
  }
  return [...byLine]
    .sort(([a], [b]) => a - b)
    .flatMap(([line, found]) => {
      const [head] = found;
      if (head === undefined) return [];
      const start = starts[line - 1] ?? 0;
      let text = module.text.slice(start, (starts[line] ?? module.text.length + 1) - 1).replace(/\r$/, "");
      const { name } = head.found;
      const one = found.every((use) => use.found.name === name) && text.split(name).length - 1 === found.length;
      for (const use of [...found].sort((a, b) => b.found.start - a.found.start)) {
        const at = use.found.start - start;
        text = `${text.slice(0, at)}${spelled(use.keeper)}.${use.found.name}${text.slice(at + use.found.name.length)}`;
      }
      return [
        {
          statement: head.statement,
          line,
          text,
          find: one ? name : undefined,
          by: `${spelled(head.keeper)}.${name}`,
          count: found.length,
        },
      ];
    });
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
