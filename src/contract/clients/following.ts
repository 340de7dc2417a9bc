import type { Node } from "../../codebase/javascript/reading/syntax.ts";
import type { Call, Unresolved } from "../contract.ts";
import { given as asArguments } from "../javascript/builtins/globals.ts";
import { callFunction } from "../javascript/invoke.ts";
import type { Machine } from "../javascript/machine.ts";
import { isSame, type ClassValue, type Func, type Unknown, type Value } from "../javascript/values.ts";
import type { SeenCall } from "../javascript/visit-calls.ts";
import { parametersIn } from "./address.ts";
import { readerAt, type Capture } from "./capture.ts";
import type { Request } from "./options.ts";
import { placeOf, readingOf, type Reading } from "./readings.ts";
import { readRequest } from "./requests.ts";
import { typedCallee } from "./typed-callee.ts";

/**
 * What all calls seen ask for. A request whose address or method depends on parameters is read once for each caller of the
 * functions around it, and so on outwards; it is told where the caller stands who knows the address. What no caller in the
 * code decides is told as it stands, or as unresolved.
 */
export interface Following {
  note(seen: SeenCall): void;
  /** Functions whose callers may decide about a request, as far as the calls noted so far show. */
  wrappers(): readonly Func[];
  /** To be called once, when all calls are noted. */
  close(): { readonly calls: readonly Call[]; readonly unresolved: readonly Unresolved[] };
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

interface Asking {
  readonly at: SeenCall;
  readonly request: Request;
}

/** Wrappers of wrappers of wrappers. */
const MOST_ROUNDS = 8;
/** Callers that are asked for the function that they hand in. */
const MOST_HANDED_IN = 20;

export function openFollowing(machine: Machine, capture: Capture): Following {
  const calls: Call[] = [];
  const visits = new Map<Node, Visit[]>();
  const handedIn: { readonly at: SeenCall; readonly callee: Unknown }[] = [];
  const asking: Asking[] = [];
  const keyed: Asking[] = [];
  const all: Waiting[] = [];
  let fresh: Waiting[] = [];
  /** The calls of all requests that wait. */
  const requested = new Set<Node>();
  /** By constructor: what makes instances. */
  const makers = new Map<Node, SeenCall[]>();

  const addVisit = (func: Func, at: SeenCall): void => {
    const known = visits.get(func.node);
    if (known === undefined) visits.set(func.node, [{ at, func }]);
    else known.push({ at, func });
  };

  const addMaker = (made: ClassValue, at: SeenCall): void => {
    const constructor = constructorOf(made);
    if (constructor !== undefined) makers.set(constructor, [...(makers.get(constructor) ?? []), at]);
  };

  /** What a constructor's parameter is, where one value is handed to it by all who make instances. */
  const givenTo = ({ why }: Unknown): Value | undefined => {
    if (why.kind !== "parameter") return undefined;
    const values = (makers.get(why.of) ?? []).flatMap((at) => {
      let value = at.args()[why.index]?.value();
      for (const member of why.path) value = value === undefined ? undefined : machine.member(value, member, at);
      return value === undefined ? [] : [value];
    });
    const [first, ...others] = values;
    return first !== undefined && others.every((other) => isSame(first, other)) ? first : undefined;
  };

  const note = (at: SeenCall): void => {
    if (isOfLanguage(at.node) || (at.node.type === "JSXOpeningElement" && !handsOn(at.node))) return;
    const callee = at.callee();
    const options = callee.kind === "choice" ? callee.options : [callee];
    for (const [index, met] of options.entries()) {
      const one = met.kind === "unknown" ? (typedCallee(met, at, machine) ?? met) : met;
      if (one.kind === "unknown" && one.why.kind === "parameter") handedIn.push({ at, callee: one });
      if (one.kind === "function") addVisit(one, at);
      if (one.kind === "class" && at.node.type === "NewExpression") addMaker(one, at);
      if (one.kind !== "foreign" || at.node.type === "JSXOpeningElement") continue;
      const request = readRequest(one, at.args(), readerAt(machine, at));
      if (request === undefined) continue;
      const chosen = options.length > 1 ? { ...request, choice: { index, of: options.length } } : request;
      (request.fetcher === undefined ? asking : keyed).push({ at, request: chosen });
    }
  };

  const keep = (at: SeenCall, reading: Reading, way: ReadonlySet<Node>): void => {
    if (reading === NOTHING) return;
    const isSure = at.inside.some(({ node }) => reading.dependsOn.has(node));
    const isFetcher = way.size === 0 && fetchersAround(at).length > 0;
    if (!isSure && !isFetcher && reading.calls.length > 0) calls.push(...reading.calls);
    else {
      if (way.size === 0) requested.add(at.node);
      fresh.push({ at, reading, way: new Set([...way, at.node]), isSure, isDecided: false });
    }
  };

  /** A function that was handed in is called: what the callers hand in. */
  const visitHandedIn = (at: SeenCall, { why }: Unknown): void => {
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
  };

  const askCallers = (one: Waiting): void => {
    for (const func of decidingFor(one)) {
      for (const visit of visits.get(func.node) ?? []) {
        if (visit.at.inside.some(({ node }) => node === func.node)) continue;
        for (const { request } of capture.follow(machine, visit.func, visit.at.args(), visit.at, one.way, requested)) {
          const reading = readingFor(request, visit.at);
          if (!one.isSure && reading.calls.length === 0 && reading.dependsOn.size === 0) continue;
          one.isDecided = true;
          keep(visit.at, reading, one.way);
        }
      }
    }
  };

  const askAllCallers = (): void => {
    for (let round = 0; round < MOST_ROUNDS && fresh.length > 0; round++) {
      const current = fresh;
      fresh = [];
      all.push(...current);
      for (const one of current) askCallers(one);
    }
    all.push(...fresh);
    fresh = [];
  };

  let configured: readonly Func[] = [];

  /** Of a cache's key: what a function that is to fetch it makes of it; the key itself where none is known. */
  const readingFor = (request: Request, at: SeenCall): Reading => {
    if (request.fetcher === undefined) return readingOf(request, at, capture.bases, givenTo);
    const key = request.url.kind === "function" ? callFunction(machine, request.url, undefined) : request.url;
    const own = functionsIn(request.fetcher);
    const fetched = (own.length > 0 ? own : configured).flatMap((func) => fetchedBy(func, key, at));
    const [first] = fetched;
    if (first !== undefined) return { ...first, calls: fetched.flatMap((reading) => reading.calls) };
    const reading = readingOf({ ...request, url: key }, at, capture.bases, givenTo);
    // A name that a cache goes by; its own function asks for what it asks for.
    if (own.length > 0 || (reading.dependsOn.size === 0 && !isAddress(key))) return NOTHING;
    return { ...reading, calls: reading.calls.map((call) => ({ ...call, baseUnknown: true as const })) };
  };

  const fetchedBy = (func: Func, key: Value, at: SeenCall): readonly Reading[] => {
    const within = all.filter((one) => one.at.inside.some(({ node }) => node === func.node));
    return within.flatMap((one) =>
      capture.follow(machine, func, asArguments(key), at, one.way, requested).flatMap(({ request }) => {
        const reading = readingOf(request, at, capture.bases, givenTo);
        if (reading.calls.length > 0) one.isDecided = true;
        return reading.calls.length > 0 ? [reading] : [];
      }),
    );
  };

  return {
    note,
    wrappers() {
      const found = new Map<Node, Func>();
      const queue: Func[] = [];
      const meet = (funcs: readonly Func[]): void => {
        for (const func of funcs) {
          if (found.has(func.node)) continue;
          found.set(func.node, func);
          queue.push(func);
        }
      };
      for (const { at, request } of [...asking, ...keyed]) {
        const reading = readingOf(request, at, capture.bases, givenTo);
        const isSure = at.inside.some(({ node }) => reading.dependsOn.has(node));
        if (isSure || reading.calls.length === 0) meet(decidingFor({ at, reading, isSure }));
      }
      for (const func of queue) {
        for (const { at } of visits.get(func.node) ?? []) {
          const given = new Set(at.args().flatMap((argument) => parametersIn(argument.value())));
          meet(at.inside.filter(({ node }) => given.has(node)));
        }
      }
      return [...found.values()];
    },
    close() {
      for (const { at, callee } of handedIn) visitHandedIn(at, callee);
      for (const { at, request } of asking) keep(at, readingFor(request, at), new Set());
      askAllCallers();
      configured = all.flatMap(({ at }) => fetchersAround(at));
      for (const { at, request } of keyed) keep(at, readingFor(request, at), new Set());
      askAllCallers();
      return { calls: [...calls, ...leftCalls(all)], unresolved: leftUnresolved(all) };
    },
  };
}

/** The constructor of a class, or of the one that it extends. */
function constructorOf(made: ClassValue): Node | undefined {
  let at: Value | undefined = made;
  for (let depth = 0; at?.kind === "class" && depth < 8; depth++) {
    const members = at.node["body"]["body"] as readonly Node[];
    const found = members.find((member) => member.type === "MethodDefinition" && member["kind"] === "constructor");
    if (found !== undefined) return found["value"] as Node;
    at = at.parent();
  }
  return undefined;
}

/** Methods that lists, texts, promises and events have: what they are called on need not be known. */
const OF_LANGUAGE =
  /^(?:map|filter|forEach|find|findIndex|findLast|flatMap|flat|reduce|reduceRight|some|every|includes|indexOf|lastIndexOf|join|push|pop|shift|unshift|splice|slice|sort|toSorted|reverse|concat|entries|keys|values|has|add|split|trim|trimEnd|trimStart|replace|replaceAll|startsWith|endsWith|toLowerCase|toUpperCase|toString|toFixed|toLocaleString|toISOString|getTime|padStart|padEnd|substring|charAt|match|matchAll|test|exec|then|catch|finally|log|warn|error|info|debug|preventDefault|stopPropagation|addEventListener|removeEventListener|querySelector|getElementById|focus|blur|click|json|text|blob|clone|stringify|parse|isArray|assign|fromEntries|max|min|round|floor|ceil|abs|now)$/;

function isOfLanguage(node: Node): boolean {
  const written = node["callee"] as Node | undefined;
  const callee = written?.type === "ChainExpression" ? (written["expression"] as Node) : written;
  if (callee?.type !== "MemberExpression" || callee["computed"] === true) return false;
  return OF_LANGUAGE.test(String(callee["property"]["name"]));
}

/** A component that gets an address or a function to ask with. */
const HANDED_ON = /url|uri|path|endpoint|api|fetch|request|call|client|http|axios|query|load|save|submit/i;

function handsOn(element: Node): boolean {
  const attributes = element["attributes"] as readonly Node[];
  return attributes.some(({ type, name }) => type === "JSXAttribute" && HANDED_ON.test(String(name["name"])));
}

/** Nothing is asked for, and nothing is missing. */
const NOTHING: Reading = { calls: [], dependsOn: new Set(), reason: "" };

/** The functions around a request whose callers decide; where it does not say which, all of them may. */
function decidingFor({ at, reading, isSure }: Pick<Waiting, "at" | "reading" | "isSure">): readonly Func[] {
  return isSure ? at.inside.filter(({ node }) => reading.dependsOn.has(node)) : at.inside;
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

function functionsIn(value: Value): readonly Func[] {
  const options = value.kind === "choice" ? value.options : [value];
  return options.filter((one): one is Func => one.kind === "function");
}
