/**
 * The `count` candidates most like `met`, best first, for "did you mean" in messages.
 *
 * Pure. Compares letters and digits only, so that case, dashes and dots do not matter; leaves out what is too far away
 * to be a slip of the keyboard (more than a third of the longer word, unless one contains the other).
 */
export function closest(met: string, candidates: Iterable<string>, count = 3): readonly string[] {
  const wanted = bare(met);
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: likeness(wanted, bare(candidate)) }))
    .filter(({ distance }) => distance <= 1 / 3)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** " Did you mean a, b or c?" with a leading space, or "" where nothing is near. */
export function didYouMean(met: string, candidates: Iterable<string>): string {
  const near = closest(met, candidates);
  if (near.length === 0) return "";
  const last = near.at(-1) ?? "";
  const list = near.length === 1 ? last : `${near.slice(0, -1).join(", ")} or ${last}`;
  return ` Did you mean ${list}?`;
}

function bare(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** 0 for equal words, 1 for words that share nothing; a word inside another counts as near. */
function likeness(a: string, b: string): number {
  if (a === "" || b === "") return 1;
  const longer = Math.max(a.length, b.length);
  const edits = editDistance(a, b) / longer;
  const contained = Math.min(a.length, b.length) >= 3 && (a.includes(b) || b.includes(a));
  return contained ? Math.min(edits, 0.2 + 0.1 * edits) : edits;
}

/** Letters to insert, drop, change or swap with the neighbour to turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) least = Math.min(least, at(before, column - 2) + 1);
      current.push(least);
    }
    before = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
