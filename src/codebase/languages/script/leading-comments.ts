interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the comments begin that belong to what stands at a place: those right above it, without an empty line between, each on
 * lines of its own. The place itself where there are none. `comments` are in order. Pure.
 */
export function withLeadingComments(text: string, comments: readonly Span[], at: number): number {
  let start = at;
  for (let index = lastBefore(comments, at); index >= 0; index -= 1) {
    const comment = comments[index];
    if (comment === undefined || !joins(text, comment.end, start) || !standsAlone(text, comment.start)) break;
    start = comment.start;
  }
  return start;
}

/** Whether a place lies inside one of the comments. */
export function isInside(comments: readonly Span[], at: number): boolean {
  const last = comments[lastBefore(comments, at + 1, "start")];
  return last !== undefined && last.start <= at && at < last.end;
}

function lastBefore(comments: readonly Span[], at: number, edge: "start" | "end" = "end"): number {
  let low = -1;
  let high = comments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((comments[middle]?.[edge] ?? 0) < at + (edge === "end" ? 1 : 0)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function joins(text: string, from: number, to: number): boolean {
  let breaks = 0;
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10) breaks += 1;
    else if (code !== 32 && code !== 9 && code !== 13) return false;
  }
  return breaks <= 1;
}

function standsAlone(text: string, start: number): boolean {
  for (let at = start - 1; at >= 0; at -= 1) {
    const code = text.charCodeAt(at);
    if (code === 10) return true;
    if (code !== 32 && code !== 9 && code !== 0xfeff) return false;
  }
  return true;
}
