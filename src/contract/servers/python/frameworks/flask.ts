import { lineage } from "../running/classes.ts";
import { itemsOf } from "../running/expressions.ts";
import type { Framework, Machine } from "../running/machine.ts";
import {
  alternatives,
  type Args,
  argument,
  type Bound,
  external,
  type Instance,
  isKind,
  native,
  type Native,
  NO_ARGS,
  type Site,
  type Value,
} from "../values/values.ts";
import type { RouteTree, RouteTrees } from "./route-trees.ts";
import { classOfView, declaredTexts, handlersOf, ownMethods, unwrapped, viewOf } from "./views.ts";

const APP =
  /^(?:flask|quart|apiflask|flask_openapi3|flask_api|connexion)\b.*\.(?:Flask|Quart|APIFlask|OpenAPI|FlaskAPI)$/;
const BLUEPRINT = /^(?:flask\w*|quart\w*|apiflask)\b.*\.(?:\w*Blueprint)$/;
const API = /^flask_(?:restful|restx|restplus|smorest|rest_jsonapi|restplus_patched)\b.*\.Api$/;
const NAMESPACE = /^flask_(?:restx|restplus)\b.*\.Namespace$/;
const VERBS = new Set(["get", "post", "put", "patch", "delete"]);
const CURRENT = /^(?:flask|quart)\.(?:globals\.)?current_app$/;

/** Flask and what is built on it: applications, blueprints, views made of classes, Flask-RESTful, RESTX and Smorest. */
export function flaskFramework(machine: Machine, trees: RouteTrees): Framework & { readonly finish: () => void } {
  const current: Instance = {
    kind: "instance",
    of: external("flask.current_app"),
    args: NO_ARGS,
    attributes: new Map(),
    place: { file: "", line: 1 },
  };
  const pending = trees.open(current, {
    framework: "flask",
    isApp: false,
    joins: "slash",
    prefix: undefined,
    place: current.place,
  });
  return {
    call: (path, args, site) =>
      path.endsWith(".as_view") ? viewOf(external(path.slice(0, -".as_view".length)), args, site) : undefined,
    concerns: (value) => trees.of(value) !== undefined,
    create: (instance, path, args, site) => create(trees, instance, path, args, site),
    attribute: (self, name) => {
      if (isKind(self, "external") && CURRENT.test(self.path))
        return { kind: "bound", self: current, name, method: undefined };
      return undefined;
    },
    method: (bound, args, site) => {
      if (bound.name === "as_view" && (isKind(bound.self, "class") || isKind(bound.self, "external")))
        return viewOf(bound.self, args, site);
      const tree = trees.of(bound.self);
      return tree?.framework === "flask" ? method(machine, trees, tree, bound, args, site) : undefined;
    },
    finish: () => {
      if (pending.entries.length === 0) return;
      for (const root of trees.roots())
        if (root.framework === "flask")
          trees.include(root, {
            ...root.place,
            tree: pending,
            prefix: undefined,
            replacesPrefix: false,
            conditional: false,
          });
    },
  };
}

function create(trees: RouteTrees, made: Instance, path: string, args: Args, site: Site): boolean {
  const place = { file: site.file, line: site.line };
  const tree = { framework: "flask", isApp: false, joins: "slash", place } as const;
  if (trees.of(made) !== undefined)
    return APP.test(path) || BLUEPRINT.test(path) || API.test(path) || NAMESPACE.test(path);
  if (APP.test(path)) trees.open(made, { ...tree, isApp: true, prefix: undefined });
  else if (BLUEPRINT.test(path)) trees.open(made, { ...tree, prefix: argument(args, "url_prefix") });
  else if (NAMESPACE.test(path)) trees.open(made, { ...tree, prefix: namespacePath(args) });
  else if (API.test(path)) {
    const api = trees.open(made, { ...tree, prefix: argument(args, "prefix") });
    attach(trees, api, args, site);
  } else return false;
  return true;
}

/** A namespace without a path is served at its name. */
function namespacePath(args: Args): Value {
  const path = argument(args, "path", 2);
  const name = argument(args, "name", 0);
  return path ?? (typeof name === "string" ? `/${name}` : (name ?? ""));
}

function attach(trees: RouteTrees, api: RouteTree, args: Args, site: Site): void {
  const app = argument(args, "app", 0);
  for (const each of app === undefined ? [] : alternatives(app)) {
    const into = trees.of(each);
    if (into !== undefined)
      trees.include(into, { ...placed(site), tree: api, prefix: undefined, replacesPrefix: false });
  }
}

