/** A run of lines that differs: `before` stands at `beforeLine` of the old text, `after` at `afterLine` of the new (1-based). */
export interface Hunk {
  readonly beforeLine: number;
  readonly before: readonly string[];
  readonly afterLine: number;
  readonly after: readonly string[];
}

/** Above this many cells the middle of two texts is told as one hunk. */
const MAX_CELLS = 6_000_000;

/** The differing runs of two texts, line by line, with trailing white space ignored. */
export function diffLines(before: string, after: string): Hunk[] {
  const a = linesOf(before);
  const b = linesOf(after);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const left = a.slice(start, a.length - end);
  const right = b.slice(start, b.length - end);
  if (left.length === 0 && right.length === 0) return [];
  if (left.length === 0 || right.length === 0 || left.length * right.length > MAX_CELLS) {
    return [{ beforeLine: start + 1, before: left, afterLine: start + 1, after: right }];
  }
  return hunksOf(left, right, start);
}

/** Lines that the new text has and the old has not, with their numbers in the new text. */
export function addedLines(before: string | undefined, after: string): { line: number; text: string }[] {
  return diffLines(before ?? "", after).flatMap((hunk) =>
    hunk.after.map((text, index) => ({ line: hunk.afterLine + index, text })),
  );
}

function linesOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trimEnd());
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function hunksOf(left: readonly string[], right: readonly string[], offset: number): Hunk[] {
  const width = right.length + 1;
  const common = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const at = i * width + j;
      common[at] =
        left[i] === right[j]
          ? (common[at + width + 1] ?? 0) + 1
          : Math.max(common[at + width] ?? 0, common[at + 1] ?? 0);
    }
  }
  const hunks: Hunk[] = [];
  let open: { beforeLine: number; before: string[]; afterLine: number; after: string[] } | undefined;
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      if (open !== undefined) hunks.push(open);
      open = undefined;
      i++;
      j++;
      continue;
    }
    open ??= { beforeLine: offset + i + 1, before: [], afterLine: offset + j + 1, after: [] };
    const down =
      i < left.length && (j >= right.length || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0));
    if (down) open.before.push(left[i++] ?? "");
    else open.after.push(right[j++] ?? "");
  }
  if (open !== undefined) hunks.push(open);
  return hunks;
}
