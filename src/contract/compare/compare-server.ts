import type { Endpoint, Finding, Place, Route } from "../contract.ts";
import { closestRoute } from "./closest-route.ts";
import { methodServes, shapeOf, type Shape } from "./path-shape.ts";
import { NO_SHIFT, possibleShifts, shifted, type Shift } from "./prefixes.ts";

/** An endpoint with what it is compared by. */
interface Promised {
  readonly endpoint: Endpoint;
  readonly shape: Shape;
  /** Its path's shape as the server writes it. */
  readonly served: string;
}

interface Served {
  readonly route: Route;
  readonly shape: Shape;
  /** Some endpoint of the contract is this one. */
  documented: boolean;
}

/**
 * Where a server's code differs from its contract. An endpoint is served by a route of the same shape and a method that
 * answers it; else the one undocumented route at its path has the wrong method, or it is missing. What is served and not
 * promised is undocumented; HEAD and OPTIONS beside a promised method are not, servers add them themselves.
 *
 * A prefix that all of one side has and the other lacks (a proxy adds it) is no finding. Pure; each finding once, unsorted.
 */
export function compareServer(endpoints: readonly Endpoint[], routes: readonly Route[]): readonly Finding[] {
  const served = uniqueRoutes(routes);
  const promised = promises(endpoints, served);
  const byShape = groupBy(served, ({ shape }) => shape.text);
  const named: Finding[] = [];
  const unserved: Promised[] = [];
  for (const promise of promised) {
    const route = servingRoute(promise, byShape.get(promise.served) ?? []);
    if (route === undefined) unserved.push(promise);
    else if (!sameNames(promise.shape, route.shape)) named.push(otherNames(promise.endpoint, route.route));
  }
  const open = served.filter((route) => !route.documented && !isImplied(route, byShape.get(route.shape.text) ?? []));
  const broken = unserved.map((promise) => brokenPromise(promise, unserved, open, served));
  const used = new Set(broken.map(({ uses }) => uses));
  const undocumented = open.filter((route) => !used.has(route)).map(({ route }) => undocumentedRoute(route, endpoints));
  return [...named, ...broken.map(({ finding }) => finding), ...undocumented];
}

function promises(endpoints: readonly Endpoint[], served: readonly Served[]): readonly Promised[] {
  const shapes = endpoints.map(({ path }) => shapeOf(path));
  const shift = serverShift(
    shapes,
    served.map(({ shape }) => shape),
  );
  const met = new Set<string>();
  const kept: Promised[] = [];
  for (const [index, endpoint] of endpoints.entries()) {
    const shape = shapes[index];
    if (shape === undefined) continue;
    const key = `${endpoint.method} ${shape.text} ${shape.names.join()}`;
    if (met.has(key)) continue;
    met.add(key);
    kept.push({ endpoint, shape, served: `/${(shifted(shape.segments, shift) ?? shape.segments).join("/")}` });
  }
  return kept;
}

/** The prefix to take off or put on, where that way more than twice as many paths are served, and half of all. */
function serverShift(promised: readonly Shape[], served: readonly Shape[]): Shift {
  const texts = new Set(served.map(({ text }) => text));
  const count = (shift: Shift): number =>
    promised.filter(({ segments }) => texts.has(`/${(shifted(segments, shift) ?? segments).join("/")}`)).length;
  const plain = count(NO_SHIFT);
  if (plain * 2 >= promised.length) return NO_SHIFT;
  let best = { shift: NO_SHIFT, count: Math.max(plain * 2, Math.ceil(promised.length / 2) - 1) };
  for (const shift of possibleShifts(promised, served)) {
    const found = count(shift);
    if (found > best.count) best = { shift, count: found };
  }
  return best.shift;
}

/** The route that serves an endpoint, the one with the same names first; it and its equals are documented by that. */
function servingRoute({ endpoint, shape }: Promised, there: readonly Served[]): Served | undefined {
  const fitting = there.filter(({ route }) => methodServes(route.method, endpoint.method));
  const exact = fitting.filter(({ route }) => route.method === endpoint.method);
  const among = exact.length > 0 ? exact : fitting;
  for (const route of among) if (route.shape.names.length === shape.names.length) route.documented = true;
  return among.find((route) => sameNames(shape, route.shape)) ?? among[0];
}

/** HEAD and OPTIONS beside a method that the contract knows. */
function isImplied({ route }: Served, there: readonly Served[]): boolean {
  const known = there.some((other) => other.documented && (route.method === "OPTIONS" || other.route.method === "GET"));
  return known && (route.method === "HEAD" || route.method === "OPTIONS");
}

interface Broken {
  readonly finding: Finding;
  /** The undocumented route that was meant; it is not told a second time. */
  readonly uses: Served | undefined;
}

