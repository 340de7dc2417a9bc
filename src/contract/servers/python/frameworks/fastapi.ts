import { externalBases, isA } from "../running/classes.ts";
import { LIBRARY_ROUTERS } from "./known-libraries.ts";
import type { Framework, Machine } from "../running/machine.ts";
import { itemsOf } from "../running/expressions.ts";
import {
  alternatives,
  type Args,
  argument,
  type Bound,
  external,
  type Instance,
  isKind,
  listOf,
  native,
  type Native,
  NO_ARGS,
  type Site,
  type Value,
} from "../values/values.ts";
import type { RouteTree, RouteTrees } from "./route-trees.ts";

const APP = /^(?!flask|apiflask|quart|django).*(?:^|\.)(?:FastAPI(?:Offline|App)?|Starlette|Litestar)$/;
const ROUTER =
  /^(?!django|rest_framework|ninja|flask|quart|apiflask).*\.(?:APIRouter|InferringRouter|FastAPIRouter|TypedAPIRouter)$|^starlette\.routing\.Router$/;
const VERBS = new Set(["get", "post", "put", "patch", "delete", "head", "options", "trace"]);
/** Mounted applications that serve no routes of an API. */
const NO_ROUTES = /(?:StaticFiles|\.make_asgi_app|SSEServer|SocketManager|ASGIApp|socketio\.\w+)/;

/** FastAPI and Starlette: applications, routers, what they include and mount. */
export function fastapiFramework(machine: Machine, trees: RouteTrees): Framework {
  return {
    owns: (value) => trees.of(value) !== undefined,
    concerns: (value) => concerns(trees, value, 0),
    create: (instance, path, args, site) => create(machine, trees, instance, path, args, site),
    attribute: (self, name) => (name === "router" && isFastapi(trees, self) ? self : undefined),
    method: (bound, args, site) => {
      const tree = trees.of(bound.self);
      if (tree?.framework === "fastapi") return method(machine, trees, tree, bound, args, site);
      return libraryRouter(trees, bound, site);
    },
  };
}

function isFastapi(trees: RouteTrees, value: Value): boolean {
  return trees.of(value)?.framework === "fastapi";
}

/** Whether a value is a router or an application, or holds one. */
function concerns(trees: RouteTrees, value: Value, depth: number): boolean {
  if (trees.of(value) !== undefined) return true;
  if (depth > 1) return false;
  if (isKind(value, "list")) return value.items.some((item) => concerns(trees, item, depth + 1));
  if (isKind(value, "union")) return value.values.some((each) => concerns(trees, each, depth + 1));
  if (isKind(value, "instance")) return [...value.attributes.values()].some((each) => concerns(trees, each, depth + 1));
  return false;
}

function create(machine: Machine, trees: RouteTrees, made: Instance, path: string, args: Args, site: Site): boolean {
  const isApp = APP.test(path);
  if (!isApp && !ROUTER.test(path)) return false;
  if (trees.of(made) !== undefined) return true;
  const place = { file: site.file, line: site.line };
  const prefix = isApp ? undefined : argument(args, "prefix");
  const tree = trees.open(made, { framework: "fastapi", isApp, joins: "plain", prefix, place });
  addAll(machine, trees, tree, argument(args, "routes"), site);
  const lifespan = argument(args, "lifespan");
  if (isApp && isKind(lifespan, "function")) machine.call(lifespan, { ...NO_ARGS, positional: [made] }, site);
  return true;
}

function method(
  machine: Machine,
  trees: RouteTrees,
  tree: RouteTree,
  bound: Bound,
  args: Args,
  site: Site,
): Value | undefined {
  const { name } = bound;
  if (VERBS.has(name)) return verb(machine, tree, bound, args, site);
  if (name === "api_route" || name === "route")
    return decorator(machine, tree, bound, args, site, methodsOf(argument(args, "methods", 1)));
  switch (name) {
    case "add_api_route":
    case "add_route":
      serve(tree, methodsOf(argument(args, "methods", name === "add_route" ? 2 : -1)), argument(args, "path", 0), site);
      return null;
    case "include_router":
      for (const router of alternatives(argument(args, "router", 0) ?? null))
        include(machine, trees, tree, router, argument(args, "prefix"), site);
      return null;
    case "mount":
      mount(machine, trees, tree, argument(args, "app", 1) ?? null, argument(args, "path", 0), site);
      return null;
    case "on_event":
    case "add_event_handler":
      return started(machine, bound, args, site);
    case "websocket":
    case "websocket_route":
    case "middleware":
    case "exception_handler":
      return passing(name);
    case "add_api_websocket_route":
    case "add_websocket_route":
    case "add_middleware":
    case "add_exception_handler":
      return null;
    default:
      return undefined;
  }
}

/** A router of a library of which it is known what it serves. */
function libraryRouter(trees: RouteTrees, bound: Bound, site: Site): Value | undefined {
  const served = LIBRARY_ROUTERS[bound.name];
  if (served === undefined || !isKind(bound.self, "instance") || !isA(bound.self, /^fastapi_users\b/)) return undefined;
  const place = { file: site.file, line: site.line };
  const made: Instance = {
    kind: "instance",
    of: external("fastapi.APIRouter"),
    args: NO_ARGS,
    attributes: new Map(),
    place,
  };
  const tree = trees.open(made, { framework: "fastapi", isApp: false, joins: "plain", prefix: undefined, place });
  for (const route of served) {
    const [method = "", path = ""] = route.split(" ");
    serve(tree, [method], path, site);
  }
  return made;
}

