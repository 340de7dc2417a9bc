import type { Framework, Machine } from "../running/machine.ts";
import { itemsOf } from "../running/expressions.ts";
import { type Args, argument, type Bound, isKind, listOf, native, type Site, type Value } from "../values/values.ts";
import type { RouteTree, RouteTrees } from "./route-trees.ts";

const API = /^ninja(?:_extra)?\b.*\.(?:NinjaAPI|NinjaExtraAPI|Router)$/;
const VERBS = new Set(["get", "post", "put", "patch", "delete"]);

/** Django Ninja: its routers are filled like FastAPI's, and served where Django's URLs include an API's "urls". */
export function ninjaFramework(machine: Machine, trees: RouteTrees): Framework {
  const isOurs = (value: Value): boolean => trees.of(value)?.framework === "django-ninja";
  return {
    create: (made, path, _args, site) => {
      if (!API.test(path)) return false;
      const place = { file: site.file, line: site.line };
      if (trees.of(made) === undefined)
        trees.open(made, { framework: "django-ninja", isApp: false, joins: "slash", prefix: undefined, place });
      return true;
    },
    attribute: (self, name) => (name === "urls" && isOurs(self) ? listOf([self]) : undefined),
    method: (bound, args, site) => {
      const tree = isOurs(bound.self) ? trees.of(bound.self) : undefined;
      return tree === undefined ? undefined : method(machine, trees, tree, bound, args, site);
    },
  };
}

function method(
  machine: Machine,
  trees: RouteTrees,
  tree: RouteTree,
  bound: Bound,
  args: Args,
  site: Site,
): Value | undefined {
  const place = { file: site.file, line: site.line, conditional: site.conditional };
  const isVerb = VERBS.has(bound.name);
  if (isVerb || bound.name === "api_operation") {
    const listed = itemsOf(argument(args, "methods", 0)).items.filter((item) => typeof item === "string");
    const methods = isVerb ? [bound.name.toUpperCase()] : listed.map((item) => item.toUpperCase());
    const given = argument(args, "path", isVerb ? 0 : 1);
    // A converter stands before the name here: "{int:id}".
    const path = typeof given === "string" ? given.replaceAll(/\{\w+:(\w+)\}/g, "{$1}") : given;
    return native(bound.name, (target) => {
      tree.entries.push({ is: "route", methods, path, ...place });
      return target.positional[0] ?? null;
    });
  }
  if (bound.name !== "add_router") return undefined;
  const given = argument(args, "router", 1) ?? null;
  const router = typeof given === "string" ? named(machine, given, site) : given;
  const inner = trees.of(router);
  const prefix = argument(args, "prefix", 0);
  if (inner !== undefined) trees.include(tree, { ...place, tree: inner, prefix, replacesPrefix: false });
  else
    machine.unresolved(
      site,
      `a router that is added is not known${isKind(router, "unknown") ? `: ${router.reason}` : ""}`,
    );
  return null;
}

/** "shop.api.router" */
function named(machine: Machine, path: string, site: Site): Value {
  const dot = path.lastIndexOf(".");
  const from = site.scope.module;
  return machine.resolve({ kind: "imported", module: path.slice(0, dot), name: path.slice(dot + 1), from });
}
