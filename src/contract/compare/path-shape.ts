/**
 * Paths as both sides can be compared by: `/users/{id}/` and `/users/{userId}` have one shape, `/users/{}`.
 *
 * A call may hold a word where the contract holds a parameter (`/service/radarr/{id}`) and the other way round; a contract and
 * a server may not: there a path is the same only where its shape is.
 */
import type { Method } from "../contract.ts";

/** `{name}`, `{name:converter}`, `{*}`. */
const PARAMETER = /\{[^{}]*\}/g;

/** Names that the last parameter has in routes that take the rest of a path, slashes included. */
const REST_NAMES = /^\*|\*$|(?:path|url|slug|rest|splat|wildcard|catchall|proxy|any|all|params)$/i;

export interface Shape {
  /** `/users/{}`, without a slash at the end. */
  readonly text: string;
  /** `["users", "{}"]`. */
  readonly segments: readonly string[];
  /** Names of the parameters, in their order; "" for one without a name. */
  readonly names: readonly string[];
  /** Takes the rest of a path, slashes included. */
  readonly takesRest: boolean;
}

/** What a path is compared by. Pure. */
export function shapeOf(path: string): Shape {
  const clean = cleanPath(path);
  const names = (clean.match(PARAMETER) ?? []).map(parameterName);
  const text = clean.replaceAll(PARAMETER, "{}");
  const segments = text.split("/").filter((segment) => segment !== "");
  const takesRest = segments.at(-1) === "{}" && REST_NAMES.test(names.at(-1) ?? "");
  return { text, segments, names: names.map((name) => (name.startsWith("*") ? "*" : name)), takesRest };
}

/** `/users/`, `users`, `//users?page=1` are all `/users`; `/` stays. Pure. */
export function cleanPath(path: string): string {
  const bare = path.replace(/(?<!\{[^}]*)[?#].*$/s, "");
  const joined = `/${bare}`.replaceAll(/\/{2,}/g, "/");
  return joined.length > 1 ? joined.replace(/\/$/, "") : joined;
}

/** Whether a request by `asked` is answered by what is registered for `served`. Pure. */
export function methodServes(served: Method, asked: Method): boolean {
  if (served === asked || served === "ALL" || asked === "ALL") return true;
  // Servers answer HEAD where they answer GET; no client and no contract has to say so.
  return asked === "HEAD" && served === "GET";
}

/**
 * How exactly a call's path is one of `route`: the count of words that are the same in both, undefined where it cannot be.
 * A dynamic part of the call may stand for a word, a parameter of the route for any segment. Pure.
 */
export function callFits(call: Shape, route: Shape): number | undefined {
  const { segments } = call;
  const rest = route.takesRest && segments.length >= route.segments.length;
  if (segments.length !== route.segments.length && !rest) return undefined;
  let same = 0;
  for (const [index, wanted] of route.segments.entries()) {
    const met = segments[index] ?? "";
    if (met === wanted) same += met === "{}" ? 0.5 : 1;
    else if (!segmentFits(met, wanted)) return undefined;
  }
  return same;
}

/** Whether one of them, with its dynamic parts filled in, can be the other. */
function segmentFits(a: string, b: string): boolean {
  if (a === "{}" || b === "{}") return true;
  return (a.includes("{}") && patternOf(a).test(b)) || (b.includes("{}") && patternOf(b).test(a));
}

const patterns = new Map<string, RegExp>();

function patternOf(segment: string): RegExp {
  let pattern = patterns.get(segment);
  if (pattern === undefined) {
    const words = segment.split("{}").map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
    pattern = new RegExp(`^${words.join(".+")}$`);
    patterns.set(segment, pattern);
  }
  return pattern;
}

function parameterName(parameter: string): string {
  return parameter
    .slice(1, -1)
    .replace(/:.*$/s, "")
    .replace(/^\.{3}/, "")
    .trim();
}
