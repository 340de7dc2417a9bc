/** What a contract in Markdown consists of, line by line. Texts are without markup, but for the marks around code. */
export type ContractLine =
  | { readonly kind: "heading"; readonly line: number; readonly level: number; readonly text: string }
  | { readonly kind: "item" | "text"; readonly line: number; readonly text: string }
  | { readonly kind: "row"; readonly line: number; readonly cells: readonly string[]; readonly head: readonly string[] }
  | { readonly kind: "fence"; readonly line: number; readonly info: string; readonly lines: readonly string[] };

/** Stand around what was code in the text. */
export const CODE_START = "\uE000";
export const CODE_END = "\uE001";

const HTML =
  /<\/?(?:a|b|strong|i|em|u|kbd|span|p|div|sub|sup|font|details|summary|h[1-6]|td|th|tr|table|tbody|thead|ul|ol|li|small|mark|center)(?:\s[^<>]*)?\/?>/giu;
const DELIMITERS = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/u;

/** Splits a text into what it says; comments, what is struck out, and front matter are left out. */
export function contractLines(source: string): ContractLine[] {
  const lines = withoutComments(source).split(/\r?\n/u);
  const found: ContractLine[] = [];
  let head: readonly string[] | undefined;
  for (let at = 0; at < lines.length; at += 1) {
    const raw = (lines[at] ?? "").replace(/^(?:\s{0,3}>\s?)+/u, "");
    const fence = /^\s*(?:(?:[-*+]|\d+[.)])\s+)?(`{3,}|~{3,})\s*([\w+-]*)/u.exec(raw);
    if (fence !== null) {
      const end = endOfFence(lines, at, fence[1] ?? "```");
      found.push({
        kind: "fence",
        line: at + 1,
        info: (fence[2] ?? "").toLowerCase(),
        lines: lines.slice(at + 1, end),
      });
      at = end;
      head = undefined;
      continue;
    }
    const next = lines[at + 1] ?? "";
    if (
      head === undefined &&
      raw.includes("|") &&
      next.includes("-") &&
      DELIMITERS.test(next.replace(/^\s{0,3}>\s?/u, ""))
    ) {
      head = cells(raw);
      found.push({ kind: "row", line: at + 1, cells: head, head: [] });
      at += 1;
      continue;
    }
    if (head !== undefined && raw.includes("|")) {
      found.push({ kind: "row", line: at + 1, cells: cells(raw), head });
      continue;
    }
    head = undefined;
    const line = lineOf(raw, next, at + 1);
    if (line !== undefined) found.push(line);
  }
  return found;
}

function lineOf(raw: string, next: string, line: number): ContractLine | undefined {
  if (raw.trim() === "") return undefined;
  const heading = /^ {0,3}(#{1,6})\s*(.*?)(?:\s+#+)?\s*$/u.exec(raw);
  if (heading !== null) return { kind: "heading", line, level: heading[1]?.length ?? 1, text: plain(heading[2] ?? "") };
  const html = /^\s*<h([1-6])\b/iu.exec(raw)?.[1];
  if (html !== undefined) return { kind: "heading", line, level: Number(html), text: plain(raw) };
  const item = /^\s*(?:[-*+•]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(.*)$/u.exec(raw)?.[1];
  if (item !== undefined) return { kind: "item", line, text: plain(item) };
  const underline = /^ {0,3}(=+|-{2,})\s*$/u.exec(next)?.[1];
  if (underline !== undefined && !/^\s*[=-]+\s*$/u.test(raw))
    return { kind: "heading", line, level: underline.startsWith("=") ? 1 : 2, text: plain(raw) };
  const text = plain(raw);
  return text === "" ? undefined : { kind: "text", line, text };
}

/** Text without emphasis, links, images and tags; code keeps its marks and all that is in it. */
export function plain(source: string): string {
  return source
    .split(/(`+[^`]+`+|<code>.*?<\/code>)/giu)
    .map((part, index) => (index % 2 === 1 ? codeOf(part) : withoutMarkup(part)))
    .join("")
    .replace(/~~.*?~~/gu, "")
    .replace(/\*\*(?=\S)(.+?)(?<=\S)\*\*/gu, "$1")
    .replace(/(?<![\w/])__(?=\S)(.+?)(?<=\S)__(?!\w)/gu, "$1")
    .replace(/(?<![\w/*{\uE000])\*(?=[^\s*/])([^*]+?)\*(?![\w*])/gu, "$1")
    .trim();
}

function codeOf(part: string): string {
  const inner = part.replace(/^(?:`+|<code>)|(?:`+|<\/code>)$/giu, "").replace(HTML, "");
  return `${CODE_START}${inner.trim()}${CODE_END}`;
}

function withoutMarkup(part: string): string {
  return part
    .replace(/<br\s*\/?>/giu, "\n")
    .replace(HTML, "")
    .replace(/!\[([^\]]*)\]\([^()]*\)/gu, "$1")
    .replace(/(?<!\/)\[([^\]]*)\]\((?:[^()]|\([^()]*\))*\)/gu, "$1");
}

function cells(row: string): string[] {
  const inner = row
    .trim()
    .replace(/^\|/u, "")
    .replace(/(?<!\\)\|$/u, "");
  return inner.split(/(?<!\\)\|/u).map((cell) => plain(cell.replace(/\\\|/gu, "|").trim()));
}

/** Index of the line that closes it; the last line where none does. */
function endOfFence(lines: readonly string[], start: number, mark: string): number {
  for (let at = start + 1; at < lines.length; at += 1) {
    const close = /^[\s>]*(`{3,}|~{3,})\s*$/u.exec(lines[at] ?? "")?.[1];
    if (close !== undefined && close.startsWith(mark)) return at;
  }
  return lines.length - 1;
}

/** Comments and front matter become empty lines, so that the places of all others stay. */
function withoutComments(source: string): string {
  const blank = (part: string) => part.replace(/[^\n]/gu, "");
  return source
    .replace(/^\uFEFF/u, "")
    .replace(/^---\r?\n[\s\S]*?\n---[ \t]*(?=\r?\n|$)/u, blank)
    .replace(/<!--[\s\S]*?(?:-->|$)/gu, blank);
}