function passing(name: string): Native {
  return native(name, (given) => given.positional[0] ?? null);
}

/** What runs when the application starts may include routers. */
function started(machine: Machine, bound: Bound, args: Args, site: Site): Value {
  const handler = args.positional[1];
  if (handler !== undefined) machine.call(handler, NO_ARGS, site);
  return native(bound.name, (given) => {
    const target = given.positional[0] ?? null;
    if (isKind(target, "function") && target.matters) machine.call(target, NO_ARGS, site);
    return target;
  });
}

function methodsOf(value: Value | undefined): readonly string[] {
  const { items } = itemsOf(value);
  const methods = items.flatMap((item) => (typeof item === "string" ? [item.toUpperCase()] : []));
  return methods.length > 0 ? [...new Set(methods)] : ["GET"];
}

function serve(tree: RouteTree, methods: readonly string[], path: Value | undefined, site: Site): void {
  tree.entries.push({ is: "route", methods, path, file: site.file, line: site.line, conditional: site.conditional });
}

/** "router.get(path)" goes by "api_route" and "add_api_route", which a class of the project may have changed. */
function verb(machine: Machine, tree: RouteTree, bound: Bound, args: Args, site: Site): Value {
  const methods = [bound.name.toUpperCase()];
  const changed = overridden(machine, bound, "api_route", site);
  if (changed !== undefined) {
    const named = new Map([...args.named, ["methods", listOf(methods)]] as [string, Value][]);
    return machine.call(changed, { ...args, named }, site);
  }
  return decorator(machine, tree, bound, args, site, methods);
}

function decorator(
  machine: Machine,
  tree: RouteTree,
  bound: Bound,
  args: Args,
  site: Site,
  methods: readonly string[],
): Value {
  const changed = overridden(machine, bound, "add_api_route", site);
  const path = argument(args, "path", 0);
  return native(bound.name, (given) => {
    const target = given.positional[0] ?? null;
    if (changed === undefined) serve(tree, methods, path, site);
    else {
      const named = new Map([...args.named, ["methods", listOf(methods)]] as [string, Value][]);
      named.delete("path");
      machine.call(changed, { positional: [path ?? null, target], named, open: args.open }, site);
    }
    return target;
  });
}

function overridden(machine: Machine, bound: Bound, name: string, site: Site): Bound | undefined {
  const found = isKind(bound.self, "instance") ? machine.attribute(bound.self, name, site) : undefined;
  return isKind(found, "bound") && found.method !== undefined ? found : undefined;
}

function include(
  machine: Machine,
  trees: RouteTrees,
  into: RouteTree,
  router: Value,
  prefix: Value | undefined,
  site: Site,
): void {
  const place = { file: site.file, line: site.line, conditional: site.conditional };
  const tree = trees.of(router);
  if (tree !== undefined) trees.include(into, { ...place, tree, prefix, replacesPrefix: false });
  else if (isKind(router, "module")) {
    const inner = machine.attribute(router, "router", site);
    if (inner !== undefined) include(machine, trees, into, inner, prefix, site);
  } else machine.unresolved(site, `a router that is included ${whyUnknown(router)}`);
}

function mount(
  machine: Machine,
  trees: RouteTrees,
  into: RouteTree,
  app: Value,
  path: Value | undefined,
  site: Site,
): void {
  for (const each of alternatives(app)) {
    const inner =
      isKind(each, "instance") && /WSGIMiddleware$/.test(nameOf(each)) ? (each.args.positional[0] ?? null) : each;
    const tree = trees.of(inner);
    const prefix = typeof path === "string" ? path.replace(/\/$/, "") : path;
    const place = { file: site.file, line: site.line, conditional: site.conditional };
    if (tree !== undefined) trees.include(into, { ...place, tree, prefix, replacesPrefix: false });
    else if (!NO_ROUTES.test(nameOf(inner)) && inner !== null)
      machine.unresolved(site, `an application that is mounted ${whyUnknown(inner)}`);
  }
}

/** Starlette's own way: Route and Mount in a list. */
function addAll(machine: Machine, trees: RouteTrees, into: RouteTree, routes: Value | undefined, site: Site): void {
  for (const route of itemsOf(routes).items) {
    if (!isKind(route, "instance")) continue;
    const at: Site = { ...site, file: route.place.file, line: route.place.line };
    const name = nameOf(route);
    const path = argument(route.args, "path", 0);
    if (/(?:^|\.)(?:API)?Route$/.test(name)) serve(into, methodsOf(argument(route.args, "methods")), path, at);
    else if (/(?:^|\.)Mount$/.test(name)) {
      const app = argument(route.args, "app", 1);
      if (app !== undefined) mount(machine, trees, into, app, path, at);
      const inner = argument(route.args, "routes");
      if (inner === undefined) continue;
      const tree = trees.open(
        {},
        { framework: "fastapi", isApp: false, joins: "plain", prefix: path, place: route.place },
      );
      addAll(machine, trees, tree, inner, site);
      trees.include(into, { ...at, tree, prefix: undefined, replacesPrefix: false });
    }
  }
}

function nameOf(value: Value): string {
  if (isKind(value, "instance"))
    return isKind(value.of, "external") ? value.of.path : (externalBases(value.of)[0] ?? value.of.name);
  return isKind(value, "external") ? value.path : "";
}

function whyUnknown(value: Value): string {
  if (isKind(value, "unknown")) return `is not known: ${value.reason}`;
  const name = nameOf(value);
  return name === "" ? "is not known" : `comes from a library: ${name}`;
}
