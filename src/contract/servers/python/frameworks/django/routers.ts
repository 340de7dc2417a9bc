import type { Place } from "../../../../contract.ts";
import { externalBases, member } from "../../running/classes.ts";
import { itemsOf } from "../../running/expressions.ts";
import type { Machine } from "../../running/machine.ts";
import { textOf } from "../../values/texts.ts";
import {
  alternatives,
  type Args,
  argument,
  type ClassValue,
  external,
  type Instance,
  isKind,
  listOf,
  type ListValue,
  type Site,
  unknown,
  type Value,
} from "../../values/values.ts";
import { pathOfPattern } from "./regex-path.ts";
import {
  type AddedMethods,
  allowedMethods,
  extraActions,
  hasAction,
  lookupName,
  placeOfAction,
  unknownBases,
} from "./view-sets.ts";

/** A router of the REST framework: what was registered, in the shape of its own "registry". */
export interface Router {
  readonly made: Instance;
  readonly registry: ListValue;
  readonly args: Args;
  readonly hasRoot: boolean;
}

export interface RouterRoute extends Place {
  readonly methods: readonly string[];
  readonly path: string;
}

const ROUTER = /^(?!fastapi|starlette|flask|ninja|quart|litestar)\w+\.(?:\w+\.)*\w*Router$/;
const ROOTED = /\.(?:\w*DefaultRouter\w*|APIRouter)$/;

/** How a router makes paths of what it is given; "{prefix}{trailing_slash}" and so on. */
interface Pattern {
  readonly url: string;
  /** Undefined: for each extra action. */
  readonly mapping: ReadonlyMap<string, string> | undefined;
  readonly isDetail: boolean;
}

const USUAL: readonly Pattern[] = [
  {
    url: "{prefix}{trailing_slash}",
    mapping: new Map([
      ["GET", "list"],
      ["POST", "create"],
    ]),
    isDetail: false,
  },
  { url: "{prefix}/{url_path}{trailing_slash}", mapping: undefined, isDetail: false },
  {
    url: "{prefix}/{lookup}{trailing_slash}",
    mapping: new Map([
      ["GET", "retrieve"],
      ["PUT", "update"],
      ["PATCH", "partial_update"],
      ["DELETE", "destroy"],
    ]),
    isDetail: true,
  },
  { url: "{prefix}/{lookup}/{url_path}{trailing_slash}", mapping: undefined, isDetail: true },
];

/** Whether a class by that full name is a router. */
export function isRouterClass(path: string): boolean {
  return ROUTER.test(path);
}

export function newRouter(made: Instance, args: Args): Router {
  const hasRoot =
    externalBases(made.of).some((path) => ROOTED.test(path)) && argument(args, "include_root_view") !== false;
  return { made, args, registry: listOf([]), hasRoot };
}

/** Notes what is registered; answers what can be registered below it. */
export function register(router: Router, args: Args, site: Site, below = ""): Value {
  const prefix = argument(args, "prefix", 0) ?? "";
  const parents = itemsOf(argument(args, "parents_query_lookups")).items;
  const parent = below === "" ? "" : `${below}/(?P<parent_lookup_${textOf(parents.at(-1)).text || "pk"}>[^/.]+)/`;
  const whole = parent === "" || typeof prefix !== "string" ? prefix : `${parent}${prefix}`;
  router.registry.items.push(
    listOf([whole, argument(args, "viewset", 1) ?? null, argument(args, "basename", 2) ?? null], false, true),
  );
  const attributes = new Map<string, Value>([
    ["__router__", router.made],
    ["__prefix__", whole],
  ]);
  return {
    kind: "instance",
    of: external("what is registered in a router"),
    args,
    attributes,
    place: { file: site.file, line: site.line },
  };
}

/** The routes of everything that is registered in a router. */
export function routesOf(
  machine: Machine,
  router: Router,
  added: AddedMethods,
  routerOf: (value: Value) => Router | undefined,
): readonly RouterRoute[] {
  const slash = trailingSlash(router);
  const patterns = patternsOf(machine, router);
  const start = parentPath(machine, router, routerOf);
  const routes: RouterRoute[] = router.hasRoot ? [{ ...router.made.place, methods: ["GET"], path: "" }] : [];
  for (const item of router.registry.items) {
    const [prefix, viewSet] = isKind(item, "list") ? item.items : [];
    const text = textOf(prefix);
    if (text.missing !== undefined) {
      machine.unresolved(router.made.place, `a prefix in a router is not known: ${text.missing}`);
      continue;
    }
    for (const of of alternatives(viewSet ?? unknown("a view set")))
      if (isKind(of, "class"))
        routes.push(...routesOfViewSet(machine, of, `${start}${pathOfPattern(text.text)}`, slash, patterns, added));
      else machine.unresolved(router.made.place, `a view set at ${text.text} is not in these files`);
  }
  return routes;
}

