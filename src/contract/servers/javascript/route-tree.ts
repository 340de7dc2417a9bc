import { childrenOf, FUNCTION_TYPES, type Node } from "../../../codebase/javascript/reading/syntax.ts";
import type { Method, Place, Route, Unresolved } from "../../contract.ts";
import { paramsOf } from "../../javascript/invoke.ts";
import type { Machine } from "../../javascript/machine.ts";
import { partsOf } from "../../javascript/operators.ts";
import { type At, type Call, optionsOf, type Scope, type Value } from "../../javascript/values.ts";
import type { ServerReading } from "../server-reader.ts";
import { isCatchAll, joinPaths, type PathSyntax, routePaths } from "./route-path.ts";

/** A router, an app or a scope of plugins: what was registered on it, and where it is mounted. */
export interface RouteNode {
  readonly framework: string;
  readonly syntax: PathSyntax;
  readonly entries: Entry[];
  /** It serves by itself: an app. */
  isRoot: boolean;
  /** Where it is made. */
  readonly place: Place;
  /** Some other one mounts it. */
  isMounted: boolean;
}

export type Entry =
  | {
      readonly kind: "route";
      readonly methods: readonly Method[];
      readonly path: Value;
      readonly place: Place;
      readonly conditional: boolean;
    }
  | {
      readonly kind: "mount";
      readonly prefix: Value;
      readonly child: RouteNode;
      readonly place: Place;
      readonly conditional: boolean;
    }
  | { readonly kind: "unresolved"; readonly place: Place; readonly reason: string };

export function openNode(framework: string, syntax: PathSyntax, isRoot: boolean, place: Place): RouteNode {
  return { framework, syntax, entries: [], isRoot, place, isMounted: false };
}

export function placeOf(at: At): Place {
  return { file: at.scope.module.path, line: at.scope.module.lineAt(at.node.start) };
}

/**
 * Where a route is written: the name of the method in the call that registers it; where its path is what a function of the
 * project was given, the call of that function.
 */
export function registeredAt(machine: Machine, call: Call): Place {
  const { running, sites } = machine.state;
  const property = call.at.node["callee"]?.["property"] as Node | undefined;
  let at: At = property === undefined ? call.at : { ...call.at, node: property };
  let read: readonly (Node | undefined)[] = [call.args[0]?.node];
  let scope = call.at.scope;
  for (let index = running.length - 1; index >= 0; index--) {
    const site = sites[index];
    const by = running[index];
    if (
      site === undefined ||
      by === undefined ||
      !read.some((node) => node !== undefined && readsParameter(node, scope, by))
    )
      break;
    at = site;
    scope = site.scope;
    read = (site.node["arguments"] ?? []) as readonly Node[];
  }
  return placeOf(at);
}

function readsParameter(node: Node, scope: Scope, of: Node): boolean {
  if (FUNCTION_TYPES.has(node.type)) return false;
  if (node.type !== "Identifier") return childrenOf(node).some((child) => readsParameter(child, scope, of));
  for (let around: Scope | undefined = scope; around !== undefined; around = around.parent) {
    if (!around.names.has(node["name"] as string)) continue;
    const declared = around.names.get(node["name"] as string)?.node;
    return around.of === of && declared !== undefined && paramsOf(of).includes(declared);
  }
  return false;
}

/** Notes a route of `node` at the place of the call. */
export function addRoute(
  node: RouteNode,
  machine: Machine,
  methods: readonly Method[],
  path: Value,
  place: Place,
): void {
  node.entries.push({ kind: "route", methods, path, place, conditional: machine.state.conditional > 0 });
}

export function addMount(node: RouteNode, machine: Machine, prefix: Value, child: RouteNode, place: Place): void {
  child.isMounted = true;
  node.entries.push({ kind: "mount", prefix, child, place, conditional: machine.state.conditional > 0 });
}

/** What a value means as a path: its texts, and why others are none. */
export interface PathReading {
  readonly texts: readonly string[];
  readonly reasons: readonly string[];
}

/**
 * The paths that a value gives. A list is several paths. What a setting of the environment would put at the beginning is left
 * away and told; any other unknown part makes the path unresolved.
 */
