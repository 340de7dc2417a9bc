import { walk } from "../../../../codebase/javascript/reading/syntax.ts";
import type { Machine } from "../../../javascript/machine.ts";
import { lookUp } from "../../../javascript/scopes.ts";
import {
  type At,
  type Call,
  type Foreign,
  type Native,
  type Slot,
  slot,
  text,
  UNDEFINED,
  optionsOf,
  unknown,
  UNKNOWN_MEMBER,
  type Value,
} from "../../../javascript/values.ts";
import { type OpenFramework, memberNames, type ScriptFramework } from "../framework.ts";
import type { PathSyntax } from "../route-path.ts";
import { addMount, addRoute, emitRoutes, openNode, placeOf, registeredAt, type RouteNode } from "../route-tree.ts";

/** Path patterns of Express: 5 has braces for optional parts, and 4 has none that mean anything. */
const SYNTAX: PathSyntax = { bracesAreOptional: true };

export const HTTP_METHODS: ReadonlyMap<string, string> = new Map([
  ...["get", "post", "put", "patch", "delete", "head", "options", "search", "purge", "report", "propfind", "link"].map(
    (name) => [name, name.toUpperCase()] as const,
  ),
  ["all", "ALL"],
  ["del", "DELETE"],
]);

/** Packages whose routers are Express's own with something added. */
const ROUTER_PACKAGES =
  /^(?:express|express-promise-router|@?express-promise-router\/.*|router|express-serve-static-core|ultimate-express|hyper-express|@awaitjs\/express|ultimate-express-router)$/;
/** Functions that give back the app or router that they get, with something added. */
const WRAPPERS = /^(?:addAsync|express-ws|expressWs|express-async-router|@small-tech\/express-ws|default)$/;
/** What is mounted from a package, and serves no endpoint of the project's own. */
const NO_ROUTES =
  /^(?:express|cors|helmet|compression|body-parser|cookie-parser|morgan|serve-static|serve-favicon|express-session|cookie-session|passport|swagger-ui-express|swagger-ui|redoc-express|@?scalar.*|multer|connect-.*|csurf|hpp|pino-http|express-rate-limit|rate-limiter-flexible|vhost|method-override|response-time|http-proxy-middleware|express-http-proxy|)$/;

