/** What a function of a router does. */
export type RouterOperation =
  /** Takes a path; one of a fixed method. */
  | { readonly does: "route"; readonly method: string }
  /** Takes a method or a list of them, then a path. */
  | { readonly does: "methods" }
  /** Takes a path and gives a router below it; a function among its arguments may be given that router. */
  | { readonly does: "group"; readonly calls: boolean }
  /** Gives the router itself; a function among its arguments may be given it. */
  | { readonly does: "same"; readonly calls: boolean }
  /** Takes a path and a handler that sees what is behind the path. */
  | { readonly does: "mount" }
  /** Takes a handler for everything below a path. */
  | { readonly does: "prefix" }
  /** Takes "METHOD /path", and a handler that may be a router and sees the whole path. */
  | { readonly does: "pattern" }
  /** Gives a route that is said bit by bit. */
  | { readonly does: "entry"; readonly says: "nothing" | "path" | "prefix" | "methods" };

export interface GoFramework {
  readonly name: string;
  /** Paths of its packages. */
  readonly packages: RegExp;
  readonly constructors: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
  readonly operations: ReadonlyMap<string, RouterOperation>;
  /** A path below a prefix, as the framework joins them. */
  join(prefix: string, path: string): string;
}

const WORDS = ["get", "post", "put", "patch", "delete", "head", "options", "connect", "trace"];

function routes(write: (word: string) => string, words: readonly string[] = WORDS): [string, RouterOperation][] {
  return words.map((word) => [write(word), { does: "route", method: word.toUpperCase() }]);
}

const upper = (word: string): string => word.toUpperCase();
const capital = (word: string): string => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
const SAME: RouterOperation = { does: "same", calls: false };
const ANY: RouterOperation = { does: "route", method: "ALL" };

/** The paths are put together as they are: a slash too few or too many is what the program serves. */
function plainJoin(prefix: string, path: string): string {
  return `${prefix}${path}`;
}

/** path.Join, but that a slash in the end of the second part stays. */
function cleanJoin(prefix: string, path: string): string {
  if (path === "") return prefix;
  const joined = `${prefix}/${path}`.replace(/\/{2,}/g, "/");
  return path.endsWith("/") ? joined : joined.replace(/(.)\/+$/, "$1");
}

/** A sub-router's "/" is the path itself. */
function mountJoin(prefix: string, path: string): string {
  const before = prefix.replace(/\/\*$|\/+$/g, "");
  if (path === "" || path === "/") return before === "" ? "/" : before;
  return `${before}${path.startsWith("/") ? path : `/${path}`}`;
}

function slashJoin(prefix: string, path: string): string {
  if (path === "") return prefix;
  const before = prefix.replace(/\/+$/, "");
  return `${before}${path.startsWith("/") ? path : `/${path}`}`;
}

