import type { Place, Route } from "../../../contract.ts";
import { textOf } from "../values/texts.ts";
import type { Value } from "../values/values.ts";

/** An application, a router or a blueprint: what it serves itself, and what it includes. */
export interface RouteTree {
  readonly framework: string;
  readonly isApp: boolean;
  /** How its routes hang on what stands before them: as they are, or with one slash between. */
  readonly joins: "plain" | "slash";
  prefix: Value | undefined;
  readonly entries: Entry[];
  readonly place: Place;
  /** It is served as a part of another one. */
  isIncluded: boolean;
  /** It is included with a prefix that is known, or with none. */
  hasKnownPrefix: boolean;
}

export type Entry = ServedRoute | IncludedTree;

export interface ServedRoute extends Place {
  readonly is: "route";
  readonly methods: readonly string[];
  readonly path: Value | undefined;
  readonly conditional: boolean;
}

export interface IncludedTree extends Place {
  readonly is: "tree";
  readonly tree: RouteTree;
  /** Stands before the tree's own prefix, or in its place. */
  readonly prefix: Value | undefined;
  readonly replacesPrefix: boolean;
  readonly conditional: boolean;
}

export interface Told {
  /** `madeIn`: the file that makes the router which the route was added to. */
  readonly route: (route: Route, madeIn: string) => void;
  readonly unresolved: (place: Place, reason: string) => void;
}

const DEEPEST = 24;

/** The routes of trees, by what they belong to. */
export class RouteTrees {
  readonly #trees = new WeakMap<object, RouteTree>();
  readonly #all: RouteTree[] = [];

  of(value: Value | undefined): RouteTree | undefined {
    return typeof value === "object" && value !== null ? this.#trees.get(value) : undefined;
  }

  open(owner: object, tree: Omit<RouteTree, "entries" | "isIncluded" | "hasKnownPrefix">): RouteTree {
    const opened: RouteTree = { ...tree, entries: [], isIncluded: false, hasKnownPrefix: false };
    this.#trees.set(owner, opened);
    this.#all.push(opened);
    return opened;
  }

  /** Another name of a tree. */
  share(owner: object, tree: RouteTree): void {
    this.#trees.set(owner, tree);
  }

  include(into: RouteTree, entry: Omit<IncludedTree, "is">): void {
    if (entry.tree === into) return;
    entry.tree.isIncluded = true;
    entry.tree.hasKnownPrefix ||= textOf(entry.prefix).missing === undefined;
    into.entries.push({ ...entry, is: "tree" });
  }

  /** Applications that are served by themselves. */
  roots(): readonly RouteTree[] {
    return this.#all.filter(({ isApp, isIncluded }) => isApp && !isIncluded);
  }
}

/** Tells every route that is reached from a tree. */
export function tellRoutes(tree: RouteTree, told: Told): void {
  const prefix = known(tree.prefix, tree.place, told);
  walk(tree, prefix, false, [], told);
}

function walk(tree: RouteTree, base: string, conditional: boolean, trail: readonly RouteTree[], told: Told): void {
  if (trail.includes(tree) || trail.length > DEEPEST) return;
  const inside = [...trail, tree];
  for (const entry of tree.entries) {
    const isConditional = conditional || entry.conditional;
    if (entry.is === "route") {
      tellRoute(tree, entry, base, isConditional, told);
      continue;
    }
    const own = known(entry.prefix, entry, told);
    // The same routes under a prefix that somebody sets: they are told where they stand for sure.
    if (entry.tree.hasKnownPrefix && textOf(entry.prefix).missing !== undefined) continue;
    const inner =
      entry.replacesPrefix && entry.prefix !== undefined ? "" : known(entry.tree.prefix, entry.tree.place, told);
    const joins = entry.tree.joins === "slash" || tree.joins === "slash" ? "slash" : "plain";
    walk(entry.tree, join(joins, join(joins, base, own), inner), isConditional, inside, told);
  }
}

function tellRoute(tree: RouteTree, entry: ServedRoute, base: string, conditional: boolean, told: Told): void {
  const path = textOf(entry.path);
  if (path.missing !== undefined && !(path.missesStart && path.text.length > 1)) {
    told.unresolved(entry, `a route's path is not known: ${path.missing}`);
    return;
  }
  if (path.missing !== undefined) told.unresolved(entry, `the start of a route's path is not known: ${path.missing}`);
  const whole = join(tree.joins, base, path.text);
  for (const method of entry.methods)
    told.route(
      {
        method,
        path: parameterised(whole.startsWith("/") ? whole : `/${whole}`),
        file: entry.file,
        line: entry.line,
        framework: tree.framework,
        ...(conditional ? { conditional } : {}),
      },
      tree.place.file,
    );
}

function known(prefix: Value | undefined, place: Place, told: Told): string {
  const text = textOf(prefix);
  if (text.missing !== undefined)
    told.unresolved(place, `a prefix is not known: ${text.missing}; the routes behind it are told without it`);
  return text.text;
}

function join(how: RouteTree["joins"], base: string, path: string): string {
  if (path === "") return base;
  if (base === "") return path;
  return how === "plain" ? base + path : `${base.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
}

/** A path with its parameters as {name}: converters and their arguments are left out. */
export function parameterised(path: string): string {
  return path
    .replaceAll(/<(?:[A-Za-z_]\w*(?:\((?:[^()]|\([^()]*\))*\))?:)?\s*([A-Za-z_]\w*)\s*>/g, "{$1}")
    .replaceAll(/\{\s*([A-Za-z_]\w*)\s*:[^{}]*\}/g, "{$1}")
    .replaceAll(/\/{2,}/g, "/");
}
