import { given } from "../../../javascript/builtins/globals.ts";
import type { Machine } from "../../../javascript/machine.ts";
import {
  type At,
  type Call,
  type Fields,
  type Foreign,
  type Func,
  type Native,
  optionsOf,
  plainText,
  type Slot,
  slot,
  text,
  truthOf,
  UNDEFINED,
  unknown,
  type Value,
} from "../../../javascript/values.ts";
import { memberNames, type ScriptFramework } from "../framework.ts";
import type { PathSyntax } from "../route-path.ts";
import { addMount, addRoute, emitRoutes, openNode, placeOf, registeredAt, type RouteNode } from "../route-tree.ts";
import { autoload } from "./fastify/autoload.ts";
import type { Made, Registering } from "./fastify/registering.ts";

const SYNTAX: PathSyntax = { bracesAreOptional: false };
const VERBS = /^(?:get|post|put|patch|delete|options|head|all)$/;
/** Plug-ins that serve nothing of the project's own. */
const NO_ROUTES =
  /^(?:@fastify\/(?!routes).*|fastify-(?:cors|helmet|jwt|cookie|formbody|multipart|static|swagger.*|sensible|rate-limit|metrics|type-provider.*|raw-body|graceful-shutdown|zod.*)|@scalar\/.*|fastify-plugin)$/;

