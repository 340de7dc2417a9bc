import type { Place, Route } from "../../../../contract.ts";
import { member } from "../../running/classes.ts";
import type { Framework, Machine } from "../../running/machine.ts";
import { textOf } from "../../values/texts.ts";
import {
  alternatives,
  type Args,
  argument,
  type Bound,
  type Instance,
  isKind,
  listOf,
  type Module,
  type Site,
  type Value,
} from "../../values/values.ts";
import { parameterised, type RouteTree, type RouteTrees, tellRoutes, type Told } from "../route-trees.ts";
import { pathOfPattern } from "./regex-path.ts";
import { isRouterClass, newRouter, register, type Router, routesOf } from "./routers.ts";
import type { AddedMethods } from "./view-sets.ts";
import { ownMethods } from "../views.ts";
import { methodsOfView } from "./view-methods.ts";

const PATH = /^django\.(?:urls|urls\.conf|conf\.urls)\.(path|re_path|url)$/;
const INCLUDE = /^django\.(?:urls|urls\.conf|conf\.urls)\.include$/;
const NO_ROUTES = /^django\.conf\.urls\.static\.static$|staticfiles_urlpatterns$/;
const DEEPEST = 24;

export interface Django extends Framework {
  /** Tells the routes of a module's "urlpatterns". */
  tell(module: Module, told: Told): void;
  /** Modules whose URLs another one includes. */
  readonly included: ReadonlySet<Module>;
}

/** Django's URLs and the routers of its REST framework. */
export function djangoFramework(machine: Machine, trees: RouteTrees, settings: () => readonly Module[]): Django {
  const routers = new WeakMap<object, Router>();
  const added: AddedMethods = new WeakMap();
  const included = new Set<Module>();
  const routerOf = (value: Value): Router | undefined => (isKind(value, "instance") ? routers.get(value) : undefined);
  const urls: Urls = { machine, trees, routerOf, added, included };
  return {
    included,
    owns: (value) => routerOf(value) !== undefined,
    concerns: (value) => routerOf(value) !== undefined,
    create: (instance, path, args) => {
      if (!isRouterClass(path)) return false;
      if (!routers.has(instance)) routers.set(instance, newRouter(instance, args));
      return true;
    },
    attribute: (self, name) => {
      if (isKind(self, "external") && self.path === "django.conf.settings") return setting(machine, settings(), name);
      const router = routerOf(self);
      if (router === undefined) return undefined;
      if (name === "urls") return listOf([self]);
      return name === "registry" ? router.registry : undefined;
    },
    returned: (answer, site) =>
      isKind(answer, "instance") && isKind(answer.of, "external") && PATH.test(answer.of.path)
        ? { ...answer, place: { file: site.file, line: site.line } }
        : answer,
    call: (path, args) => {
      if (/format_suffix_patterns$/.test(path)) return argument(args, "urlpatterns", 0);
      if (/\.i18n_patterns$/.test(path)) return listOf(args.positional);
      return NO_ROUTES.test(path) ? listOf([]) : undefined;
    },
    method: (bound, args, site) => methodOf(bound, args, site, routerOf, added),
    tell: (module, told) => tellModule(urls, module, "", told, []),
  };
}

/** What the project's settings say: a name of their module, or of a class in it. */
function setting(machine: Machine, modules: readonly Module[], name: string): Value | undefined {
  for (const module of modules) {
    machine.load(module);
    const own = module.scope.names.get(name);
    const held = [...module.scope.names.values()].flatMap((value) =>
      isKind(value, "class") ? (member(value, name) ?? []) : [],
    );
    const found = own ?? held[0];
    if (found !== undefined) return machine.resolve(found);
  }
  return undefined;
}

interface Urls {
  readonly machine: Machine;
  readonly trees: RouteTrees;
  readonly routerOf: (value: Value) => Router | undefined;
  readonly added: AddedMethods;
  readonly included: Set<Module>;
}

function methodOf(
  bound: Bound,
  args: Args,
  site: Site,
  routerOf: Urls["routerOf"],
  added: AddedMethods,
): Value | undefined {
  const router = routerOf(bound.self);
  if (router !== undefined) {
    if (bound.name === "register") return register(router, args, site);
    return bound.name === "get_urls" ? listOf([bound.self]) : undefined;
  }
  if (bound.name === "register" && isKind(bound.self, "instance")) {
    const above = routerOf(bound.self.attributes.get("__router__") ?? null);
    const prefix = bound.self.attributes.get("__prefix__");
    if (above !== undefined) return register(above, args, site, typeof prefix === "string" ? prefix : "");
  }
  const action = isKind(bound.self, "bound") && bound.self.name === "mapping" ? bound.self.self : undefined;
  if (!isKind(action, "function")) return undefined;
  const methods = added.get(action) ?? new Set();
  added.set(action, methods.add(bound.name.toUpperCase()));
  return args.positional[0];
}

function tellModule(urls: Urls, module: Module, base: string, told: Told, trail: readonly Module[]): void {
  if (trail.includes(module) || trail.length > DEEPEST) return;
  urls.machine.load(module);
  const patterns = module.scope.names.get("urlpatterns");
  if (patterns === undefined) return;
  tellPatterns(urls, urls.machine.resolve(patterns), base, told, [...trail, module]);
}

