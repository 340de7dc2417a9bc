import type { Node } from "../../codebase/javascript/reading/syntax.ts";
import type { Machine } from "../javascript/machine.ts";
import { isSame, type ClassValue, type Func, type Unknown, type Value } from "../javascript/values.ts";
import type { SeenCall } from "../javascript/visit-calls.ts";
import { readerAt } from "./capture.ts";
import type { Request } from "./options.ts";
import { readRequest } from "./requests.ts";
import { typedCallee } from "./typed-callee.ts";

/** A call of a function of the project. */
export interface Visit {
  readonly at: SeenCall;
  readonly func: Func;
}

/** A call of a library that makes a request. */
export interface Asking {
  readonly at: SeenCall;
  readonly request: Request;
}

/** Callers that are asked for the function that they hand in. */
const MOST_HANDED_IN = 20;

/** What is called where, by what it is: requests, functions of the project, makers of instances. */
export class NotedCalls {
  readonly requests: Asking[] = [];
  readonly #machine: Machine;
  readonly #visits = new Map<Node, Visit[]>();
  readonly #handedIn: { readonly at: SeenCall; readonly callee: Unknown }[] = [];
  /** By constructor: what makes instances. */
  readonly #makers = new Map<Node, SeenCall[]>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  note(at: SeenCall): void {
    const isElement = at.node.type === "JSXOpeningElement";
    if (isOfLanguage(at.node) || (isElement && !handsOn(at.node))) return;
    const callee = at.callee();
    const options = callee.kind === "choice" ? callee.options : [callee];
    for (const [index, met] of options.entries()) {
      const one = met.kind === "unknown" ? (typedCallee(met, at, this.#machine) ?? met) : met;
      if (one.kind === "unknown" && one.why.kind === "parameter") this.#handedIn.push({ at, callee: one });
      if (one.kind === "function") this.#addVisit(one, at);
      if (one.kind === "class" && at.node.type === "NewExpression") this.#addMaker(one, at);
      if (one.kind !== "foreign" || isElement) continue;
      const request = readRequest(one, at.args(), readerAt(this.#machine, at));
      if (request === undefined) continue;
      const choice = options.length > 1 ? { choice: { index, of: options.length } } : {};
      this.requests.push({ at, request: { ...request, ...choice } });
    }
  }

  visitsOf(func: Func): readonly Visit[] {
    return this.#visits.get(func.node) ?? [];
  }

  /** Functions that are handed in and called there: what the callers hand in is called there, too. */
  visitHandedIn(): void {
    for (const { at, callee } of this.#handedIn) {
      const { why } = callee;
      if (why.kind !== "parameter") continue;
      const met = new Set<Node>();
      for (const visit of (this.#visits.get(why.of) ?? []).slice(0, MOST_HANDED_IN)) {
        const value = this.#givenBy(visit.at, callee);
        if (value?.kind !== "function" || met.has(value.node)) continue;
        met.add(value.node);
        this.#addVisit(value, at);
      }
    }
  }

  /** What a constructor's parameter is, where one value is handed to it by all who make instances. */
  givenTo(unknown: Unknown): Value | undefined {
    if (unknown.why.kind !== "parameter") return undefined;
    const values = (this.#makers.get(unknown.why.of) ?? []).flatMap((at) => this.#givenBy(at, unknown) ?? []);
    const [first, ...others] = values;
    return first !== undefined && others.every((other) => isSame(first, other)) ? first : undefined;
  }

  /** What a caller gives for a parameter, or for a part of it. */
  #givenBy(at: SeenCall, { why }: Unknown): Value | undefined {
    if (why.kind !== "parameter") return undefined;
    const argument = at.args()[why.index];
    let value = argument === undefined || argument.isSpread ? undefined : argument.value();
    for (const member of why.path) value = value === undefined ? undefined : this.#machine.member(value, member, at);
    return value;
  }

  #addVisit(func: Func, at: SeenCall): void {
    const known = this.#visits.get(func.node);
    if (known === undefined) this.#visits.set(func.node, [{ at, func }]);
    else known.push({ at, func });
  }

  #addMaker(made: ClassValue, at: SeenCall): void {
    const constructor = constructorOf(made);
    if (constructor !== undefined) this.#makers.set(constructor, [...(this.#makers.get(constructor) ?? []), at]);
  }
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
