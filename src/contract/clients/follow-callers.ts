import type { Node } from "../../codebase/javascript/reading/syntax.ts";
import type { Call, Place, Unresolved } from "../contract.ts";
import { given as asArguments } from "../javascript/builtins/globals.ts";
import { callFunction } from "../javascript/invoke.ts";
import type { Machine } from "../javascript/machine.ts";
import type { Func, Unknown, Value } from "../javascript/values.ts";
import type { SeenCall } from "../javascript/visit-calls.ts";
import { parametersIn, readAddress, withDynamicParts } from "./address.ts";
import { readerAt, type Capture } from "./capture.ts";
import type { Request } from "./options.ts";
import { instanceKey, methodsOf, readRequest } from "./requests.ts";
import { typedCallee } from "./typed-callee.ts";

/** What a request says of itself where it stands, or for one caller. */
interface Reading {
  readonly calls: readonly Call[];
  /** Functions whose callers say more. */
  readonly dependsOn: ReadonlySet<Node>;
  readonly reason: string;
}

/** A request, or a call of a wrapper, that waits for the callers of the functions around it. */
interface Waiting {
  readonly at: SeenCall;
  readonly reading: Reading;
  /** The calls on the way to the request, itself included. */
  readonly way: ReadonlySet<Node>;
  /** It says itself that callers decide. */
  readonly isSure: boolean;
  isDecided: boolean;
}

/** A call of a function of the project. */
interface Visit {
  readonly at: SeenCall;
  readonly func: Func;
}

/** Wrappers of wrappers of wrappers. */
const MOST_ROUNDS = 8;
/** Callers that are asked for the function that they hand in. */
const MOST_HANDED_IN = 20;

/**
 * What all calls seen ask for. A request whose address or method depends on parameters is read once for each caller of the
 * functions around it, and so on outwards; it is told where the caller stands who knows the address. What no caller in the
 * code decides is told as it stands, or as unresolved.
 */
export function followCallers(
  machine: Machine,
  capture: Capture,
  seen: readonly SeenCall[],
): { readonly calls: readonly Call[]; readonly unresolved: readonly Unresolved[] } {
  const calls: Call[] = [];
  const visits = new Map<Node, Visit[]>();
  const passed: { readonly at: SeenCall; readonly callee: Unknown }[] = [];
  const requests: { readonly at: SeenCall; readonly request: Request }[] = [];
  for (const at of seen) {
    const callee = at.callee();
    const options = callee.kind === "choice" ? callee.options : [callee];
    for (const [index, met] of options.entries()) {
      const one = met.kind === "unknown" ? (typedCallee(met, at, machine) ?? met) : met;
      if (one.kind === "unknown" && one.why.kind === "parameter") passed.push({ at, callee: one });
      if (one.kind === "function") addVisit(one, at);
      if (one.kind !== "foreign") continue;
      const request = readRequest(one, at.args(), readerAt(machine, at));
      if (request === undefined) continue;
      requests.push({
        at,
        request: options.length > 1 ? { ...request, choice: { index, of: options.length } } : request,
      });
    }
  }
  for (const one of passed) visitPassed(one.at, one.callee);
  const all: Waiting[] = [];
  let fresh: Waiting[] = [];
  const keep = (at: SeenCall, reading: Reading, way: ReadonlySet<Node>): void => {
    const inside = new Set(at.inside.map(({ node }) => node));
    const isSure = [...reading.dependsOn].some((node) => inside.has(node));
    if (!isSure && reading.calls.length > 0) calls.push(...reading.calls);
    else fresh.push({ at, reading, way: new Set([...way, at.node]), isSure, isDecided: false });
  };
  const fetched: { readonly at: SeenCall; readonly request: Request }[] = [];
  for (const { at, request } of requests) {
    if (request.by.startsWith("swr")) fetched.push({ at, request });
    else keep(at, readingOf(request, at, capture), new Set());
  }
  for (let round = 0; round < MOST_ROUNDS && fresh.length > 0; round++) {
    const current = fresh;
    fresh = [];
    all.push(...current);
    for (const one of current) askCallers(one);
  }
  all.push(...fresh);
  const configured = all.flatMap(({ at }) => fetchersAround(at));
  for (const one of fetched) fetchByKey(one.at, one.request);
  return { calls: [...calls, ...leftCalls(all)], unresolved: leftUnresolved(all) };

  function addVisit(func: Func, at: SeenCall): void {
    const known = visits.get(func.node);
    if (known === undefined) visits.set(func.node, [{ at, func }]);
    else known.push({ at, func });
  }

  /** A function that was handed in is called: what the callers hand in. */
  function visitPassed(at: SeenCall, { why }: Unknown): void {
    if (why.kind !== "parameter") return;
    const met = new Set<Node>();
    for (const visit of (visits.get(why.of) ?? []).slice(0, MOST_HANDED_IN)) {
      const argument = visit.at.args()[why.index];
      let value = argument === undefined || argument.isSpread ? undefined : argument.value();
      for (const member of why.path) value = value === undefined ? undefined : machine.member(value, member, visit.at);
      if (value?.kind !== "function" || met.has(value.node)) continue;
      met.add(value.node);
      addVisit(value, at);
    }
  }

  function askCallers(one: Waiting): void {
    const inside = one.at.inside.map(({ node }) => node);
    const asked = one.isSure ? inside.filter((node) => one.reading.dependsOn.has(node)) : inside;
    for (const node of asked) {
      for (const visit of visits.get(node) ?? []) {
        if (visit.at.inside.some((func) => func.node === node)) continue;
        for (const { request } of capture.follow(machine, visit.func, visit.at.args(), visit.at, one.way)) {
          const reading = readingOf(request, visit.at, capture);
          if (!one.isSure && reading.calls.length === 0 && reading.dependsOn.size === 0) continue;
          one.isDecided = true;
          keep(visit.at, reading, one.way);
        }
      }
    }
  }

  /** An address that is a cache's key: what the function that fetches it makes of it; the key itself where none is known. */
  function fetchByKey(at: SeenCall, request: Request): void {
    const key = keyOf(machine, request.url);
    const given = functionsIn(request.fetcher);
    const fetchers = given.length > 0 ? given : configured;
    let isFollowed = false;
    for (const func of fetchers) {
      for (const one of all) {
        if (!one.way.has(one.at.node) || !one.at.inside.some(({ node }) => node === func.node)) continue;
        for (const { request: inner } of capture.follow(machine, func, asArguments(key), at, one.way)) {
          const reading = readingOf(inner, at, capture);
          if (reading.calls.length === 0) continue;
          calls.push(...reading.calls);
          one.isDecided = true;
          isFollowed = true;
        }
      }
    }
    if (isFollowed) return;
    const reading = readingOf({ ...request, url: key }, at, capture);
    if (request.by === "swr" && isAddress(key))
      calls.push(...reading.calls.map((call) => ({ ...call, baseUnknown: true as const })));
  }
}

