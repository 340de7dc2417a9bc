import type { Argument, Foreign, Step, Value } from "../javascript/values.ts";
import { isNothing, optionsOf, plainText, UNDEFINED } from "../javascript/values.ts";

/** What is asked of a server by one call of a library. */
export interface Request {
  /** "fetch", "axios", … */
  readonly by: string;
  readonly url: Value;
  readonly base: Value | undefined;
  /** Plain, or a value that says it; undefined: GET. */
  readonly method: string | Value | undefined;
  /** The instance that it is made by, for a base address that is set later. */
  readonly instance?: Foreign;
  /** What else fetches the address: of SWR. */
  readonly fetcher?: Value;
}

/** How a member of a value is read; the machine's own, so that instances and options may be any value. */
export type Read = (of: Value, name: string) => Value;

const FETCHES =
  /^(?:node-fetch|cross-fetch|isomorphic-fetch|isomorphic-unfetch|unfetch|whatwg-fetch|undici|expo\/fetch|@tauri-apps\/plugin-http|fetch-retry)$/;
const GLOBALS: readonly string[] = ["window", "globalThis", "self", "global", "unsafeWindow"];
const METHODS = /^(get|post|put|patch|delete|del|head|options)(?:Form)?$/;

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

/** Names of the members from the package on, where no call is in between. */
function plainNames(callee: Foreign): readonly string[] | undefined {
  const names = callee.steps.map((step) => (step.kind === "member" ? step.name : ""));
  return names.includes("") ? undefined : names;
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
  return { by: "fetch", url, base: undefined, method: methodIn(init, read) };
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

interface Library {
  readonly packages: RegExp;
  read(callee: Foreign, args: readonly Argument[], read: Read): Request | undefined;
}

const LIBRARIES: readonly Library[] = [
  { packages: /^ky(?:-universal)?$/, read: kyRequest },
  {
    packages: /^(?:ofetch|nuxt\/app|#app|#imports|@vueuse\/core|ohmyfetch)$/,
    read(callee, args, read) {
      const { base, member } = createdBy(callee, /^(?:create|createFetch)$/, "baseURL", read);
      const isFetch = /^(?:|ofetch|\$fetch|useFetch|useLazyFetch|raw|native)$/.test(member);
      return isFetch ? ofetchRequest(args, base, read, "ofetch") : undefined;
    },
  },
  {
    packages: /^openapi-fetch$/,
    read(callee, args, read) {
      const { base, member } = createdBy(callee, /./, "baseUrl", read);
      const isMethod = /^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|TRACE)$/.test(member);
      if (isMethod) return { by: "openapi-fetch", url: at(args, 0), base, method: member };
      return member === "request" ? { by: "openapi-fetch", url: at(args, 1), base, method: at(args, 0) } : undefined;
    },
  },
  {
    packages: /^openapi-react-query$|^swr-openapi$/,
    read(callee, args, read) {
      const { member, first } = createdBy(callee, /./, "", read);
      const base = first?.kind === "foreign" ? createdBy(first, /./, "baseUrl", read).base : undefined;
      if (callee.package === "swr-openapi") {
        const isHook = member === "" && callee.steps.some(({ kind }) => kind === "call");
        return isHook ? { by: "swr-openapi", url: at(args, 0), base, method: "GET" } : undefined;
      }
      const isHook = /^(?:use(?:Suspense|Infinite)?Query|useMutation|queryOptions)$/.test(member);
      return isHook ? { by: "openapi-react-query", url: at(args, 1), base, method: at(args, 0) } : undefined;
    },
  },
  {
    packages: /^swr(?:\/(?:immutable|infinite))?$/,
    read(callee, args) {
      const name = plainNames(callee)?.at(-1) ?? "";
      if (!/^(?:|default|useSWR|useSWRImmutable|useSWRInfinite|preload)$/.test(name)) return undefined;
      return { by: "swr", url: at(args, 0), base: undefined, method: "GET", fetcher: at(args, 1) };
    },
  },
  {
    packages: /^swr\/mutation$/,
    read: (_callee, args) => ({
      by: "swr mutation",
      url: at(args, 0),
      base: undefined,
      method: "GET",
      fetcher: at(args, 1),
    }),
  },
  {
    packages: /^(?:superagent|got|wretch|needle|phin)$/,
    read(callee, args, read) {
      const { base, member } = createdBy(callee, /^(?:extend|create)$/, "prefixUrl", read);
      const called = METHODS.exec(member)?.[1];
      if (called === undefined && member !== "") return undefined;
      if (callee.package === "wretch") return undefined;
      const method = called === "del" ? "delete" : (called ?? methodIn(at(args, 1), read));
      return { by: callee.package, url: at(args, 0), base, method };
    },
  },
];

/** `ky.create({ prefixUrl })`, `ky.extend(…)`: later options count. */
function kyRequest(callee: Foreign, args: readonly Argument[], read: Read): Request | undefined {
  const { base, member } = createdBy(callee, /^(?:create|extend)$/, "prefixUrl", read);
  const options = at(args, 1);
  const prefix = fieldOf(options, "prefixUrl", read) ?? fieldOf(options, "prefix", read);
  const called = METHODS.exec(member)?.[1];
  if (called === undefined && !/^(?:|default|ky)$/.test(member)) return undefined;
  return { by: "ky", url: at(args, 0), base: prefix ?? base, method: called ?? methodIn(options, read) };
}

function ofetchRequest(args: readonly Argument[], base: Value | undefined, read: Read, by: string): Request {
  const options = at(args, 1);
  const url = at(args, 0);
  // useFetch(() => `/api/${id}`)
  return {
    by,
    url: answerOf(url, read),
    base: fieldOf(options, "baseURL", read) ?? base,
    method: methodIn(options, read),
  };
}

function jqueryRequest(name: string, args: readonly Argument[], read: Read): Request {
  const first = at(args, 0);
  const options = optionsOf(first).some(({ kind }) => kind === "fields") ? first : at(args, 1);
  const url = fieldOf(first, "url", read) ?? first;
  const method =
    name === "ajax" ? (methodIn(options, read) ?? fieldOf(options, "type", read)) : name === "post" ? "POST" : "GET";
  return { by: "jquery", url, base: undefined, method };
}

/** The base address out of the options of calls that make an instance, and the member that is left. */
function createdBy(
  callee: Foreign,
  making: RegExp,
  option: string,
  read: Read,
): { readonly base: Value | undefined; readonly member: string; readonly first: Value | undefined } {
  let base: Value | undefined;
  let first: Value | undefined;
  for (const [index, step] of callee.steps.entries()) {
    if (step.kind !== "call") continue;
    const before = memberName(callee.steps[index - 1]);
    if (!making.test(before === "" ? "default" : before)) continue;
    const options = at(step.args, 0);
    first ??= options;
    base =
      fieldOf(options, option, read) ?? fieldOf(options, "baseUrl", read) ?? fieldOf(options, "prefix", read) ?? base;
  }
  return { base, first, member: memberName(callee.steps.at(-1)) };
}

function memberName(step: Step | undefined): string {
  return step?.kind === "member" && step.name !== "default" ? step.name : "";
}

/** What a function gives that stands where an address does; the value itself where it is none. */
function answerOf(value: Value, read: Read): Value {
  return value.kind === "function" ? read(value, "()") : value;
}

/** Where the options come from a caller, they may well say nothing of a method. */
function methodIn(options: Value, read: Read): Value | undefined {
  const method = fieldOf(options, "method", read);
  const isGiven = optionsOf(options).some((option) => option.kind === "fields" && option.fields.has("method"));
  if (method === undefined || isGiven) return method;
  return { kind: "choice", options: [UNDEFINED, ...optionsOf(method)] };
}

/** A field of options; of several options those that have it. Undefined where none has. */
function fieldOf(options: Value, name: string, read: Read): Value | undefined {
  if (name === "") return undefined;
  const found: Value[] = [];
  for (const option of options.kind === "choice" ? options.options : [options]) {
    if (option.kind === "unknown" && option.why.kind === "parameter") found.push(read(option, name));
    if (option.kind !== "fields") continue;
    const value = option.fields.get(name)?.value();
    if (value !== undefined && !isNothing(value)) found.push(value);
  }
  const [first] = found;
  if (first === undefined) return undefined;
  return found.length === 1 ? first : { kind: "choice", options: found };
}

function at(args: readonly Argument[], index: number): Value {
  const argument = args[index];
  if (argument === undefined || args.slice(0, index + 1).some(({ isSpread }) => isSpread)) return UNDEFINED;
  return argument.value();
}

/** Plain methods of a request, in capitals; undefined where they are not known. Pure. */
export function methodsOf(method: Request["method"]): readonly string[] | undefined {
  if (method === undefined) return ["GET"];
  if (typeof method === "string") return [method.toUpperCase()];
  const known = new Set<string>();
  for (const option of method.kind === "choice" ? method.options : [method]) {
    if (isNothing(option)) known.add("GET");
    const plain = plainText(option);
    if (plain !== undefined && /^[a-z]+$/i.test(plain)) known.add(plain.toUpperCase());
  }
  return known.size > 0 ? [...known] : undefined;
}

/** Which instance a package's value is, for a base address that is set on it later. Pure. */
export function instanceKey({ package: name, steps }: Foreign): string {
  const made = steps.findLast((step) => step.kind === "call");
  if (made?.kind !== "call") return name;
  return `${made.at.scope.module.path}:${made.at.node.start}`;
}