/** Express and routers that are made like its own. */
export const express: ScriptFramework = {
  name: "express",
  speaks: (_path, content) => /\bexpress\b|\bRouter\s*\(/.test(content),
  starts: /\bexpress\s*\(|require\s*\(\s*["']express["']\s*\)\s*\(|\bnew\s+express\b/,
  open: (project) => {
    const nodes: RouteNode[] = [];
    const owners = new Map<Value, RouteNode>();
    const make: Make = (machine, isRoot, at) => {
      const node = openNode("express", SYNTAX, isRoot, placeOf(at));
      nodes.push(node);
      const router = routerNative(machine, node, owners);
      owners.set(router, node);
      return router;
    };
    return {
      callForeign: (foreign, call, machine) => callOfExpress(foreign, call, machine, make, owners),
      finish: () => emitRoutes(nodes, project.isAsked),
    } satisfies OpenFramework;
  },
};

type Make = (machine: Machine, isRoot: boolean, at: At) => Native;

function callOfExpress(
  foreign: Foreign,
  call: Call,
  machine: Machine,
  make: Make,
  owners: ReadonlyMap<Value, RouteNode>,
): Value | undefined {
  const names = memberNames(foreign);
  if (names === undefined) return undefined;
  const last = names.at(-1) ?? foreign.package;
  if (ROUTER_PACKAGES.test(foreign.package)) {
    if (names.length === 0) return make(machine, /^(?:express|[a-z]+-express)$/.test(foreign.package), call.at);
    if (last === "Router" || last === "AsyncRouter") return make(machine, false, call.at);
    return undefined;
  }
  if (!WRAPPERS.test(last) && !WRAPPERS.test(foreign.package)) return undefined;
  const wrapped = call.args[0]?.value();
  if (wrapped === undefined || !owners.has(wrapped)) return undefined;
  return last === "addAsync" ? wrapped : { kind: "fields", open: true, fields: new Map([["app", slot(wrapped)]]) };
}

/** An app or a router as a value: what is called on it is noted in `node`. */
function routerNative(machine: Machine, node: RouteNode, owners: ReadonlyMap<Value, RouteNode>): Native {
  const own = new Map<string, Slot>();
  const self: Native = {
    kind: "native",
    type: "express router",
    member: (name) => own.get(name)?.value() ?? member(name),
    set: (name, value) => void own.set(name, slot(value)),
    call: () => UNDEFINED,
  };
  const method = (name: string, give: (call: Call) => Value): Native => ({
    kind: "native",
    type: `express ${name}`,
    member: (inner) => (inner === "bind" ? method(name, () => method(name, give)) : undefined),
    call: give,
  });
  const member = (name: string): Value | undefined => {
    const verb = HTTP_METHODS.get(name.replace(/Async$/, ""));
    if (verb !== undefined) return method(name, (call) => registered(machine, node, verb, call, self));
    if (name === "use" || name === "useAsync")
      return method(name, (call) => mounted(machine, node, call, self, owners));
    if (name === "route") return method(name, (call) => routeNative(machine, node, call.args[0]?.value() ?? text("/")));
    if (name === UNKNOWN_MEMBER)
      return method(name, (call) => {
        const isRoute = call.args.length > 1 && optionsOf(call.args[0]?.value() ?? UNDEFINED).some(isPath);
        if (isRoute)
          node.entries.push({
            kind: "unresolved",
            place: placeOf(call.at),
            reason: "the method of a route is not known",
          });
        return self;
      });
    if (name === "listen" || name === "callback") return undefined;
    if (/^(?:param|set|enable|disable|engine|on|once)$/.test(name)) return method(name, () => self);
    return undefined;
  };
  return self;
}

/** `app.get("/x", handler)`; `app.get("env")` reads a setting. */
function registered(machine: Machine, node: RouteNode, verb: string, call: Call, self: Value): Value {
  const [path, ...handlers] = call.args;
  if (path === undefined || handlers.length === 0) return unknown("a setting of the app");
  addRoute(node, machine, [verb], path.value(), registeredAt(machine, call));
  return self;
}

/** `app.route("/x").get(…).post(…)`. */
function routeNative(machine: Machine, node: RouteNode, path: Value): Native {
  const self: Native = {
    kind: "native",
    type: "express route",
    member: (name) => {
      const verb = HTTP_METHODS.get(name.replace(/Async$/, ""));
      if (verb === undefined) return undefined;
      return {
        kind: "native",
        type: `express ${name}`,
        member: () => undefined,
        call: (call) => {
          if (call.args.length > 0) addRoute(node, machine, [verb], path, registeredAt(machine, call));
          return self;
        },
      };
    },
  };
  return self;
}

/** `app.use(path?, ...)`: what of the arguments is a router is mounted. */
function mounted(
  machine: Machine,
  node: RouteNode,
  call: Call,
  self: Value,
  owners: ReadonlyMap<Value, RouteNode>,
): Value {
  const values = call.args.map((argument) => argument.value());
  const [first, ...others] = values;
  if (first === undefined) return self;
  const hasPath = isPath(first) && values.length > 1;
  const prefix = hasPath ? first : UNDEFINED;
  const place = placeOf(call.at);
  for (const value of flat(hasPath ? others : values)) {
    const routers = routersIn(value, owners);
    for (const child of routers) addMount(node, machine, prefix, child, place);
    if (routers.length === 0 && hasPath) tellMount(node, value, place);
  }
  return self;
}

/** Routers that a value is, that a package's function was given to make it, or that a function of the project hands on to. */
function routersIn(value: Value, owners: ReadonlyMap<Value, RouteNode>): readonly RouteNode[] {
  const own = owners.get(value);
  if (own !== undefined) return [own];
  const last = value.kind === "foreign" ? value.steps.at(-1) : undefined;
  if (last?.kind === "call")
    return last.args.flatMap((argument) =>
      argument.node?.type === "Identifier" || argument.node?.type === "MemberExpression"
        ? (owners.get(argument.value()) ?? [])
        : [],
    );
  if (value.kind !== "function") return [];
  const found = new Set<RouteNode>();
  walk(value.node, (node) => {
    if (node.type !== "CallExpression" || node["callee"].type !== "Identifier") return;
    const called = lookUp(value.scope, node["callee"]["name"] as string);
    const router = called === undefined ? undefined : owners.get(called.value());
    if (router !== undefined) found.add(router);
  });
  return [...found];
}

function isPath(value: Value): boolean {
  if (value.kind === "text" || value.kind === "pattern") return true;
  if (value.kind === "list") return value.items.length > 0 && value.items.every(isPath);
  if (value.kind === "choice") return value.options.some(isPath);
  return value.kind === "unknown" && /environment|global/.test(value.why.kind);
}

function flat(values: readonly Value[]): readonly Value[] {
  return values.flatMap((value): readonly Value[] => {
    if (value.kind === "list") return flat(value.items);
    if (value.kind === "choice") return flat(value.options);
    return [value];
  });
}

/** What a package serves below a path cannot be read. */
function tellMount(node: RouteNode, value: Value, place: ReturnType<typeof placeOf>): void {
  if (value.kind === "foreign") {
    const last = value.steps.findLast((step) => step.kind === "member");
    const isRouter = last?.kind === "member" && /router|routes|app\b|handler$/i.test(last.name);
    if (NO_ROUTES.test(value.package) || (!isRouter && value.steps.every(({ kind }) => kind === "member"))) return;
    if (value.steps.length > 0 && !isRouter) return;
    node.entries.push({ kind: "unresolved", place, reason: `${value.package} adds routes of its own here` });
  } else if (value.kind === "unknown" && value.why.kind === "other" && /router|routes/i.test(value.name)) {
    node.entries.push({ kind: "unresolved", place, reason: `what is mounted here is not known: ${value.why.reason}` });
  }
}