export const GO_FRAMEWORKS: readonly GoFramework[] = [
  {
    name: "chi",
    packages: /^github\.com\/(?:go-chi|pressly)\/chi(?:\/v\d+)?$/,
    constructors: new Set(["NewRouter", "NewMux"]),
    types: new Set(["Router", "Mux"]),
    join: mountJoin,
    operations: new Map<string, RouterOperation>([
      ...routes(capital),
      ["Method", { does: "methods" }],
      ["MethodFunc", { does: "methods" }],
      ["Handle", { does: "pattern" }],
      ["HandleFunc", { does: "pattern" }],
      ["Route", { does: "group", calls: true }],
      ["Group", { does: "same", calls: true }],
      ["With", SAME],
      ["Use", SAME],
      ["Mount", { does: "mount" }],
    ]),
  },
  {
    name: "gin",
    packages: /^github\.com\/gin-gonic\/gin$/,
    constructors: new Set(["New", "Default"]),
    types: new Set(["Engine", "RouterGroup", "IRouter", "IRoutes"]),
    join: cleanJoin,
    operations: new Map<string, RouterOperation>([
      ...routes(upper),
      ["Any", ANY],
      ["Handle", { does: "methods" }],
      ["Match", { does: "methods" }],
      ["Group", { does: "group", calls: false }],
      ["Use", SAME],
    ]),
  },
  {
    name: "echo",
    packages: /^github\.com\/labstack\/echo(?:\/v\d+)?$/,
    constructors: new Set(["New", "NewWithConfig"]),
    types: new Set(["Echo", "Group"]),
    join: plainJoin,
    operations: new Map<string, RouterOperation>([
      ...routes(upper),
      ["Any", ANY],
      ["Add", { does: "methods" }],
      ["Match", { does: "methods" }],
      ["Group", { does: "group", calls: false }],
      ["Use", SAME],
      ["Pre", SAME],
    ]),
  },
  {
    name: "fiber",
    packages: /^github\.com\/gofiber\/fiber(?:\/v\d+)?$/,
    constructors: new Set(["New"]),
    types: new Set(["App", "Router", "Group"]),
    join: slashJoin,
    operations: new Map<string, RouterOperation>([
      ...routes(capital),
      ["All", ANY],
      ["Add", { does: "methods" }],
      ["Group", { does: "group", calls: false }],
      ["Route", { does: "group", calls: true }],
      ["Mount", { does: "mount" }],
      ["Use", { does: "prefix" }],
    ]),
  },
  {
    name: "gorilla",
    packages: /^github\.com\/gorilla\/mux$/,
    constructors: new Set(["NewRouter"]),
    types: new Set(["Router", "Route"]),
    join: plainJoin,
    operations: new Map<string, RouterOperation>([
      ["HandleFunc", { does: "pattern" }],
      ["Handle", { does: "pattern" }],
      ["Path", { does: "entry", says: "path" }],
      ["PathPrefix", { does: "entry", says: "prefix" }],
      ["Methods", { does: "entry", says: "methods" }],
      ["NewRoute", { does: "entry", says: "nothing" }],
      ["Host", { does: "entry", says: "nothing" }],
      ["Schemes", { does: "entry", says: "nothing" }],
      ["Headers", { does: "entry", says: "nothing" }],
      ["Queries", { does: "entry", says: "nothing" }],
      ["StrictSlash", SAME],
      ["UseEncodedPath", SAME],
      ["SkipClean", SAME],
      ["Use", SAME],
    ]),
  },
  {
    name: "httprouter",
    packages: /^github\.com\/julienschmidt\/httprouter$/,
    constructors: new Set(["New"]),
    types: new Set(["Router"]),
    join: plainJoin,
    operations: new Map<string, RouterOperation>([
      ...routes(upper),
      ["Handle", { does: "methods" }],
      ["Handler", { does: "methods" }],
      ["HandlerFunc", { does: "methods" }],
    ]),
  },
  {
    name: "net/http",
    packages: /^net\/http$/,
    constructors: new Set(["NewServeMux"]),
    types: new Set(["ServeMux"]),
    join: plainJoin,
    operations: new Map<string, RouterOperation>([
      ["Handle", { does: "pattern" }],
      ["HandleFunc", { does: "pattern" }],
    ]),
  },
];

export function frameworkOf(importPath: string): GoFramework | undefined {
  return GO_FRAMEWORKS.find(({ packages }) => packages.test(importPath));
}

/** Cheap: whether a text makes or takes a router of any of them. Files that only hold handlers do not. */
export const ROUTER_WORDS =
  /\b(?:chi\d?\.(?:NewRouter|NewMux|Router|Mux)|gin\.(?:New|Default|Engine|RouterGroup|IRouter|IRoutes)|echo\.(?:New|NewWithConfig|Echo|Group)|fiber\.(?:New|App|Router|Group)|mux\.(?:NewRouter|Router|Route)|httprouter\.(?:New|Router)|http\.(?:NewServeMux|ServeMux|Handle|HandleFunc))\b/;
