import type { Node } from "../../codebase/javascript/reading/syntax.ts";
import type { Argument, Foreign, Value } from "../javascript/values.ts";
import { isNothing, optionsOf, plainText } from "../javascript/values.ts";
import { LIBRARIES, ofetchRequest } from "./libraries.ts";
import { at, fieldOf, isMethodOpen, methodIn, METHODS, plainNames, type Read, type Request } from "./options.ts";

const FETCHES =
  /^(?:node-fetch|cross-fetch|isomorphic-fetch|isomorphic-unfetch|unfetch|whatwg-fetch|undici|expo\/fetch|@tauri-apps\/plugin-http|fetch-retry)$/;
const GLOBALS: readonly string[] = ["window", "globalThis", "self", "global", "unsafeWindow"];

/**
 * The requests that a call of a package's function makes: one, or none where it makes none. `callee` is what stands before the
 * parentheses. Pure, but for what `read` does.
 */
export function readRequest(callee: Foreign, args: readonly Argument[], read: Read): Request | undefined {
  const names = plainNames(callee);
  if (callee.package === "") return readGlobal(callee, names, args, read);
  if (FETCHES.test(callee.package)) return fetchRequest(args, read);
  const axios = axiosInstance(callee, read);
  if (axios !== undefined) return axiosRequest(axios, args, read);
  for (const library of LIBRARIES) {
    if (!library.packages.test(callee.package)) continue;
    const request = library.read(callee, args, read);
    if (request !== undefined) return request;
  }
  return undefined;
}

function readGlobal(
  callee: Foreign,
  names: readonly string[] | undefined,
  args: readonly Argument[],
  read: Read,
): Request | undefined {
  const own = names?.filter((name, index) => !(index === 0 && GLOBALS.includes(name)));
  if (own !== undefined) {
    const name = own.join(".");
    if (name === "fetch") return fetchRequest(args, read);
    if (name === "$fetch" || name === "useFetch" || name === "useLazyFetch" || name === "$fetch.raw")
      return ofetchRequest(args, undefined, read, name);
    if (name === "navigator.sendBeacon") return { by: "sendBeacon", url: at(args, 0), base: undefined, method: "POST" };
    if (name === "EventSource") return { by: "EventSource", url: at(args, 0), base: undefined, method: "GET" };
    if (/^(?:\$|jQuery)\.(?:ajax|get|post|getJSON)$/.test(name)) return jqueryRequest(own.at(-1) ?? "", args, read);
    // A script of a page that has axios on its own.
    if (own[0] !== "axios") return undefined;
    const axios = axiosInstance({ ...callee, package: "axios", steps: callee.steps.slice(1) }, read);
    return axios === undefined ? undefined : axiosRequest(axios, args, read);
  }
  const [first, second, third] = callee.steps;
  const isXhr = first?.kind === "member" && first.name === "XMLHttpRequest" && second?.kind === "call";
  if (!isXhr || third?.kind !== "member" || third.name !== "open" || callee.steps.length !== 3) return undefined;
  return { by: "XMLHttpRequest", url: at(args, 1), base: undefined, method: at(args, 0) };
}

function fetchRequest(args: readonly Argument[], read: Read): Request {
  const url = at(args, 0);
  const init = at(args, 1);
  const inner = madeRequest(url);
  if (inner !== undefined) {
    const method = methodIn(init, read) ?? methodIn(at(inner, 1), read);
    return { by: "fetch", url: at(inner, 0), base: undefined, method };
  }
  return { by: "fetch", url, base: undefined, method: methodIn(init, read), isMethodOpen: isMethodOpen(init) };
}

/** The arguments of `new Request(url, init)`. */
function madeRequest(value: Value): readonly Argument[] | undefined {
  if (value.kind !== "foreign" || value.package !== "") return undefined;
  const [name, made] = value.steps;
  const isOne = name?.kind === "member" && name.name === "Request" && made?.kind === "call";
  return isOne && value.steps.length === 2 ? made.args : undefined;
}

interface Instance {
  readonly base: Value | undefined;
  readonly foreign: Foreign;
  /** What is done with the instance: "" for a call of itself. */
  readonly member: string;
  readonly method: Value | undefined;
}