function brokenPromise(
  promise: Promised,
  unserved: readonly Promised[],
  open: readonly Served[],
  served: readonly Served[],
): Broken {
  const { endpoint } = promise;
  const here = open.filter(({ shape }) => shape.text === promise.served);
  const first = here[0];
  if (first !== undefined) {
    // Of several it cannot be told which was meant: each is told by itself.
    const alone = here.length === 1 && unserved.filter((other) => other.served === promise.served).length === 1;
    const meant = here.map(({ route }) => route.method).join(" and ");
    const change = `serve ${endpoint.method} ${endpoint.path} at ${placeText(first.route)}, where ${meant} is served`;
    const suggestion = `${capital(change)}, or change the contract to ${meant}.`;
    return {
      finding: finding("method-mismatch", endpoint, first.route, suggestion),
      uses: alone ? first : undefined,
    };
  }
  const counted = open.filter(({ shape }) => differsInCount(promise.served, shape.text));
  const [other] = counted;
  if (other !== undefined && counted.length === 1) {
    const { route } = other;
    const suggestion = `Serve ${endpoint.path} with ${parameters(promise.shape)} at ${placeText(route)}, where ${route.path} has ${parameters(other.shape)}.`;
    return { finding: finding("param-count", endpoint, route, suggestion), uses: other };
  }
  return { finding: missing(promise, served), uses: undefined };
}

function missing({ endpoint, shape, served: text }: Promised, served: readonly Served[]): Finding {
  const routes = served.map(({ route }) => route);
  const near = closestRoute({ method: endpoint.method, path: text.replaceAll("{}", "{_}") }, routes);
  const add = `Add a route for ${endpoint.method} ${endpoint.path}`;
  const suggestion =
    near === undefined
      ? `${add}; nothing like it is served.`
      : `${add}; the closest is ${near.method} ${near.path} (${placeText(near)})${difference(shape, shapeOf(near.path))}.`;
  const closest = near === undefined ? null : { method: near.method, path: near.path };
  const { method, path } = endpoint;
  return {
    side: "server",
    kind: "missing",
    method,
    path,
    contract: placeOf(endpoint),
    code: null,
    closest,
    suggestion,
  };
}

function difference(wanted: Shape, near: Shape): string {
  const less = wanted.names.length - near.names.length;
  if (less === 0) return "";
  const count = Math.abs(less) === 1 ? "one parameter" : `${Math.abs(less)} parameters`;
  return `, which has ${count} ${less > 0 ? "less" : "more"}`;
}

/** `/diff/{}...{}` and `/diff/{}`: the same words, one segment with more parameters. */
function differsInCount(a: string, b: string): boolean {
  const left = a.split("/");
  const right = b.split("/");
  if (a === b || left.length !== right.length) return false;
  return left.every((segment, index) => {
    const other = right[index] ?? "";
    return segment === other || (segment.includes("{}") && other.includes("{}"));
  });
}

function otherNames(endpoint: Endpoint, route: Route): Finding {
  const [wanted, met] = [shapeOf(endpoint.path).names, shapeOf(route.path).names];
  const wrong = wanted.flatMap((name, index) => (name === met[index] ? [] : [`{${met[index] ?? ""}} to {${name}}`]));
  const suggestion = `Rename ${wrong.join(" and ")} at ${placeText(route)}, or write ${route.path} in the contract.`;
  return finding("param-name", endpoint, route, suggestion);
}

function undocumentedRoute(route: Route, endpoints: readonly Endpoint[]): Finding {
  const near = closestRoute(route, endpoints);
  const { method, path } = route;
  return {
    side: "server",
    kind: "undocumented",
    method,
    path,
    contract: null,
    code: placeOf(route),
    closest: near === undefined ? null : { method: near.method, path: near.path },
    suggestion: `Describe ${method} ${path} in the contract, or remove the route at ${placeText(route)}.`,
  };
}

function finding(kind: Finding["kind"], endpoint: Endpoint, route: Route, suggestion: string): Finding {
  const { method, path } = endpoint;
  const closest = { method: route.method, path: route.path };
  return {
    side: "server",
    kind,
    method,
    path,
    contract: placeOf(endpoint),
    code: placeOf(route),
    closest,
    suggestion,
  };
}

/** A wildcard has no name that anybody could rely on. */
function sameNames(a: Shape, b: Shape): boolean {
  return a.names.every((name, index) => {
    const other = b.names[index];
    return name === other || name === "*" || other === "*" || name === "" || other === "";
  });
}

function parameters({ names }: Shape): string {
  return names.length === 1 ? "one parameter" : `${names.length} parameters`;
}

function uniqueRoutes(routes: readonly Route[]): readonly Served[] {
  const met = new Map<string, Served>();
  for (const route of routes) {
    const shape = shapeOf(route.path);
    const key = `${route.method} ${shape.text} ${shape.names.join()}`;
    if (!met.has(key)) met.set(key, { route, shape, documented: false });
  }
  return [...met.values()];
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

export function placeOf({ file, line }: Place): Place {
  return { file, line };
}

export function placeText({ file, line }: Place): string {
  return `${file}:${line}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