function routesOfViewSet(
  machine: Machine,
  of: ClassValue,
  prefix: string,
  slash: string,
  patterns: readonly Pattern[],
  added: AddedMethods,
): readonly RouterRoute[] {
  const allowed = allowedMethods(machine, of);
  const lookup = `{${lookupName(machine, of)}}`;
  const extra = extraActions(machine, of, added);
  const path = (url: string, urlPath: string): string =>
    url
      .replaceAll("{prefix}", prefix)
      .replaceAll("{lookup}", lookup)
      .replaceAll("{url_path}", urlPath)
      .replaceAll("{trailing_slash}", slash)
      .replace(/^\/+/, "");
  const keep = (methods: readonly string[]): readonly string[] =>
    allowed === undefined ? methods : methods.filter((each) => allowed.includes(each));
  for (const base of unknownBases(of))
    machine.unresolved(of.place, `what ${base} serves is not known: it comes from a library`);
  return patterns.flatMap(({ url, mapping, isDetail }) => {
    if (mapping === undefined)
      return extra
        .filter((action) => action.isDetail === isDetail || action.isDetail === undefined)
        .map((action) => ({
          file: action.file,
          line: action.line,
          methods: keep(action.methods),
          path: path(url, pathOfPattern(action.urlPath)),
        }));
    return [...mapping]
      .filter(([, action]) => hasAction(of, action))
      .map(([method, action]) => ({ ...placeOfAction(of, action), methods: keep([method]), path: path(url, "") }));
  });
}

function trailingSlash(router: Router): string {
  const own =
    router.made.attributes.get("trailing_slash") ??
    member(router.made.of, "trailing_slash") ??
    argument(router.args, "trailing_slash", 0);
  if (own === false || own === "") return "";
  return "/";
}

/** A router below another one: one object of the parent stands before its paths. */
function parentPath(
  machine: Machine,
  router: Router,
  routerOf: (value: Value) => Router | undefined,
  depth = 0,
): string {
  const given = router.args.positional[0];
  const parent = given === undefined ? undefined : routerOf(given);
  if (parent === undefined || depth > 6) return "";
  const prefix = textOf(argument(router.args, "parent_prefix", 1)).text;
  const lookup = textOf(argument(router.args, "lookup")).text || "nested_1";
  const registered = parent.registry.items.find((item) => isKind(item, "list") && item.items[0] === prefix);
  const of = isKind(registered, "list") ? registered.items[1] : undefined;
  const name = isKind(of, "class") ? lookupName(machine, of) : "pk";
  return `${parentPath(machine, parent, routerOf, depth + 1)}${pathOfPattern(prefix)}/{${lookup}_${name}}/`;
}

/** The patterns that a router's own class declares, else the usual ones. */
function patternsOf(machine: Machine, router: Router): readonly Pattern[] {
  const declared = member(router.made.of, "routes");
  const items = declared === undefined ? [] : itemsOf(machine.resolve(declared)).items;
  const own = items.flatMap((item) => (isKind(item, "instance") ? (patternOf(item) ?? []) : []));
  return own.length > 0 ? own : USUAL;
}

function patternOf(item: Instance): Pattern | undefined {
  const url = argument(item.args, "url", 0);
  if (typeof url !== "string") return undefined;
  const plain = url.replace(/^\^/, "").replace(/\$$/, "");
  const mapping = argument(item.args, "mapping", 1);
  const detail = argument(item.args, "detail");
  const isDetail = typeof detail === "boolean" ? detail : plain.includes("{lookup}");
  if (!isKind(mapping, "dict")) return { url: plain, mapping: undefined, isDetail };
  const known = [...mapping.entries].flatMap(([method, action]): readonly [string, string][] =>
    typeof action === "string" ? [[method.toUpperCase(), action]] : [],
  );
  return { url: plain, mapping: new Map(known), isDetail };
}