function placed(site: Site): { file: string; line: number; conditional: boolean } {
  return { file: site.file, line: site.line, conditional: site.conditional };
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
  if (VERBS.has(name)) return serving(machine, tree, [argument(args, "rule", 0)], [name.toUpperCase()], site);
  switch (name) {
    case "route":
    case "resource": {
      const rules =
        args.positional.length > 0
          ? args.positional.filter((rule) => !isKind(rule, "class"))
          : [argument(args, "rule")];
      return serving(machine, tree, rules, methodList(argument(args, "methods")), site);
    }
    case "add_url_rule":
      serve(
        machine,
        tree,
        [argument(args, "rule", 0)],
        argument(args, "view_func", 2),
        methodList(argument(args, "methods")),
        site,
      );
      return null;
    case "add_resource":
      serve(machine, tree, resourceRules(args), argument(args, "resource", 0), undefined, site);
      return null;
    case "register_blueprint":
    case "register_api":
      register(machine, trees, tree, argument(args, "blueprint", 0), argument(args, "url_prefix"), site);
      return null;
    case "add_namespace":
      register(machine, trees, tree, argument(args, "ns", 0), argument(args, "path", 1), site);
      return null;
    case "namespace":
      return namespace(trees, tree, args, site);
    case "init_app":
      attach(trees, tree, args, site);
      return null;
    case "app_context":
    case "test_request_context":
      return bound.self;
    default:
      return passes(name) ? native(name, (given) => given.positional[0] ?? null) : undefined;
  }
}

function passes(name: string): boolean {
  return /^(?:before|after|teardown|errorhandler|app_|context_processor|shell_|url_|template_|record|doc|input|output|auth_required|error_processor)/.test(
    name,
  );
}

function resourceRules(args: Args): readonly (Value | undefined)[] {
  const urls = args.named.get("urls");
  return args.named.has("resource")
    ? [...args.positional, ...(urls === undefined ? [] : itemsOf(urls).items)]
    : args.positional.slice(1);
}

function namespace(trees: RouteTrees, tree: RouteTree, args: Args, site: Site): Instance {
  const made: Instance = {
    kind: "instance",
    of: external("flask_restx.Namespace"),
    args,
    attributes: new Map(),
    place: placed(site),
  };
  create(trees, made, "flask_restx.Namespace", args, site);
  const inner = trees.of(made);
  if (inner !== undefined)
    trees.include(tree, { ...placed(site), tree: inner, prefix: undefined, replacesPrefix: false });
  return made;
}

function register(
  machine: Machine,
  trees: RouteTrees,
  into: RouteTree,
  blueprint: Value | undefined,
  prefix: Value | undefined,
  site: Site,
): void {
  for (const each of alternatives(blueprint ?? null)) {
    const tree = trees.of(each);
    if (tree !== undefined)
      trees.include(into, { ...placed(site), tree, prefix: prefix ?? undefined, replacesPrefix: prefix !== null });
    else
      machine.unresolved(
        site,
        isKind(each, "unknown")
          ? `a blueprint is not known: ${each.reason}`
          : "a blueprint that is registered comes from a library",
      );
  }
}

function methodList(value: Value | undefined): readonly string[] | undefined {
  const methods = itemsOf(value).items.flatMap((item) => (typeof item === "string" ? [item.toUpperCase()] : []));
  return methods.length > 0 ? [...new Set(methods)] : undefined;
}

function serving(
  machine: Machine,
  tree: RouteTree,
  rules: readonly (Value | undefined)[],
  methods: readonly string[] | undefined,
  site: Site,
): Native {
  return native("route", (given) => {
    serve(machine, tree, rules, given.positional[0], methods, site);
    return given.positional[0] ?? null;
  });
}

function serve(
  machine: Machine,
  tree: RouteTree,
  rules: readonly (Value | undefined)[],
  target: Value | undefined,
  methods: readonly string[] | undefined,
  site: Site,
): void {
  const served = methods === undefined ? methodsOfTarget(machine, target) : ownMethods(methods);
  for (const path of rules) tree.entries.push({ is: "route", methods: served, path, ...placed(site) });
}

function methodsOfTarget(machine: Machine, target: Value | undefined): readonly string[] {
  const view = target === undefined ? undefined : unwrapped(target);
  const of = view === undefined ? undefined : (classOfView(view)?.of ?? view);
  if (isKind(of, "class")) {
    const handlers = handlersOf(of).filter((handler) => handler !== "OPTIONS");
    const declared = declaredTexts(machine, of, "methods");
    if (handlers.length > 0)
      return declared === undefined ? handlers : handlers.filter((each) => declared.includes(each));
    if (declared !== undefined) return declared;
    const isResource = lineage(of).some((each) => isKind(each, "external") && /Resource|MethodView/.test(each.path));
    return isResource ? [] : ["GET"];
  }
  const declared = isKind(of, "function") ? methodList(of.attributes.get("methods")) : undefined;
  return declared ?? ["GET"];
}
