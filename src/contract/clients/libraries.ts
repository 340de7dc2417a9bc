import type { Argument, Foreign, Step, Value } from "../javascript/values.ts";
import { answerOf, at, fieldOf, methodIn, METHODS, plainNames, type Read, type Request } from "./options.ts";

/** A library that makes requests. A new one is an entry of the table. */
interface Library {
  readonly packages: RegExp;
  /** The request that a call makes; undefined where it makes none. */
  read(callee: Foreign, args: readonly Argument[], read: Read): Request | undefined;
}

const HTTP_METHOD = /^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|TRACE)$/;

export const LIBRARIES: readonly Library[] = [
  { packages: /^ky(?:-universal)?$/, read: kyRequest },
  {
    packages: /^(?:ofetch|nuxt\/app|#app|#imports|@vueuse\/core|ohmyfetch)$/,
    read(callee, args, read) {
      const made = createdBy(callee, /^(?:create|createFetch)$/, "baseURL", read);
      const isFetch = made !== undefined && /^(?:|ofetch|\$fetch|useFetch|useLazyFetch|raw|native)$/.test(made.member);
      return isFetch ? ofetchRequest(args, made.base, read, "ofetch") : undefined;
    },
  },
  {
    packages: /^openapi-fetch$/,
    read(callee, args, read) {
      const made = createdBy(
        callee,
        /^(?:default|createClient|createPathBasedClient|wrapAsPathBasedClient)$/,
        "baseUrl",
        read,
      );
      if (made === undefined) return undefined;
      const { base, member, before } = made;
      const by = "openapi-fetch";
      if (HTTP_METHOD.test(member)) {
        // client["/users/{id}"].GET()
        const url: Value = before.startsWith("/") ? { kind: "text", parts: [before] } : at(args, 0);
        return { by, url, base, method: member };
      }
      return member === "request" ? { by, url: at(args, 1), base, method: at(args, 0) } : undefined;
    },
  },
  {
    packages: /^openapi-react-query$/,
    read(callee, args, read) {
      const made = createdBy(callee, /^(?:default|createClient)$/, "", read);
      const isHook = /^(?:use(?:Suspense|Infinite)?Query|useMutation|queryOptions)$/.test(made?.member ?? "");
      const base = baseOfClient(made, read);
      return isHook ? { by: "openapi-react-query", url: at(args, 1), base, method: at(args, 0) } : undefined;
    },
  },
  {
    packages: /^swr-openapi$/,
    read(callee, args, read) {
      const made = createdBy(callee, /^create\w+Hook$/, "", read);
      const isHook = made?.first !== undefined && made.member === "";
      const base = baseOfClient(made, read);
      return isHook ? { by: "swr-openapi", url: at(args, 0), base, method: "GET" } : undefined;
    },
  },
  {
    packages: /^swr(?:\/(?:immutable|infinite|_internal))?$/,
    read(callee, args) {
      const names = plainNames(callee);
      const isHook = /^(?:|default|useSWR|useSWRImmutable|useSWRInfinite|preload)$/.test(names?.at(-1) ?? "");
      if (names === undefined || !isHook) return undefined;
      return { by: "swr", url: at(args, 0), base: undefined, method: "GET", fetcher: at(args, 1) };
    },
  },
  {
    packages: /^swr\/mutation$/,
    read(callee, args) {
      if (plainNames(callee) === undefined) return undefined;
      return { by: "swr mutation", url: at(args, 0), base: undefined, method: "GET", fetcher: at(args, 1) };
    },
  },
  {
    packages: /^(?:axios-hooks|@vueuse\/integrations(?:\/useAxios)?)$/,
    read(callee, args, read) {
      const name = plainNames(callee)?.at(-1) ?? "call";
      if (!/^(?:default|useAxios)$/.test(name)) return undefined;
      const first = at(args, 0);
      const url = fieldOf(first, "url", read) ?? first;
      const method = methodIn(first, read) ?? methodIn(at(args, 1), read);
      return { by: "axios", url, base: fieldOf(first, "baseURL", read), method };
    },
  },
  {
    packages: /^@angular\/common\/http$/,
    read(callee, args) {
      const member = plainNames(callee)?.at(-1) ?? "call";
      if (member === "request") return { by: "HttpClient", url: at(args, 1), base: undefined, method: at(args, 0) };
      const method = /^(?:get|post|put|patch|delete|head|options)$/.test(member) ? member : undefined;
      return method === undefined ? undefined : { by: "HttpClient", url: at(args, 0), base: undefined, method };
    },
  },
  {
    packages: /^(?:superagent|got|needle|phin)$/,
    read(callee, args, read) {
      const made = createdBy(callee, /^(?:extend|create|agent)$/, "prefixUrl", read);
      const called = METHODS.exec(made?.member ?? "")?.[1];
      if (made === undefined || (called === undefined && made.member !== "")) return undefined;
      const method = called === "del" ? "delete" : (called ?? methodIn(at(args, 1), read));
      return { by: callee.package, url: at(args, 0), base: made.base, method };
    },
  },
];

/** `ky.create({ prefixUrl })`, `ky.extend(…)`: later options count. */
function kyRequest(callee: Foreign, args: readonly Argument[], read: Read): Request | undefined {
  const made = createdBy(callee, /^(?:create|extend)$/, "prefixUrl", read);
  const called = METHODS.exec(made?.member ?? "")?.[1];
  if (made === undefined || (called === undefined && !/^(?:|default|ky)$/.test(made.member))) return undefined;
  const options = at(args, 1);
  const prefix = fieldOf(options, "prefixUrl", read) ?? fieldOf(options, "prefix", read);
  return { by: "ky", url: at(args, 0), base: prefix ?? made.base, method: called ?? methodIn(options, read) };
}

/** Of ofetch and of Nuxt, whose address may be a function: `useFetch(() => …)`. */
export function ofetchRequest(args: readonly Argument[], base: Value | undefined, read: Read, by: string): Request {
  const options = at(args, 1);
  const url = answerOf(at(args, 0), read);
  return { by, url, base: fieldOf(options, "baseURL", read) ?? base, method: methodIn(options, read) };
}

/** The base address of the client of openapi-fetch that hooks were made with. */
function baseOfClient(made: Made | undefined, read: Read): Value | undefined {
  const client = made?.first;
  return client?.kind === "foreign" ? createdBy(client, /./, "baseUrl", read)?.base : undefined;
}

interface Made {
  readonly base: Value | undefined;
  /** What is done with the instance: "" for a call of itself. */
  readonly member: string;
  /** Members before that one: of a client by paths. */
  readonly before: string;
  readonly first: Value | undefined;
}

/** An instance with the base address out of the calls that made it; undefined where a call in between made something else. */
function createdBy(callee: Foreign, making: RegExp, option: string, read: Read): Made | undefined {
  let base: Value | undefined;
  let first: Value | undefined;
  for (const [index, step] of callee.steps.entries()) {
    if (step.kind !== "call") continue;
    const before = memberName(callee.steps[index - 1]);
    if (!making.test(before === "" ? "default" : before)) return undefined;
    const options = at(step.args, 0);
    first ??= options;
    base =
      fieldOf(options, option, read) ?? fieldOf(options, "baseUrl", read) ?? fieldOf(options, "prefix", read) ?? base;
  }
  return { base, first, member: memberName(callee.steps.at(-1)), before: memberName(callee.steps.at(-2)) };
}

function memberName(step: Step | undefined): string {
  return step?.kind === "member" && step.name !== "default" ? step.name : "";
}
