import type { FileFacts } from "../facts/facts.ts";
import { countTokens } from "../tokens/count-tokens.ts";

/**
 * How a piece of a file stands in a chunk: a heading with path and lines, the context of what is not its beginning, and the
 * bytes between fences that they cannot close.
 *
 * Every block begins with "#" and ends with a line end: o200k never joins anything across such a border, so the tokens of a
 * chunk are exactly the sum of its blocks'. The language after the fence keeps a "/" that follows from being joined as well.
 */
export interface BlockParts {
  readonly facts: FileFacts;
  readonly path: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly isWhole: boolean;
  /** Lines between heading and fence, with their line ends. */
  readonly context: string;
  readonly content: string;
}

/** The text of one block. Pure. */
export function blockText(parts: BlockParts): string {
  const fence = fenceFor(parts.content);
  const end = parts.content === "" || parts.content.endsWith("\n") ? "" : "\n";
  return `${blockHeading(parts)}${parts.context}${fence}${parts.facts.language}\n${parts.content}${end}${fence}\n`;
}

/**
 * Tokens of a block whose contents are `contentTokens`: heading and fences are counted, the contents taken as said where nothing can be
 * joined at their borders, else counted anew.
 */
export function blockTokens(parts: BlockParts, contentTokens: number): number {
  const { content } = parts;
  if (!/^[ \t]*[^\s\uFEFF]/.test(content) || !content.endsWith("\n") || fenceFor(content) !== FENCE) {
    return countTokens(blockText(parts));
  }
  return (
    countTokens(`${blockHeading(parts)}${parts.context}${FENCE}${parts.facts.language}\n`) +
    contentTokens +
    CLOSING_TOKENS
  );
}

/** Heading of a block: what `blockText` begins with. */
export function blockHeading(parts: Omit<BlockParts, "content" | "context">): string {
  if (parts.isWhole) return `## ${parts.path}\n`;
  return `## ${parts.path}, lines ${parts.firstLine}-${parts.lastLine} of ${Math.max(1, parts.facts.lines)}\n`;
}

/** `path` on one line, without what could end a heading; its end alone when it is above `maxTokens`. Pure. */
export function shownPath(path: string, maxTokens: number): string {
  const line = oneLine(path);
  if (line.length <= maxTokens || countTokens(line) <= maxTokens) return line;
  let kept = Math.min(line.length, maxTokens * 4);
  while (kept > 1 && countTokens(`…${line.slice(-kept)}`) > maxTokens) kept = Math.floor(kept * 0.8);
  return `…${line.slice(-kept).replace(/^[\uDC00-\uDFFF]/, "")}`;
}

/** White space and control characters as single blanks. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}

const FENCE = "```";
/** Of the closing fence with its line end, by o200k. Not counted here: that loads the vocabulary, which a kept answer needs not. */
const CLOSING_TOKENS = 2;

/** The shortest of backticks or tildes that no line of `content` can close. */
function fenceFor(content: string): string {
  if (!content.includes(FENCE)) return FENCE;
  const ticks = longestAtLineStart(content, /^[ \t]*(`{3,})/gm) + 1;
  const tildes = longestAtLineStart(content, /^[ \t]*(~{3,})/gm) + 1;
  return ticks <= 8 || ticks <= tildes ? "`".repeat(ticks) : "~".repeat(tildes);
}

function longestAtLineStart(content: string, run: RegExp): number {
  let longest = 2;
  for (const match of content.matchAll(run)) longest = Math.max(longest, match[1]?.length ?? 0);
  return longest;
}
