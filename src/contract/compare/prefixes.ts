import type { Shape } from "./path-shape.ts";

/** How paths of one side become those of the other: a prefix taken off, one put on, or neither. */
export interface Shift {
  readonly drop: readonly string[];
  readonly add: readonly string[];
}

export const NO_SHIFT: Shift = { drop: [], add: [] };

/** No proxy is known that adds more. */
const LONGEST_PREFIX = 4;

/** The segments of a path as the other side has them; undefined where the prefix to take off is not there. Pure. */
export function shifted(segments: readonly string[], { drop, add }: Shift): readonly string[] | undefined {
  if (drop.some((word, index) => segments[index] !== word)) return undefined;
  return [...add, ...segments.slice(drop.length)];
}

/**
 * Every prefix that might stand before the paths of one side alone: words at the beginning of `own` that the other side does
 * not know at its beginning (to be taken off), and the other way round (to be put on). Pure, in a fixed order.
 */
export function possibleShifts(own: readonly Shape[], others: readonly Shape[]): readonly Shift[] {
  const ownPrefixes = prefixesOf(own);
  const otherPrefixes = prefixesOf(others);
  return [
    ...[...ownPrefixes].filter((text) => !otherPrefixes.has(text)).map((text) => ({ drop: text.split("/"), add: [] })),
    ...[...otherPrefixes].filter((text) => !ownPrefixes.has(text)).map((text) => ({ drop: [], add: text.split("/") })),
  ];
}

/** Words before the first dynamic part, shorter prefixes first, then by name. A whole path is no prefix. */
function prefixesOf(shapes: readonly Shape[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { segments } of shapes) {
    const words = segments.findIndex((segment) => segment.includes("{}"));
    const most = Math.min(words === -1 ? segments.length : words, LONGEST_PREFIX);
    for (let length = 1; length <= most; length++) found.add(segments.slice(0, length).join("/"));
  }
  const depth = (text: string): number => text.split("/").length;
  return new Set([...found].toSorted((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1)));
}
