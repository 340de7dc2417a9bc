import type { Node } from "../../codebase/javascript/reading/syntax.ts";
import type { Call, Unresolved } from "../contract.ts";
import { given as asArguments } from "../javascript/builtins/globals.ts";
import { callFunction } from "../javascript/invoke.ts";
import type { Machine } from "../javascript/machine.ts";
import type { Func, Value } from "../javascript/values.ts";
import type { SeenCall } from "../javascript/visit-calls.ts";
import { parametersIn } from "./address.ts";
import type { Capture } from "./capture.ts";
import { NotedCalls } from "./noted-calls.ts";
import type { Request } from "./options.ts";
import { placeOf, readingOf, type Reading } from "./readings.ts";

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

/** Wrappers of wrappers of wrappers. */
const MOST_ROUNDS = 8;

/**
 * What all calls seen ask for. A request whose address or method depends on parameters is read once for each caller of the
 * functions around it, and so on outwards; it is told where the caller stands who knows the address. What no caller in the
 * code decides is told as it stands, or as unresolved.
 */
export class Following {
  readonly #machine: Machine;
  readonly #capture: Capture;
  readonly #noted: NotedCalls;
  readonly #calls: Call[] = [];
  readonly #all: Waiting[] = [];
  #fresh: Waiting[] = [];
  /** The calls of all requests that wait. */
  readonly #requested = new Set<Node>();
  /** Functions that fetch what caches' keys say. */
  #fetchers: readonly Func[] = [];

  constructor(machine: Machine, capture: Capture) {
    this.#machine = machine;
    this.#capture = capture;
    this.#noted = new NotedCalls(machine);
  }

  note(seen: SeenCall): void {
    this.#noted.note(seen);
  }

  /** Functions whose callers may decide about a request, as far as the calls noted so far show. */
  wrappers(): readonly Func[] {
    const found = new Map<Node, Func>();
    const queue: Func[] = [];
    const meet = (funcs: readonly Func[]): void => {
      for (const func of funcs) {
        if (found.has(func.node)) continue;
        found.set(func.node, func);
        queue.push(func);
      }
    };
    for (const { at, request } of this.#noted.requests) {
      const reading = this.#read(request, at);
      const isSure = at.inside.some(({ node }) => reading.dependsOn.has(node));
      if (isSure || reading.calls.length === 0) meet(decidingFor({ at, reading, isSure }));
    }
    for (const func of queue) {
      for (const { at } of this.#noted.visitsOf(func)) {
        const given = new Set(at.args().flatMap((argument) => parametersIn(argument.value())));
        meet(at.inside.filter(({ node }) => given.has(node)));
      }
    }
    return [...found.values()];
  }

  /** To be called once, when all calls are noted. */
  close(): { readonly calls: readonly Call[]; readonly unresolved: readonly Unresolved[] } {
    this.#noted.visitHandedIn();
    const { requests } = this.#noted;
    const keep = (isKey: boolean): void => {
      for (const { at, request } of requests)
        if ((request.fetcher !== undefined) === isKey) this.#keep(at, this.#readingFor(request, at), new Set());
      this.#askAllCallers();
    };
    keep(false);
    this.#fetchers = this.#all.flatMap(({ at }) => fetchersAround(at));
    keep(true);
    return { calls: [...this.#calls, ...leftCalls(this.#all)], unresolved: leftUnresolved(this.#all) };
  }

  #keep(at: SeenCall, reading: Reading, way: ReadonlySet<Node>): void {
    if (reading === NOTHING) return;
    const isSure = at.inside.some(({ node }) => reading.dependsOn.has(node));
    const isFetcher = way.size === 0 && fetchersAround(at).length > 0;
    if (!isSure && !isFetcher && reading.calls.length > 0) {
      this.#calls.push(...reading.calls);
      return;
    }
    if (way.size === 0) this.#requested.add(at.node);
    this.#fresh.push({ at, reading, way: new Set([...way, at.node]), isSure, isDecided: false });
  }

  #askAllCallers(): void {
    for (let round = 0; round < MOST_ROUNDS && this.#fresh.length > 0; round++) {
      const current = this.#fresh;
      this.#fresh = [];
      this.#all.push(...current);
      for (const one of current) this.#askCallers(one);
    }
    this.#all.push(...this.#fresh);
    this.#fresh = [];
  }

  #askCallers(one: Waiting): void {
    for (const func of decidingFor(one)) {
      for (const { at, func: called } of this.#noted.visitsOf(func)) {
        if (at.inside.some(({ node }) => node === func.node)) continue;
        for (const request of this.#follow(called, at.args(), at, one)) {
          const reading = this.#readingFor(request, at);
          if (!one.isSure && reading.calls.length === 0 && reading.dependsOn.size === 0) continue;
          one.isDecided = true;
          this.#keep(at, reading, one.way);
        }
      }
    }
  }

  #follow(func: Func, args: ReturnType<SeenCall["args"]>, at: SeenCall, { way }: Waiting): readonly Request[] {
    const captured = this.#capture.follow(this.#machine, func, args, at, way, this.#requested);
    return captured.map(({ request }) => request);
  }

  #read(request: Request, at: SeenCall): Reading {
    return readingOf(request, at, this.#capture.bases, (unknown) => this.#noted.givenTo(unknown));
  }

  /** Of a cache's key: what a function that is to fetch it makes of it; the key itself where none is known. */
  #readingFor(request: Request, at: SeenCall): Reading {
    if (request.fetcher === undefined) return this.#read(request, at);
    const key = request.url.kind === "function" ? callFunction(this.#machine, request.url, undefined) : request.url;
    const own = functionsIn(request.fetcher);
    const fetched = (own.length > 0 ? own : this.#fetchers).flatMap((func) => this.#fetchedBy(func, key, at));
    if (fetched.length > 0) {
      const dependsOn = new Set(fetched.flatMap((reading) => [...reading.dependsOn]));
      return { calls: fetched.flatMap(({ calls }) => calls), dependsOn, reason: fetched[0]?.reason ?? "" };
    }
    const reading = this.#read({ ...request, url: key }, at);
    // A name that a cache goes by; its own function asks for what it asks for.
    if (own.length > 0 || (reading.dependsOn.size === 0 && !isAddress(key))) return NOTHING;
    return { ...reading, calls: reading.calls.map((call) => ({ ...call, baseUnknown: true as const })) };
  }

  #fetchedBy(func: Func, key: Value, at: SeenCall): readonly Reading[] {
    const within = this.#all.filter((one) => one.at.inside.some(({ node }) => node === func.node));
    return within.flatMap((one) => {
      const readings = this.#follow(func, asArguments(key), at, one).map((request) => this.#read(request, at));
      if (readings.some(({ calls }) => calls.length > 0)) one.isDecided = true;
      return readings.filter(({ calls, dependsOn }) => calls.length > 0 || dependsOn.size > 0);
    });
  }
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
