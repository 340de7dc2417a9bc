import type { Call, Endpoint, Finding, Method, Place, Route } from "../contract.ts";
import { closestRoute, type KnownRoute } from "./closest-route.ts";
import { groupBy, placeOf, placeText } from "./compare-server.ts";
import { callFits, cleanPath, methodServes, shapeOf, type Shape } from "./path-shape.ts";
import { possibleShifts, shifted, type Shift } from "./prefixes.ts";

/** What a client may call: endpoints of a contract, or routes of a server where there is no contract. */
interface Known {
  readonly route: KnownRoute;
  readonly shape: Shape;
}

/** Calls of one method and path, wherever they stand. */
interface Asked {
  readonly method: Method;
  readonly path: string;
  readonly shape: Shape;
  readonly calls: readonly Call[];
}

interface Fit {
  readonly known: Known;
  readonly exactness: number;
  readonly methodFits: boolean;
}

/** Files that a web server hands out as they are. */
const ASSET = /\.(svg|png|jpe?g|gif|webp|ico|css|m?js|map|woff2?|ttf|txt|html?|webmanifest|wasm|mp[34])$/i;

/**
 * Where a client's calls differ from what the contract promises: a path it does not know, a method it does not have there, and
 * what the server serves without the contract saying so. Without a contract (`endpoints` null) calls are compared with the
 * server's routes.
 *
 * Prefixes that only one side has are no findings where several calls agree on them; other hosts and assets are not judged.
 * Pure; one finding for each method and path, at the first of its calls, unsorted.
 */
export function compareClient(
  calls: readonly Call[],
  endpoints: readonly Endpoint[] | null,
  routes: readonly Route[],
): readonly Finding[] {
  const promised = knownOf(endpoints ?? routes);
  const served = endpoints === null ? [] : knownOf(routes);
  const asked = askedOf(calls);
  const toContract = clientShifts(asked, promised);
  const toServer = clientShifts(asked, served);
  return asked.flatMap((call): readonly Finding[] => {
    const fit = bestFit(call, promised, toContract);
    const beside = bestFit(call, served, toServer);
    if (beside?.methodFits === true && (fit === undefined || !fit.methodFits || fit.exactness < beside.exactness)) {
      const isPromised = promised.some(({ shape, route }) => isSame(shape, route.method, beside.known));
      if (!isPromised) return [undocumented(call, beside.known.route)];
    }
    if (fit?.methodFits === true) return [];
    if (fit !== undefined && call.calls.every(({ methodUnknown }) => methodUnknown === true)) return [];
    if (fit !== undefined) return [wrongMethod(call, fit, promised, endpoints !== null)];
    return ASSET.test(call.path) ? [] : [unknownPath(call, promised, endpoints !== null)];
  });
}

function isSame(shape: Shape, method: Method, other: Known): boolean {
  return shape.text === other.shape.text && methodServes(other.route.method, method);
}

/** The most exact one whose method fits, else the most exact one; the path as it stands first, then as prefixes make it. */
function bestFit({ method, shape }: Asked, known: readonly Known[], shifts: readonly Shift[]): Fit | undefined {
  let best: Fit | undefined;
  for (const segments of [shape.segments, ...shifts.map((shift) => shifted(shape.segments, shift))]) {
    if (segments === undefined) continue;
    for (const one of known) {
      const exactness = callFits({ ...shape, segments }, one.shape);
      if (exactness === undefined || (segments !== shape.segments && exactness < 1)) continue;
      const methodFits = methodServes(one.route.method, method);
      const isBetter = best === undefined || (methodFits === best.methodFits ? exactness > best.exactness : methodFits);
      if (isBetter) best = { known: one, exactness, methodFits };
    }
    if (best?.methodFits === true) return best;
  }
  return best;
}

/**
 * Prefixes that only one side has. Taken off (a proxy does): where several calls, and most of those that begin so, are known
 * without it. Put on (the base address comes from elsewhere): where more calls are known by it than as they stand; a call
 * whose base is told to be unknown needs no second one.
 */
