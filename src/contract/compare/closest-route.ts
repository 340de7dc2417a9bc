import { closest } from "../../foundation/closest.ts";
import type { Method, Place } from "../contract.ts";
import { shapeOf, type Shape } from "./path-shape.ts";

export interface KnownRoute extends Place {
  readonly method: Method;
  readonly path: string;
}

/** A path that shares less than half of its segments with another is no hint, but noise. */
const FURTHEST = 0.5;

/** The same words are met with each other over and over. */
const MOST_KEPT = 50_000;
const wordChanges = new Map<string, number>();
const shapes = new WeakMap<KnownRoute, Shape>();

/**
 * The route that somebody most likely meant: fewest segments to change, the same method first, then by name. Undefined where
 * none is near. Pure.
 */
export function closestRoute<T extends KnownRoute>(
  asked: { readonly method: Method; readonly path: string },
  routes: readonly T[],
): T | undefined {
  const wanted = shapeOf(asked.path);
  let best: { readonly route: T; readonly distance: number } | undefined;
  for (const route of routes) {
    const shape = shapes.get(route) ?? shapeOf(route.path);
    shapes.set(route, shape);
    const longer = Math.max(wanted.segments.length, shape.segments.length, 1);
    if (Math.abs(wanted.segments.length - shape.segments.length) > longer * FURTHEST) continue;
    const most = Math.min(longer * FURTHEST, best?.distance ?? Number.POSITIVE_INFINITY);
    const changes = segmentChanges(wanted, shape, most);
    if (changes > most) continue;
    const distance = changes + (route.method === asked.method ? 0 : 0.3);
    const isNearer = best === undefined || distance < best.distance;
    if (isNearer || (distance === best?.distance && nameOf(route) < nameOf(best.route))) best = { route, distance };
  }
  return best?.route;
}

function nameOf({ method, path }: KnownRoute): string {
  return `${path} ${method}`;
}

/** Segments to insert, drop or change; a word that is a slip of the keyboard away counts a quarter. */
function segmentChanges(a: Shape, b: Shape, most: number): number {
  let before = Array.from({ length: b.segments.length + 1 }, (_, column) => column);
  for (const [row, left] of a.segments.entries()) {
    const current = [row + 1];
    for (const [column, right] of b.segments.entries()) {
      current.push(
        Math.min(
          (before[column + 1] ?? 0) + 1,
          (current[column] ?? 0) + 1,
          (before[column] ?? 0) + changeOf(left, right),
        ),
      );
    }
    before = current;
    if (Math.min(...before) > most) return Number.POSITIVE_INFINITY;
  }
  return before.at(-1) ?? 0;
}

function changeOf(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "{}" || b === "{}") return 0.75;
  const key = `${a}/${b}`;
  let change = wordChanges.get(key);
  if (change === undefined) {
    change = closest(a, [b]).length > 0 ? 0.25 : 1;
    if (wordChanges.size > MOST_KEPT) wordChanges.clear();
    wordChanges.set(key, change);
  }
  return change;
}