function tellPatterns(urls: Urls, patterns: Value, base: string, told: Told, trail: readonly Module[]): void {
  if (trail.length > DEEPEST) return;
  if (isKind(patterns, "union")) for (const each of patterns.values) tellPatterns(urls, each, base, told, trail);
  else if (isKind(patterns, "list"))
    for (const item of patterns.items) tellPatterns(urls, urls.machine.resolve(item), base, told, trail);
  else if (isKind(patterns, "instance")) tellPattern(urls, patterns, base, told, trail);
}

function tellPattern(urls: Urls, item: Instance, base: string, told: Told, trail: readonly Module[]): void {
  const router = urls.routerOf(item);
  if (router !== undefined) {
    for (const { methods, path, ...place } of routesOf(urls.machine, router, urls.added, urls.routerOf))
      tellRoute(methods, base + path, place, told);
    return;
  }
  const tree = urls.trees.of(item);
  if (tree !== undefined) tellTree(tree, base, told);
  const kind = isKind(item.of, "external") ? PATH.exec(item.of.path)?.[1] : undefined;
  if (kind === undefined) return;
  const route = textOf(argument(item.args, "route", 0) ?? item.args.named.get("regex"));
  if (route.missing !== undefined) {
    told.unresolved(item.place, `the path of a URL is not known: ${route.missing}`);
    if (!route.missesStart) return;
  }
  const path = kind === "path" ? route.text : pathOfPattern(route.text);
  const view = argument(item.args, "view", 1) ?? null;
  tellView(urls, item, `${base}${path}`, urls.machine.resolve(view), told, trail);
}

/** A view, or more URLs. */
function tellView(urls: Urls, item: Instance, path: string, view: Value, told: Told, trail: readonly Module[]): void {
  if (isKind(view, "instance") && isKind(view.of, "external") && INCLUDE.test(view.of.path)) {
    for (const target of alternatives(argument(view.args, "arg", 0) ?? null))
      tellIncluded(urls, item, path, target, told, trail);
  } else if (isKind(view, "list")) tellIncluded(urls, item, path, view, told, trail);
  else if (isKind(view, "external") && /\.urls$/.test(view.path))
    told.unresolved(item.place, `the URLs of a library are served here: ${view.path}`);
  else
    tellRoute(
      methodsByArguments(item) ?? methodsOfView(urls.machine, viewNamed(urls, view, trail)),
      path,
      item.place,
      told,
    );
}

/** Views may be named by a text. */
function viewNamed(urls: Urls, view: Value, trail: readonly Module[]): Value {
  const from = trail.at(-1);
  if (typeof view !== "string" || from === undefined) return view;
  const dot = view.lastIndexOf(".");
  return urls.machine.resolve({ kind: "imported", module: view.slice(0, dot), name: view.slice(dot + 1), from });
}

/** A project's own dispatcher is given its views by method: path("users", dispatch, {"GET": ..., "POST": ...}). */
function methodsByArguments(item: Instance): readonly string[] | undefined {
  const given = argument(item.args, "kwargs", 2);
  const names = isKind(given, "dict") ? [...given.entries.keys()] : [];
  return names.length > 0 && names.every((name) => /^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/.test(name))
    ? names
    : undefined;
}

function tellIncluded(
  urls: Urls,
  item: Instance,
  path: string,
  target: Value,
  told: Told,
  trail: readonly Module[],
): void {
  const from = trail.at(-1);
  if (typeof target === "string" && from !== undefined) {
    const module = urls.machine.module(target, from);
    if (module === undefined) told.unresolved(item.place, `the URLs of a library are included here: ${target}`);
    else tellIncludedModule(urls, module, path, told, trail);
  } else if (isKind(target, "module")) tellIncludedModule(urls, target.module, path, told, trail);
  else if (isKind(target, "list") && target.isTuple && isPair(target.items))
    tellIncluded(urls, item, path, urls.machine.resolve(target.items[0] ?? null), told, trail);
  else if (
    isKind(target, "list") ||
    (isKind(target, "instance") && (urls.routerOf(target) ?? urls.trees.of(target)) !== undefined)
  )
    tellPatterns(urls, target, path, told, trail);
  else
    told.unresolved(
      item.place,
      isKind(target, "unknown")
        ? `what is included is not known: ${target.reason}`
        : "what is included is not in these files",
    );
}

/** (patterns, "name of the application"), and with a namespace. */
function isPair(items: readonly Value[]): boolean {
  return items.length >= 2 && items.length <= 3 && (typeof items[1] === "string" || items[1] === null);
}

function tellIncludedModule(urls: Urls, module: Module, path: string, told: Told, trail: readonly Module[]): void {
  urls.included.add(module);
  tellModule(urls, module, path, told, trail);
}

function tellTree(tree: RouteTree, base: string, told: Told): void {
  const before = `/${base}`.replace(/\/$/, "");
  tellRoutes(tree, {
    unresolved: told.unresolved,
    route: (route: Route, madeIn) => told.route({ ...route, path: parameterised(before + route.path) }, madeIn),
  });
}

function tellRoute(methods: readonly string[], path: string, place: Place, told: Told): void {
  const whole = parameterised(`/${path}`);
  for (const method of ownMethods(methods))
    told.route({ method, path: whole, file: place.file, line: place.line, framework: "django-rest" }, place.file);
}
