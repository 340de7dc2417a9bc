import type { SourceReader } from "./languages.ts";
import { findings } from "./text/found-facts.ts";
import { sourceText } from "./text/source-text.ts";

interface Heading {
  readonly level: number;
  readonly title: string;
  readonly at: number;
  readonly end: number;
}

/** Markdown: every heading opens a section that ends where the next one of its level or above begins. */
export const MARKDOWN: SourceReader = {
  read(_path, text) {
    const into = findings(sourceText(text), "");
    const found = headings(text);
    const open: { readonly level: number; readonly index: number }[] = [];
    for (const [order, { level, title, at, end }] of found.entries()) {
      while ((open.at(-1)?.level ?? 0) >= level) open.pop();
      let after = order + 1;
      while ((found[after]?.level ?? 0) > level) after += 1;
      const index = into.declare({
        name: title,
        kind: "section",
        start: at,
        end: found[after]?.at ?? text.length,
        nameAt: at,
        head: [at, end],
        exported: true,
        parent: open.at(-1)?.index ?? -1,
      });
      if (index >= 0) open.push({ level, index });
    }
    return into.facts();
  },
};

function headings(text: string): Heading[] {
  const found: Heading[] = [];
  let fence = "";
  let previous = { at: 0, line: "" };
  for (let at = 0; at < text.length;) {
    const stop = text.indexOf("\n", at);
    const end = stop < 0 ? text.length : stop;
    // A heading of more than a thousand characters is none.
    const line = text.slice(at, Math.min(end, at + 1000)).trimEnd();
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined && (fence === "" || (mark.startsWith(fence) && /^ {0,3}[`~]+$/.test(line))))
      fence = fence === "" ? mark : "";
    else if (fence === "") {
      const atx = /^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?$/.exec(line);
      const underline = /^ {0,3}(=+|-{2,})$/.exec(line)?.[1];
      if (atx !== null && atx[2] !== "") found.push({ level: atx[1]?.length ?? 1, title: atx[2] ?? "", at, end });
      else if (underline !== undefined && /^ {0,3}[^\s>#|*+-]/.test(previous.line))
        found.push({
          level: underline.startsWith("=") ? 1 : 2,
          title: previous.line.trim(),
          at: previous.at,
          end: at - 1,
        });
    }
    previous = { at, line: fence === "" ? line : "" };
    at = end + 1;
  }
  return found;
}