export function readPaths(value: Value, syntax: PathSyntax): PathReading {
  const texts: string[] = [];
  const reasons: string[] = [];
  for (const option of optionsOf(value)) {
    if (option.kind === "list") {
      for (const item of option.items) {
        const inner = readPaths(item, syntax);
        texts.push(...inner.texts);
        reasons.push(...inner.reasons);
      }
      if (option.open) reasons.push("a list of paths has more elements than are known");
    } else if (option.kind === "pattern") reasons.push("the path is a regular expression");
    else if (option.kind === "constant" && option.value === undefined) texts.push("");
    else readOne(option, syntax, texts, reasons);
  }
  return { texts, reasons };
}

function readOne(value: Value, syntax: PathSyntax, texts: string[], reasons: string[]): void {
  let pattern = "";
  for (const [index, part] of partsOf(value).entries()) {
    if (typeof part === "string") pattern += part;
    else {
      const why = whyUnknown(part);
      reasons.push(why.reason);
      if (!why.isSetting || index > 0) return;
    }
  }
  texts.push(...routePaths(pattern, syntax));
}

function whyUnknown(value: Value): { readonly reason: string; readonly isSetting: boolean } {
  if (value.kind === "foreign")
    return {
      reason: `a part of the path comes from ${value.package === "" ? "a global" : value.package}`,
      isSetting: true,
    };
  if (value.kind !== "unknown") return { reason: "a part of the path is no text", isSetting: false };
  const name = value.name === "" ? "a part of the path" : value.name;
  switch (value.why.kind) {
    case "environment":
      return { reason: `the environment variable ${value.why.name} is a part of the path`, isSetting: true };
    case "parameter":
      return { reason: `${name} is a function's parameter and a part of the path`, isSetting: false };
    case "global":
      return { reason: `${value.why.name} is a part of the path`, isSetting: false };
    default:
      return {
        reason: `${name} is not known: ${"reason" in value.why ? value.why.reason : ""}`,
        isSetting: false,
      };
  }
}

/** The routes of all nodes that serve by themselves, with all that they mount; each route once. */
export function emitRoutes(nodes: readonly RouteNode[], isAsked: (path: string) => boolean): ServerReading {
  const routes = new Map<string, Route>();
  const unresolved = new Map<string, Unresolved>();
  const out: Emission = {
    route: (route) => {
      const key = `${route.method} ${route.path}`;
      if (!routes.has(key)) routes.set(key, route);
    },
    unresolved: (place, reason) => void unresolved.set(`${place.file}:${place.line} ${reason}`, { ...place, reason }),
  };
  const roots = nodes.filter(({ isRoot, isMounted }) => isRoot && !isMounted);
  // A library of routers has no app: then those that nobody mounts are what it serves.
  const serving = roots.length > 0 ? roots : nodes.filter(({ isMounted }) => !isMounted);
  // What is imported from elsewhere may be an application of its own; then it is none that was asked for.
  const asked = serving.filter(({ place }) => isAsked(place.file));
  for (const node of asked.length > 0 ? asked : serving) emitNode(node, [""], false, out, []);
  return { routes: [...routes.values()], unresolved: [...unresolved.values()] };
}

interface Emission {
  route(route: Route): void;
  unresolved(place: Place, reason: string): void;
}

function emitNode(
  node: RouteNode,
  prefixes: readonly string[],
  conditional: boolean,
  out: Emission,
  above: readonly RouteNode[],
): void {
  if (above.includes(node) || above.length > 40) return;
  for (const entry of node.entries) {
    if (entry.kind === "unresolved") {
      out.unresolved(entry.place, entry.reason);
      continue;
    }
    const read = readPaths(entry.kind === "route" ? entry.path : entry.prefix, node.syntax);
    for (const reason of read.reasons) out.unresolved(entry.place, reason);
    const paths = prefixes.flatMap((prefix) => read.texts.map((text) => [prefix, text] as const));
    if (entry.kind === "mount") {
      const below = paths.map(([prefix, text]) => (text === "" ? prefix : joinPaths(prefix, text)));
      emitNode(entry.child, below, conditional || entry.conditional, out, [...above, node]);
      continue;
    }
    for (const [prefix, text] of paths) {
      const path = joinPaths(prefix, text);
      if (isCatchAll(path)) continue;
      for (const method of entry.methods) {
        const isConditional = conditional || entry.conditional;
        out.route({
          method,
          path,
          framework: node.framework,
          ...entry.place,
          ...(isConditional ? { conditional: true } : {}),
        });
      }
    }
  }
}
