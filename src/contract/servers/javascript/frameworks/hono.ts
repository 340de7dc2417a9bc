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
import { addMount, addRoute, emitRoutes, openNode, placeOf, registeredAt, type RouteNode } from "../route-tree.ts";

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
  const app: App = { machine, node, base, made, own, last: { path: text("/") } };
  const self: Native = {
    kind: "native",
    type: "hono app",
    member: (name) => {
      const before = own.get(name)?.value();
      if (before !== undefined) return before;
      if (name === "fetch" || name === "fire") {
        made.served.add(node);
        return method(name, () => unknown("an answer"));
      }
      const work = VERBS.test(name) ? verb : Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
      return work === undefined ? undefined : method(name, (call) => work(app, call, name) ?? self);
    },
    set: (name, value) => void own.set(name, slot(value)),
  };
  made.of.set(self, node);
  return self;
}

interface App {
  readonly machine: Machine;
  readonly node: RouteNode;
  readonly base: Value;
  readonly made: Made;
  readonly own: Map<string, Slot>;
  /** The path that a method without one means. */
  readonly last: { path: Value };
}

function method(name: string, give: (call: Call) => Value): Native {
  return { kind: "native", type: `hono ${name}`, member: () => undefined, call: give };
}

/** What is done by a method of an app; it gives the app itself where nothing is answered. */
type Work = (app: App, call: Call, name: string) => Value | undefined;

const nothing: Work = () => undefined;

const METHODS: Readonly<Record<string, Work>> = {
  on,
  openapi: described,
  route: routed,
  mount: routed,
  basePath: (app, call) => appNative(app.machine, app.node, below(app, pathIn(call)), app.made, app.own),
  doc: document,
  doc31: document,
  use: nothing,
  onError: nothing,
  notFound: nothing,
};

function below(app: App, path: Value): Value {
  return prefixed(app.base, path);
}

function pathIn(call: Call): Value {
  return call.args[0]?.value() ?? text("");
}

function document(app: App, call: Call): undefined {
  addRoute(app.node, app.machine, ["GET"], below(app, pathIn(call)), registeredAt(app.machine, call));
}

/** `app.route("/x", other)` and `app.mount("/x", other.fetch)`. */
function routed(app: App, call: Call): undefined {
  const { node, made, machine } = app;
  const given = call.args[1]?.value();
  if (given === undefined) return;
  for (const one of optionsOf(given)) {
    const child = made.of.get(one);
    if (child !== undefined) addMount(node, machine, below(app, pathIn(call)), child, registeredAt(machine, call));
    else
      node.entries.push({
        kind: "unresolved",
        place: placeOf(call.at),
        reason: "the application that is mounted here is not known",
      });
  }
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
function verb(app: App, call: Call, name: string): undefined {
  const [first, ...handlers] = call.args;
  if (first === undefined) return;
  const isHandler = /Function/.test(first.node?.type ?? "");
  const value = isHandler ? undefined : first.value();
  const isPath = value !== undefined && (value.kind === "text" || value.kind === "choice" || value.kind === "list");
  if (isPath || (value?.kind === "unknown" && handlers.length > 0)) app.last.path = value;
  if (isPath && handlers.length === 0) return;
  const path = below(app, app.last.path);
  addRoute(app.node, app.machine, [name.toUpperCase()], path, registeredAt(app.machine, call));
}

function on(app: App, call: Call): undefined {
  const [methods, path] = call.args.map((argument, index) => (index < 2 ? argument.value() : undefined));
  const named =
    methods === undefined ? [] : optionsOf(methods).flatMap((one) => (one.kind === "list" ? one.items : [one]));
  const verbs = named.flatMap((one) => plainText(one)?.toUpperCase() ?? []);
  if (path !== undefined && verbs.length > 0)
    addRoute(app.node, app.machine, verbs, below(app, path), registeredAt(app.machine, call));
  else
    app.node.entries.push({
      kind: "unresolved",
      place: placeOf(call.at),
      reason: "the methods of a route are not known",
    });
}

/** `app.openapi(createRoute({ method, path }), handler)`: parameters stand in braces. */
function described(app: App, call: Call): undefined {
  for (const route of optionsOf(call.args[0]?.value() ?? unknown("no route"))) {
    const verbName = route.kind === "fields" ? plainText(route.fields.get("method")?.value()) : undefined;
    const path = route.kind === "fields" ? pathOf(route) : undefined;
    if (verbName !== undefined && path !== undefined)
      addRoute(app.node, app.machine, [verbName.toUpperCase()], below(app, path), registeredAt(app.machine, call));
    else
      app.node.entries.push({
        kind: "unresolved",
        place: placeOf(call.at),
        reason: "the description of a route is not known",
      });
  }
}

function pathOf(route: Fields): Value | undefined {
  const value = route.fields.get("path")?.value();
  if (value?.kind !== "text") return value;
  return text(...value.parts.map((part) => (typeof part === "string" ? part.replaceAll(/\{(\w+)\}/g, ":$1") : part)));
}