function readingOf(request: Request, at: SeenCall, { bases }: Capture): Reading {
  const base = request.base ?? (request.instance === undefined ? undefined : bases.get(instanceKey(request.instance)));
  const address = readAddress(request.url, base);
  const methods = methodsOf(request.method);
  const dependsOn = new Set(address.dependsOn);
  if (typeof request.method === "object") for (const node of parametersIn(request.method)) dependsOn.add(node);
  if (methods === undefined) return { calls: [], dependsOn, reason: "its method is not known" };
  const place = placeOf(at);
  const inTurn =
    request.choice?.of === address.addresses.length
      ? address.addresses.slice(request.choice.index, request.choice.index + 1)
      : address.addresses;
  const addresses = choosesInPath(at) ? withDynamicParts(inTurn) : inTurn;
  const isPaired = addresses.length === methods.length && addresses.length > 1;
  const calls = addresses.flatMap(({ host, path, baseUnknown }, index) =>
    (isPaired ? methods.slice(index, index + 1) : methods).map((method): Call => {
      const open = baseUnknown ? { baseUnknown: true as const } : {};
      return { method, path: `${host ?? ""}${path}`, ...place, by: request.by, ...open };
    }),
  );
  return { calls, dependsOn, reason: address.reason };
}

/** A condition inside of a template: `/plugin/${on ? "enable" : "disable"}`. */
const CONDITION_IN_TEMPLATE = /\$\{[^{}]*\?[^{}]*:[^{}]*\}/;
const LONGEST_CALL = 2000;

function choosesInPath({ node, scope }: SeenCall): boolean {
  return CONDITION_IN_TEMPLATE.test(scope.module.text.slice(node.start, Math.min(node.end, node.start + LONGEST_CALL)));
}

function placeOf({ node, scope }: SeenCall): Place {
  return { file: scope.module.path, line: scope.module.lineAt(node.start) };
}

/** The key that a cache goes by: a function gives it, a list begins with it. */
function keyOf(machine: Machine, key: Value): Value {
  if (key.kind !== "function") return key;
  return callFunction(machine, key, undefined);
}

/** `/api/users`, `https://…`, or an unknown base before a path; other keys are only names. */
function isAddress(key: Value): boolean {
  const options = key.kind === "choice" ? key.options : [key];
  return options.some((option) => {
    const first = option.kind === "list" ? option.items[0] : option;
    if (first?.kind !== "text") return false;
    const [head, second] = first.parts;
    if (typeof head === "string") return /^(?:\/|https?:)/.test(head);
    return typeof second === "string" && second.startsWith("/");
  });
}

function leftCalls(all: readonly Waiting[]): readonly Call[] {
  return all.flatMap(({ at, isDecided, reading }) => (isDecided || fetchersAround(at).length > 0 ? [] : reading.calls));
}

function leftUnresolved(all: readonly Waiting[]): readonly Unresolved[] {
  return all.flatMap(({ at, isDecided, reading }) => {
    if (isDecided || reading.calls.length > 0 || fetchersAround(at).length > 0) return [];
    return [{ ...placeOf(at), reason: reading.reason }];
  });
}

/** A function that a cache is configured with: what it fetches are the keys, which are told where they stand. */
function fetchersAround(at: SeenCall): readonly Func[] {
  const { text } = at.scope.module;
  return at.inside.filter(
    ({ node, name }) => /fetcher$/i.test(name) || FETCHER.test(text.slice(Math.max(0, node.start - 100), node.start)),
  );
}

/** `fetcher: async (key) =>`, `const apiFetcher: Fetcher<T> = (key) =>`. */
const FETCHER = /fetcher["']?\s*(?:=|:(?:[^;(){}]*=)?)\s*(?:async\s*)?$/i;

function functionsIn(value: Value | undefined): readonly Func[] {
  const options = value?.kind === "choice" ? value.options : [value];
  return options.filter((one): one is Func => one?.kind === "function");
}