/** The axios instance that a value is or that its last member is of. Wrappers of other packages give the instance they got. */
function axiosInstance(of: Foreign, read: Read): Instance | undefined {
  const isAxios = /^(?:axios|redaxios|axios\/.*)$/.test(of.package);
  let base: Value | undefined;
  let method: Value | undefined;
  let foreign: Foreign = { ...of, steps: [] };
  let isInstance = isAxios;
  for (const [index, step] of of.steps.entries()) {
    const next = of.steps[index + 1];
    if (step.kind === "call") {
      const given = wrappedInstance(step.args, read);
      if (given !== undefined) {
        ({ base, method, foreign } = given);
        isInstance = true;
        continue;
      }
      const before = of.steps[index - 1];
      const isMaking = before?.kind === "member" && /^(?:create|extend|Axios|default|axios)$/.test(before.name);
      if (!isInstance || (!isMaking && !step.isNew)) return undefined;
      const options = at(step.args, 0);
      base = fieldOf(options, "baseURL", read) ?? base;
      method = fieldOf(options, "method", read) ?? method;
      foreign = { ...of, steps: of.steps.slice(0, index + 1) };
    } else if (isInstance && next === undefined) {
      return { base, foreign, method, member: /^(?:default|axios)$/.test(step.name) ? "" : step.name };
    }
  }
  return isInstance ? { base, foreign, method, member: "" } : undefined;
}

/** `setupCache(axios.create(…))`, `applyCaseMiddleware(instance)`: packages that give back what they are given. */
function wrappedInstance(args: readonly Argument[], read: Read): Instance | undefined {
  for (const argument of args) {
    const value = argument.node?.type === "ArrowFunctionExpression" ? undefined : argument.value();
    if (value?.kind !== "foreign") continue;
    const instance = axiosInstance(value, read);
    if (instance?.member === "") return instance;
  }
  return undefined;
}

function axiosRequest(instance: Instance, args: readonly Argument[], read: Read): Request | undefined {
  const { base, foreign, member } = instance;
  const first = at(args, 0);
  const called = METHODS.exec(member)?.[1];
  const shared = { by: "axios", instance: foreign };
  if (called !== undefined) {
    const options = at(args, /^(?:post|put|patch)/.test(called) ? 2 : 1);
    const own = fieldOf(options, "baseURL", read);
    return { ...shared, url: first, base: own ?? base, method: called === "del" ? "delete" : called };
  }
  if (member !== "" && member !== "request" && member !== "getUri") return undefined;
  if (member === "getUri") return undefined;
  const isAddress = optionsOf(first).some(({ kind }) => kind === "text");
  const options = isAddress ? at(args, 1) : first;
  const url = isAddress ? first : fieldOf(options, "url", read);
  const method = methodIn(options, read) ?? instance.method;
  if (url === undefined) return { ...shared, url: first, base, method: method ?? first };
  return { ...shared, url, base: fieldOf(options, "baseURL", read) ?? base, method };
}

function jqueryRequest(name: string, args: readonly Argument[], read: Read): Request {
  const first = at(args, 0);
  const options = optionsOf(first).some(({ kind }) => kind === "fields") ? first : at(args, 1);
  const url = fieldOf(first, "url", read) ?? first;
  const method =
    name === "ajax" ? (methodIn(options, read) ?? fieldOf(options, "type", read)) : name === "post" ? "POST" : "GET";
  return { by: "jquery", url, base: undefined, method };
}

/** Plain methods of a request, in capitals; undefined where they are not known. Pure. */
export function methodsOf(method: Request["method"]): readonly string[] | undefined {
  if (method === undefined) return ["GET"];
  if (typeof method === "string") return [method.toUpperCase()];
  const known = new Set<string>();
  for (const option of method.kind === "choice" ? method.options : [method]) {
    if (isNothing(option)) known.add("GET");
    const plain = plainText(option);
    for (const word of plain === undefined ? typeWords(option) : [plain])
      if (/^[a-z]+$/i.test(word)) known.add(word.toUpperCase());
  }
  return known.size > 0 ? [...known] : undefined;
}

/** Which instance a package's value is, for a base address that is set on it later. Pure. */
export function instanceKey({ package: name, steps }: Foreign): string {
  const made = steps.findLast((step) => step.kind === "call");
  if (made?.kind !== "call") return name;
  return `${made.at.scope.module.path}:${made.at.node.start}`;
}

/** The words that a parameter's type allows: `method: "PUT" | "POST"`. */
function typeWords(value: Value): readonly string[] {
  const type = value.kind === "unknown" && value.why.kind === "parameter" ? value.why.type : undefined;
  const members = type?.type === "TSUnionType" ? (type["types"] as readonly Node[]) : type === undefined ? [] : [type];
  const words = members.map((member) =>
    member.type === "TSLiteralType" ? (member["literal"]["value"] as unknown) : "",
  );
  return words.every((word) => typeof word === "string" && word !== "") ? (words as string[]) : [];
}
