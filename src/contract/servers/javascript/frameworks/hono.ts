import type { Machine } from "../../../javascript/machine.ts";
import {
  type Call,
  type Fields,
  type Foreign,
  list,
  type Native,
  optionsOf,
  plainText,
  type Slot,
  slot,
  text,
  unknown,
  type Value,
} from "../../../javascript/values.ts";
import { type ScriptFramework, type ScriptProject } from "../framework.ts";
import type { PathSyntax } from "../route-path.ts";
import { addMount, addRoute, emitRoutes, openNode, placeOf, type RouteNode } from "../route-tree.ts";
import { lastLine } from "./express.ts";

const SYNTAX: PathSyntax = { bracesAreOptional: false };
const VERBS = /^(?:get|post|put|patch|delete|options|head|all)$/;
/** Functions that an app is given to so that it serves. */
const SERVES = /serve|handle|listen|fetch|createServer|adapter|lambda|worker|vercel|convex/i;
const ENTRY = /(?:^|\/)(?:index|main|app|server|worker|_worker|api|route|\[\[?\.\.\.[^/]*)\.[cm]?[jt]sx?$/;

/** Hono, with the routers that describe their routes by schemas. */
export const hono: ScriptFramework = {
  name: "hono",
  speaks: (_path, content) => /["'](?:hono|@hono\/|npm:hono|jsr:@hono)/.test(content),
  starts: /\bnew\s+(?:OpenAPI)?Hono\b|createApp\(\)/,
  open: (project) => {
    const made: Made = { nodes: [], of: new Map(), served: new Set() };
    return {
      callForeign: (foreign, call, machine) => callOfHono(foreign, call, machine, made),
      finish: () => {
        markServed(project, made);
        return emitRoutes(made.nodes, project.isAsked);
      },
    };
  },
};

interface Made {
  readonly nodes: RouteNode[];
  readonly of: Map<Value, RouteNode>;
  readonly served: Set<RouteNode>;
}

function callOfHono(foreign: Foreign, call: Call, machine: Machine, made: Made): Value | undefined {
  const members = foreign.steps.flatMap((step) => (step.kind === "member" ? [step.name] : []));
  const last = members.at(-1) ?? foreign.package;
  if (/^(?:npm:|jsr:)?@?hono(?:[/@]|$)/.test(foreign.package)) {
    if (call.isNew && /^(?:Hono|OpenAPIHono|default|hono)$/.test(last.replace(/^.*\//, "")))
      return openApp(machine, made, call);
    if (last === "createApp") return openApp(machine, made, call);
    if (last === "createRoute") return call.args[0]?.value();
  }
  if (SERVES.test(last)) for (const argument of call.args) serve(argument.value(), made);
  return undefined;
}

/** An app that is handed over as it is, or as `{ fetch: app.fetch }`, serves. */
function serve(value: Value, made: Made): void {
  const node = made.of.get(value);
  if (node !== undefined) made.served.add(node);
  if (value.kind === "fields") value.fields.get("fetch")?.value();
}

/** Those that are handed to a server serve; else those that an entry exports; else all that nobody mounts. */
function markServed(project: ScriptProject, made: Made): void {
  const exported = new Set<RouteNode>();
  for (const path of project.files) {
    const module = project.scripts.module(path);
    const value = module?.exported("default");
    if (value === undefined) continue;
    if (value.kind === "fields") serve(value, made);
    const node = made.of.get(value);
    if (node !== undefined && ENTRY.test(path) && !node.isMounted) exported.add(node);
  }
  for (const node of made.nodes) if (made.served.has(node) || exported.has(node)) node.isRoot = true;
}

function openApp(machine: Machine, made: Made, { at }: Call): Native {
  const node = openNode("hono", SYNTAX, false, placeOf(at));
  made.nodes.push(node);
  return appNative(machine, node, text(""), made, new Map());
}

/** An app, or the same one below a base path: both register in the same table. */
function appNative(machine: Machine, node: RouteNode, base: Value, made: Made, own: Map<string, Slot>): Native {
  const state = { path: text("/") as Value };
  const self: Native = {
    kind: "native",
    type: "hono app",
    member: (name) => own.get(name)?.value() ?? member(name),
    set: (name, value) => void own.set(name, slot(value)),
  };
  made.of.set(self, node);
  const method = (name: string, give: (call: Call) => Value): Native => ({
    kind: "native",
    type: `hono ${name}`,
    member: () => undefined,
    call: give,
  });
  const below = (path: Value): Value => prefixed(base, path);
  const member = (name: string): Value | undefined => {
    if (VERBS.test(name)) return method(name, (call) => verb(machine, node, name, call, state, below, self));
    switch (name) {
      case "on":
        return method(name, (call) => on(machine, node, call, below, self));
      case "openapi":
        return method(name, (call) => described(machine, node, call, below, self));
      case "route":
        return method(name, (call) => {
          const child = made.of.get(call.args[1]?.value() ?? unknown("no app"));
          const path = below(call.args[0]?.value() ?? text(""));
          if (child !== undefined) addMount(node, machine, path, child, lastLine(call.at));
          else if (call.args.length > 1)
            node.entries.push({
              kind: "unresolved",
              place: placeOf(call.at),
              reason: "the app that is routed here is not known",
            });
          return self;
        });
      case "basePath":
        return method(name, (call) => appNative(machine, node, below(call.args[0]?.value() ?? text("")), made, own));
      case "mount":
        return method(name, (call) => mount(machine, node, call, below, self, made));
      case "doc":
      case "doc31":
        return method(name, (call) => {
          addRoute(node, machine, ["GET"], below(call.args[0]?.value() ?? text("")), lastLine(call.at));
          return self;
        });
      case "fetch":
      case "fire":
        made.served.add(node);
        return { kind: "native", type: "hono fetch", member: () => undefined, call: () => unknown("an answer") };
      case "use":
      case "onError":
      case "notFound":
      case "openAPIRegistry":
        return method(name, () => self);
      default:
        return undefined;
    }
  };
  return self;
}

function prefixed(base: Value, path: Value): Value {
  const each = (value: Value): readonly Value[] =>
    optionsOf(value).flatMap((one) => (one.kind === "list" ? one.items.flatMap(optionsOf) : [one]));
  const bases = each(base);
  const made = each(path);
  const joined = bases.flatMap((before) =>
    made.map((after): Value => {
      if (before.kind !== "text" || before.parts.length === 0) return after;
      if (after.kind !== "text") return text(...before.parts, "/", after);
      return text(...before.parts, "/", ...after.parts);
    }),
  );
  return list(joined);
}

/** `app.get(path, ...handlers)`; without a path it is the one before. */
function verb(
  machine: Machine,
  node: RouteNode,
  name: string,
  call: Call,
  state: { path: Value },
  below: (path: Value) => Value,
  self: Value,
): Value {
  const [first, ...handlers] = call.args;
  if (first === undefined) return self;
  const isHandler = /Function/.test(first.node?.type ?? "");
  const value = isHandler ? undefined : first.value();
  const isPath = value !== undefined && (value.kind === "text" || value.kind === "choice" || value.kind === "list");
  if (isPath) state.path = value;
  if (!isPath && value?.kind === "unknown" && handlers.length > 0) state.path = value;
  if (isPath && handlers.length === 0) return self;
  addRoute(node, machine, [name.toUpperCase()], below(state.path), lastLine(call.at));
  return self;
}

function on(machine: Machine, node: RouteNode, call: Call, below: (path: Value) => Value, self: Value): Value {
  const [methods, path] = call.args.map((argument, index) => (index < 2 ? argument.value() : undefined));
  const named =
    methods === undefined ? [] : optionsOf(methods).flatMap((one) => (one.kind === "list" ? one.items : [one]));
  const verbs = named.flatMap((one) => plainText(one)?.toUpperCase() ?? []);
  if (path !== undefined && verbs.length > 0) addRoute(node, machine, verbs, below(path), lastLine(call.at));
  else
    node.entries.push({ kind: "unresolved", place: placeOf(call.at), reason: "the methods of a route are not known" });
  return self;
}

/** `app.openapi(createRoute({ method, path }), handler)`: parameters stand in braces. */
function described(machine: Machine, node: RouteNode, call: Call, below: (path: Value) => Value, self: Value): Value {
  for (const route of optionsOf(call.args[0]?.value() ?? unknown("no route"))) {
    const verbName = route.kind === "fields" ? plainText(route.fields.get("method")?.value()) : undefined;
    const path = route.kind === "fields" ? pathOf(route) : undefined;
    if (verbName !== undefined && path !== undefined)
      addRoute(node, machine, [verbName.toUpperCase()], below(path), lastLine(call.at));
    else
      node.entries.push({
        kind: "unresolved",
        place: placeOf(call.at),
        reason: "the description of a route is not known",
      });
  }
  return self;
}

function pathOf(route: Fields): Value | undefined {
  const value = route.fields.get("path")?.value();
  if (value?.kind !== "text") return value;
  return text(...value.parts.map((part) => (typeof part === "string" ? part.replaceAll(/\{(\w+)\}/g, ":$1") : part)));
}

function mount(
  machine: Machine,
  node: RouteNode,
  call: Call,
  below: (path: Value) => Value,
  self: Value,
  made: Made,
): Value {
  const value = call.args[1]?.value();
  const child = value === undefined ? undefined : made.of.get(value);
  if (child !== undefined) addMount(node, machine, below(call.args[0]?.value() ?? text("")), child, placeOf(call.at));
  else
    node.entries.push({ kind: "unresolved", place: placeOf(call.at), reason: "another application is mounted here" });
  return self;
}
