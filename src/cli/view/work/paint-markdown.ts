import type { Paint } from "../colour.ts";

/** Markdown as it is, its headings and warnings told apart where a screen has colours. Pure. */
export function paintMarkdown(text: string, p: Paint): string {
  let isCode = false;
  return text
    .split("\n")
    .map((line) => {
      if (/^\s*(```|~~~)/.test(line)) isCode = !isCode;
      else if (isCode) return line;
      else if (/^#{1,6} /.test(line)) return p.bold(line);
      else if (line.startsWith(">")) return p.yellow(line);
      return line;
    })
    .join("\n");
}
