/**
 * Fenced code in Markdown lines. A fence opens with three or more backticks or tildes and closes with at least as many
 * of the same alone on a line; what stands between is literal.
 */
export interface Fence {
  /** Characters before the opening marker: spaces, and the marks of list items it stands in. */
  readonly indent: number;
  readonly marker: string;
  /** The word after the marker: the language. */
  readonly info: string;
}

/** The fence a line opens, if it does. */
export function openedFence(line: string): Fence | undefined {
  const match = /^( *(?:(?:\d+[.)]|[-*+]) +)*)(`{3,}|~{3,})(.*)$/.exec(line);
  if (match === null) return undefined;
  const [, indent = "", marker = "", info = ""] = match;
  if (marker.startsWith("`") && info.includes("`")) return undefined;
  return { indent: indent.length, marker, info: info.trim() };
}

/** Does the line close `fence`? */
export function closesFence(line: string, fence: Fence): boolean {
  const bare = line.trim();
  return bare.length >= fence.marker.length && bare === (fence.marker[0] ?? "`").repeat(bare.length);
}

/** For every line, the fence it is inside of (its opening and closing lines included), or undefined. */
export function fencesOf(lines: readonly string[]): readonly (Fence | undefined)[] {
  let current: Fence | undefined;
  return lines.map((line) => {
    if (current === undefined) {
      current = openedFence(line);
      return current;
    }
    const inside = current;
    if (closesFence(line, current)) current = undefined;
    return inside;
  });
}

/** Index of the line that opens a fence which is never closed, if there is one. */
export function neverClosed(lines: readonly string[]): number | undefined {
  let current: Fence | undefined;
  let opened: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (current === undefined) {
      current = openedFence(line);
      opened = index;
    } else if (closesFence(line, current)) current = undefined;
  }
  return current === undefined ? undefined : opened;
}

/** True where every fence of the text is closed. */
export function fencesBalanced(text: string): boolean {
  return neverClosed(text.split("\n")) === undefined;
}

/** Lines as a fenced block whose marker is longer than any run of backticks that begins one of them. */
export function fenced(language: string, lines: readonly string[]): string {
  let longest = 2;
  for (const line of lines) longest = Math.max(longest, /^\s*(`+)/.exec(line)?.[1]?.length ?? 0);
  const marker = "`".repeat(longest + 1);
  return [`${marker}${language}`, ...lines, marker].join("\n");
}

export interface CodeBlock {
  readonly language: string;
  readonly lines: readonly string[];
  /** Index of the opening line, and of the line after the closing one. */
  readonly first: number;
  readonly end: number;
  readonly closed: boolean;
}

/** The fenced blocks of some lines, each with its content freed of the opening line's indent. */
export function codeBlocks(lines: readonly string[]): readonly CodeBlock[] {
  const blocks: CodeBlock[] = [];
  for (let at = 0; at < lines.length; at++) {
    const fence = openedFence(lines[at] ?? "");
    if (fence === undefined) continue;
    let stop = at + 1;
    while (stop < lines.length && !closesFence(lines[stop] ?? "", fence)) stop++;
    const closed = stop < lines.length;
    const content = lines.slice(at + 1, stop).map((line) => dedent(line, fence.indent));
    blocks.push({ language: fence.info, lines: content, first: at, end: closed ? stop + 1 : stop, closed });
    at = stop;
  }
  return blocks;
}

/** Removes up to `width` leading spaces. */
export function dedent(line: string, width: number): string {
  let spaces = 0;
  while (spaces < width && line[spaces] === " ") spaces++;
  return line.slice(spaces);
}
