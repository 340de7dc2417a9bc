import type { CodeIndex } from "../prompts/code-index.ts";
import type { WorkPart } from "../work.ts";

/** By the most critical module that a part holds, then by place. Pure. */
export function inReadingOrder(parts: readonly WorkPart[], index: CodeIndex): readonly WorkPart[] {
  const score = new Map(
    parts.map((part) => [
      part,
      Math.max(0, ...part.covers.map(({ path }) => index.moduleOf(path)?.criticality.score ?? 0)),
    ]),
  );
  return parts.toSorted((a, b) => (score.get(b) ?? 0) - (score.get(a) ?? 0) || byPlace(a, b));
}

/** By the first place of the code that they cover. Pure. */
export function byPlace(a: WorkPart, b: WorkPart): number {
  const [first, second] = [a.covers[0], b.covers[0]];
  if (first === undefined || second === undefined) return Number(first === undefined) - Number(second === undefined);
  if (first.path !== second.path) return first.path < second.path ? -1 : 1;
  return first.start - second.start;
}