/** Fastify: plug-ins are carried out where they are registered, each with a scope of its own. */
export const fastify: ScriptFramework = {
  name: "fastify",
  speaks: (_path, content) => /\bfastify/i.test(content),
  starts: /\b[Ff]astify\s*(?:<[^()]*>)?\(|createServer\s*\(/,
  open: (project) => {
    const made: Made = { nodes: [], project };
    return {
      callForeign: (foreign, call, machine) => callOfFastify(foreign, call, machine, made),
      finish: () => {
        if (made.nodes.length === 0) runEntryPlugins(made);
        return emitRoutes(made.nodes, project.isAsked);
      },
    };
  },
};

function callOfFastify(foreign: Foreign, call: Call, machine: Machine, made: Made): Value | undefined {
  const names = memberNames(foreign);
  if (names === undefined) return undefined;
  if (foreign.package === "fastify" && (names.length === 0 || names.at(-1) === "fastify")) {
    const node = openNode("fastify", SYNTAX, true, placeOf(call.at));
    made.nodes.push(node);
    return instance(machine, node, made, new Map());
  }
  if (foreign.package === "fastify-plugin") {
    const plugin = call.args[0]?.value();
    return plugin?.kind === "function" ? withoutScope(plugin) : plugin;
  }
  return undefined;
}

/** A plug-in that adds to the scope that it is registered in, without one of its own. */
function withoutScope(plugin: Func): Func {
  return {
    ...plugin,
    fields: new Map([...plugin.fields, ["@@skip-override", slot({ kind: "constant", value: true })]]),
  };
}

/** The instance that a plug-in gets: the app itself, or a scope below it. */
function instance(machine: Machine, node: RouteNode, made: Made, above: ReadonlyMap<string, Slot>): Native {
  const own = new Map(above);
  const self: Native = {
    kind: "native",
    type: "fastify instance",
    member: (name) => {
      const before = own.get(name)?.value();
      if (before !== undefined) return before;
      if (name === "prefix") return unknown("the prefix of a plug-in's scope", "prefix");
      const work = VERBS.test(name) ? shorthand : Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
      if (work === undefined && !/^(?:withTypeProvider|set\w+|add\w+|use|decorate\w+)$/.test(name)) return undefined;
      return {
        kind: "native",
        type: `fastify ${name}`,
        member: () => undefined,
        call: (call) => {
          work?.({ machine, node, made, self, own }, call, name);
          return self;
        },
      };
    },
    set: (name, value) => void own.set(name, slot(value)),
  };
  return self;
}

type Work = (where: Registering, call: Call, name: string) => void;

const METHODS: Readonly<Record<string, Work>> = {
  route: ({ machine, node }, call) => routeObject(machine, node, call),
  register,
  after: runNow,
  ready: runNow,
  decorate: ({ own }, call) => {
    const field = plainText(call.args[0]?.value());
    const value = call.args[1];
    if (field !== undefined && value !== undefined) own.set(field, { value: () => value.value() });
  },
};

/** `get(path, options?, handler)`. */
function shorthand({ machine, node }: Registering, call: Call, name: string): void {
  if (call.args.length < 2) return;
  const path = call.args[0]?.value() ?? UNDEFINED;
  addRoute(node, machine, [name.toUpperCase()], path, registeredAt(machine, call));
}

function runNow({ machine }: Registering, call: Call): void {
  const work = call.args[0]?.value();
  if (work?.kind === "function") machine.call(work, { args: [], isNew: false, at: call.at });
}

/** `route({ method, url, handler })`. */
function routeObject(machine: Machine, node: RouteNode, call: Call): void {
  const place = registeredAt(machine, call);
  for (const route of optionsOf(call.args[0]?.value() ?? UNDEFINED)) {
    const verbs = route.kind === "fields" ? methodsOf(route) : [];
    const path = route.kind === "fields" ? (route.fields.get("url") ?? route.fields.get("path"))?.value() : undefined;
    if (path === undefined || verbs.length === 0)
      node.entries.push({ kind: "unresolved", place, reason: "the description of a route is not known" });
    else addRoute(node, machine, verbs, path, place);
  }
}

function methodsOf(route: Fields): readonly string[] {
  const value = route.fields.get("method")?.value();
  const named = value === undefined ? [] : optionsOf(value).flatMap((one) => (one.kind === "list" ? one.items : [one]));
  return named.flatMap((one) => plainText(one)?.toUpperCase() ?? []);
}

/** `register(plugin, { prefix })`. */
function register(where: Registering, call: Call): void {
  const options = call.args[1]?.value() ?? UNDEFINED;
  for (const given of optionsOf(call.args[0]?.value() ?? UNDEFINED)) {
    const plugin =
      given.kind === "fields" && given.fields.has("default") ? (given.fields.get("default")?.value() ?? given) : given;
    if (plugin.kind === "function") runPlugin(where, plugin, options, call.at);
    else if (plugin.kind === "foreign" && /autoload/i.test(plugin.package))
      autoload(where, options, call.at, runPlugin);
    else tellPlugin(where.node, plugin, options, call.at);
  }
}

function runPlugin(where: Registering, plugin: Func, options: Value, at: At): void {
  const { machine, node, made, self, own } = where;
  const skips = plugin.fields.get("@@skip-override")?.value();
  const done: Native = { kind: "native", type: "done", member: () => undefined, call: () => UNDEFINED };
  if (skips !== undefined && truthOf(skips) === true) {
    machine.call(plugin, { args: given(self, options, done), isNew: false, at });
    return;
  }
  const child = openNode("fastify", SYNTAX, false, placeOf(at));
  made.nodes.push(child);
  addMount(node, machine, prefixOf(options), child, placeOf(at));
  machine.call(plugin, { args: given(instance(machine, child, made, own), options, done), isNew: false, at });
}

function prefixOf(options: Value): Value {
  for (const option of optionsOf(options)) {
    const prefix = option.kind === "fields" ? option.fields.get("prefix")?.value() : undefined;
    if (prefix !== undefined) return prefix;
  }
  return text("");
}

function tellPlugin(node: RouteNode, plugin: Value, options: Value, at: At): void {
  const hasPrefix = optionsOf(options).some((option) => option.kind === "fields" && option.fields.has("prefix"));
  if (plugin.kind === "foreign" && plugin.package !== "") {
    if (NO_ROUTES.test(plugin.package) && !hasPrefix) return;
    if (!hasPrefix && plugin.steps.length === 0) return;
    if (/^@fastify\/(?:static|swagger)/.test(plugin.package)) return;
    node.entries.push({
      kind: "unresolved",
      place: placeOf(at),
      reason: `${plugin.package} adds routes of its own here`,
    });
  } else if (plugin.kind !== "constant")
    node.entries.push({
      kind: "unresolved",
      place: placeOf(at),
      reason: "the plug-in that is registered here is not known",
    });
}

/** Without an app of its own a project is started by its entry plug-in (`fastify start app.js`). */
function runEntryPlugins(made: Made): void {
  const { scripts, files } = made.project;
  const { machine } = scripts;
  const plugins = files.flatMap((path) => {
    const module = scripts.module(path);
    const value = module?.exported("default") ?? module?.namespace();
    if (module === undefined || value?.kind !== "function" || machine.state.entered.has(value.node)) return [];
    const isPlugin = /\bregister\s*\(|\.route\s*\(/.test(module.text) && /fastify/i.test(module.text);
    return isPlugin ? [{ path, value, module }] : [];
  });
  const named = plugins.filter(({ path }) => /(?:^|\/)(?:app|server|main|index)\.[cm]?[jt]s$/.test(path));
  const first = named.toSorted((one, other) => one.path.split("/").length - other.path.split("/").length)[0];
  if (first === undefined) return;
  const at = { node: first.value.node, scope: first.module.scope };
  const node = openNode("fastify", SYNTAX, true, placeOf(at));
  made.nodes.push(node);
  const done: Native = { kind: "native", type: "done", member: () => undefined, call: () => UNDEFINED };
  const self = instance(machine, node, made, new Map());
  machine.call(first.value, {
    args: given(self, { kind: "fields", fields: new Map(), open: true }, done),
    isNew: false,
    at,
  });
}