function clientShifts(asked: readonly Asked[], known: readonly Known[]): readonly Shift[] {
  // Without a word in common two paths prove nothing of a prefix.
  const fits = (shape: Shape, segments = shape.segments, least = 0): boolean =>
    known.some((one) => (callFits({ ...shape, segments }, one.shape) ?? -1) >= least);
  const open = asked.filter(({ shape }) => !fits(shape));
  const direct = asked.length - open.length;
  const shapes = open.map(({ shape }) => shape);
  return possibleShifts(
    shapes,
    known.map(({ shape }) => shape),
  ).filter((shift) => {
    // A base stands before much of what is known.
    const below = known.filter(({ shape }) => shifted(shape.segments, { drop: shift.add, add: [] }) !== undefined);
    if (below.length * 4 < known.length) return false;
    const there = open.filter(({ shape }) => shifted(shape.segments, shift) !== undefined);
    if (shift.drop.length > 0 && there.length < Math.min(2, asked.length)) return false;
    const hits = there.filter(({ shape }) => fits(shape, shifted(shape.segments, shift), 1));
    if (shift.drop.length > 0) return hits.length >= Math.min(2, asked.length) && hits.length * 2 >= there.length;
    if (hits.some(({ calls }) => calls.some(({ baseUnknown }) => baseUnknown === true))) return true;
    return hits.length > direct && hits.length * 2 > open.length;
  });
}

function knownOf(routes: readonly KnownRoute[]): readonly Known[] {
  const met = new Map<string, Known>();
  for (const route of routes) {
    const shape = shapeOf(route.path);
    const key = `${route.method} ${shape.text} ${shape.takesRest ? "rest" : ""}`;
    if (!met.has(key)) met.set(key, { route, shape });
  }
  return [...met.values()];
}

/** Calls by method and path; those to other hosts are left out, nobody here knows what is served there. */
function askedOf(calls: readonly Call[]): readonly Asked[] {
  const own = calls.filter(({ path }) => !path.includes("://"));
  return [...groupBy(own, ({ method, path }) => `${method} ${cleanPath(path)}`).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [{ method: first.method, path: cleanPath(first.path), shape: shapeOf(first.path), calls: same }];
  });
}

function undocumented(call: Asked, route: KnownRoute): Finding {
  const suggestion = `Describe ${route.method} ${route.path} in the contract: the server has it (${placeText(route)}), the contract does not.`;
  return finding("undocumented", call, null, { method: route.method, path: route.path }, suggestion + alsoAt(call));
}

function wrongMethod(call: Asked, { known }: Fit, promised: readonly Known[], hasContract: boolean): Finding {
  const there = promised.filter(({ shape }) => shape.text === known.shape.text);
  const methods = [...new Set(there.map(({ route }) => route.method))].toSorted().join(", ");
  const { route } = known;
  const who = hasContract ? "the contract has" : "the server has";
  const suggestion = `Call ${route.path} by ${methods}: ${who} no ${call.method} there (${placeText(route)}).`;
  const closest = { method: route.method, path: route.path };
  return finding("method-mismatch", call, route, closest, suggestion + alsoAt(call));
}

function unknownPath(call: Asked, promised: readonly Known[], hasContract: boolean): Finding {
  const near = closestRoute(
    call,
    promised.map(({ route }) => route),
  );
  const who = hasContract ? "the contract" : "the server";
  const suggestion =
    near === undefined
      ? `Nothing like ${call.path} is in ${who}: describe it there, or remove the call.`
      : `Call ${near.method} ${near.path} (${placeText(near)}), the closest that ${who} has, or add ${call.method} ${call.path} there.`;
  const closest = near === undefined ? null : { method: near.method, path: near.path };
  return finding("unknown-path", call, near ?? null, closest, suggestion + alsoAt(call));
}

function alsoAt({ calls }: Asked): string {
  const others = calls.slice(1).map(placeText);
  const shown = others.slice(0, 3).join(", ");
  if (others.length === 0) return "";
  return ` Also called at ${shown}${others.length > 3 ? ` and ${others.length - 3} more places` : ""}.`;
}

function finding(
  kind: Finding["kind"],
  { method, path, calls }: Asked,
  contract: Place | null,
  closest: Finding["closest"],
  suggestion: string,
): Finding {
  const [first] = calls;
  const code = first === undefined ? null : placeOf(first);
  const at = contract === null ? null : placeOf(contract);
  return { side: "client", kind, method, path, contract: at, code, closest, suggestion };
}
