import type { Node } from "../../codebase/javascript/reading/syntax.ts";
import { isNothing, type Unknown, type Value } from "../javascript/values.ts";

/** One address that a call may have. */
export interface Address {
  /** `https://api.example.org` where the code names it; undefined for the client's own server. */
  readonly host: string | undefined;
  /** With `{}` for each dynamic part. */
  readonly path: string;
  readonly baseUnknown: boolean;
}

export interface AddressReading {
  readonly addresses: readonly Address[];
  /** Functions whose parameters decide about more than a segment of the path: their callers know it. */
  readonly dependsOn: ReadonlySet<Node>;
  /** Why there is no address; "" where there is one. */
  readonly reason: string;
}

/** A part that a run would know. */
interface Hole {
  readonly name: string;
  readonly value: Value;
}

type Token = string | Hole;
/** What is known of an unknown value from elsewhere. */
type Given = (unknown: Unknown) => Value | undefined;

/** So many ways to put an address together are told; more are not told apart. */
const MOST_WAYS = 16;

/** Names of what stands before a path: a host, a base address. */
const BASE_NAME = /url|uri|base|host|origin|api|server|backend|root|domain|address|prefix|proxy|gateway|endpoint/i;
/** Names of parameters that hold more than one segment. */
const PATH_NAME =
  /^(?:_?(?:path|pathname|url|uri|endpoint|route|href|subpath|suffix|rest|resource|api|apiPath|input|query|qs|params?|search))$|(?:Path|Url|URL|Uri|Endpoint|Route)$/;
const ABSOLUTE = /^(?:[a-z][\w+.-]*:)?\/\//i;
/** Stands for a hole while the text is cut. */
const MARK = "\uE000";

/**
 * The addresses that a URL may be, relative to a base where there is one. What stands before the path and is not known (a base
 * address out of the configuration) is left out; a hole behind a slash is a segment; one that is glued to the end of a word
 * is a query. Pure.
 */
export function readAddress(url: Value, base?: Value, given: Given = () => undefined): AddressReading {
  const dependsOn = new Set<Node>();
  const found = new Map<string, Address>();
  let reason = "";
  const bases = base === undefined ? [undefined] : withKnownStart(tokenLists(base, given));
  for (const own of withKnownStart(tokenLists(url, given))) {
    // Nothing of the path is said here, whatever the base.
    const holes = own.filter((token): token is Hole => typeof token !== "string");
    const [first] = own;
    if (holes.length === own.length) noteParameters(holes, dependsOn, () => true);
    // What is asked for stands behind a base; of a factory's parameter its callers say what it is.
    else if (base !== undefined && first !== undefined && typeof first !== "string")
      noteParameters([first], dependsOn, () => true);
    for (const before of bases) {
      const read = addressOf(withBase(own, before), dependsOn);
      if (typeof read === "string") reason ||= read;
      else found.set(`${read.host ?? ""}${read.path}`, read);
    }
  }
  return {
    addresses: [...found.values()],
    dependsOn,
    reason: found.size > 0 ? "" : reason || "its address is not known",
  };
}

/** `window.baseUrl || "/"`: where one way's beginning is known, the way whose beginning a page may set says no more. */
function withKnownStart(ways: readonly (readonly Token[])[]): readonly (readonly Token[])[] {
  const known = ways.filter((way) => {
    const start = way.findIndex((token) => typeof token === "string" && /[^/]\/|^\/\w/.test(token));
    return !way
      .slice(0, start === -1 ? way.length : start)
      .some((token) => typeof token !== "string" && token.value.kind === "foreign");
  });
  return known.length > 0 ? known : ways;
}

/** A base and a path with one slash between; an absolute URL needs no base. */
function withBase(own: readonly Token[], base: readonly Token[] | undefined): readonly Token[] {
  const [first, second] = own;
  if (base === undefined || base.length === 0) return own;
  if (typeof first === "string" && ABSOLUTE.test(first)) return own;
  const isWhole =
    first !== undefined &&
    typeof first !== "string" &&
    isBase(first) &&
    isConfigured(first) &&
    (second === undefined || (typeof second === "string" && second.startsWith("/")));
  if (isWhole) return own;
  const last = base.at(-1);
  const head = typeof last === "string" ? [...base.slice(0, -1), last.replace(/\/+$/, "")] : base;
  return first === undefined
    ? head
    : [...head, "/", ...(typeof first === "string" ? [first.replace(/^\/+/, ""), ...own.slice(1)] : own)];
}

/** Every way to put the text together, as its known and unknown parts. */
function tokenLists(value: Value, given: Given): readonly (readonly Token[])[] {
  switch (value.kind) {
    case "text": {
      let ways: (readonly Token[])[] = [[]];
      for (const part of value.parts) {
        const more = typeof part === "string" ? [[part]] : tokenLists(part, given);
        const next = ways.flatMap((way) => more.map((end) => [...way, ...end]));
        ways = next.length <= MOST_WAYS ? next : ways.map((way) => [...way, hole(part)]);
      }
      return ways;
    }
    case "choice": {
      const able = value.options.filter((option) => !isNothing(option) && !isFalse(option));
      return able.flatMap((option) => tokenLists(option, given)).slice(0, MOST_WAYS);
    }
    case "constant":
      return isNothing(value) || isFalse(value) ? [] : [[String(value.value)]];
    case "list":
      // The key of a cache: its first element is the address.
      return value.items.length > 0 && value.items[0] !== undefined
        ? tokenLists(value.items[0], given)
        : [[hole(value)]];
    case "unknown": {
      const known = given(value);
      return known === undefined || known.kind === "unknown" ? [[hole(value)]] : tokenLists(known, given);
    }
    default:
      return [[hole(value)]];
  }
}

function isFalse(value: Value): boolean {
  return value.kind === "constant" && value.value === false;
}

function hole(value: string | Value): Hole {
  if (typeof value === "string") return { name: "", value: { kind: "text", parts: [value] } };
  if (value.kind === "unknown") return { name: value.name, value };
  if (value.kind === "foreign") {
    const names = value.steps.flatMap((step) => (step.kind === "member" ? [step.name] : []));
    return { name: names.at(-1) ?? value.package, value };
  }
  return { name: "", value };
}

/** The address that the parts make, or why there is none; what callers decide about is added to `dependsOn`. */
function addressOf(tokens: readonly Token[], dependsOn: Set<Node>): Address | string {
  const holes = tokens.filter((token): token is Hole => typeof token !== "string");
  const text = tokens.map((token) => (typeof token === "string" ? token : MARK)).join("");
  const { host, rest, used } = withoutOrigin(text);
  let at = used;
  let path = rest.replace(/[?#].*$/s, "");
  let baseUnknown = false;
  if (host === undefined && path.startsWith(MARK)) {
    const lead = /^\uE000+/.exec(path)?.[0].length ?? 0;
    const leading = holes.slice(at, at + lead);
    const remains = path.slice(lead).replace(/^:(?:\d+|\uE000)/, "");
    const first = leading[0];
    noteParameters(leading, dependsOn, (one) => lead > 1 || remains.replaceAll("/", "") === "" || !isBase(one));
    if (remains.replaceAll("/", "") === "") return whyUnknown(leading, dependsOn);
    const isSegment =
      first !== undefined && lead === 1 && !isBase(first) && remains.startsWith("/") && isLocalValue(first);
    if (!isSegment) {
      at += lead;
      path = remains;
      baseUnknown = true;
    }
  }
  return { host, path: pathText(path, holes, at, dependsOn), baseUnknown };
}

/** Scheme and host are taken off. `used`: how many holes stood in them. */
function withoutOrigin(text: string): {
  readonly host: string | undefined;
  readonly rest: string;
  readonly used: number;
} {
  const found = /^(?:(?:[a-z][\w+.-]*|\uE000):|\uE000)?\/\/([^/?#]*)/i.exec(text);
  if (found === null) return { host: undefined, rest: text, used: 0 };
  const [origin, authority = ""] = found;
  const used = origin.split(MARK).length - 1;
  const isOwn =
    used > 0 || /^(?:localhost|127\.|0\.0\.0\.0|\[::1\]|host\.docker\.internal)/i.test(authority) || authority === "";
  const rest = text.slice(origin.length);
  return { host: isOwn ? undefined : origin.toLowerCase(), rest: rest === "" ? "/" : rest, used };
}

function pathText(path: string, holes: readonly Hole[], from: number, dependsOn: Set<Node>): string {
  let at = from;
  let made = "";
  for (const [index, character] of path.split("").entries()) {
    if (character !== MARK) {
      made += character;
      continue;
    }
    const one = holes[at];
    at++;
    const before = path[index - 1] ?? "/";
    const after = path.slice(index + 1).replace(/^\uE000+/, "");
    const isLast = after === "" || after === "/";
    const isGlued = /[\w)}\uE000]/.test(before);
    if (one !== undefined && (isGlued || (isLast && PATH_NAME.test(one.name))))
      noteParameters([one], dependsOn, () => true);
    // A query, or nothing.
    if (isGlued && after === "" && before !== MARK) continue;
    if (!made.endsWith("{}")) made += "{}";
  }
  const slashed = `/${made}`
    .replaceAll(/\/{2,}/g, "/")
    .replaceAll(/\$?\{[^{}/]+\}/g, "{}")
    .replaceAll(/\/:[A-Za-z_]\w*\??(?=\/|$)/g, "/{}");
  // `${id + 1}` is calculated, not put together.
  const plain = slashed.replaceAll(/\{\}\d+(?=\/|$)/g, "{}");
  return plain.length > 1 ? plain.replace(/\/$/, "") : plain;
}

function noteParameters(holes: readonly Hole[], dependsOn: Set<Node>, counts: (one: Hole) => boolean): void {
  for (const one of holes) if (counts(one)) for (const node of parametersIn(one.value)) dependsOn.add(node);
}

/** The functions whose parameters a value is made of. Pure. */
export function parametersIn(value: Value, depth = 0): readonly Node[] {
  if (depth > 4) return [];
  if (value.kind === "unknown") return value.why.kind === "parameter" ? [value.why.of] : [];
  if (value.kind === "choice") return value.options.flatMap((option) => parametersIn(option, depth + 1));
  if (value.kind === "text")
    return value.parts.flatMap((part) => (typeof part === "string" ? [] : parametersIn(part, depth + 1)));
  return [];
}

/** Out of the environment, the page's own address, or what a package is configured with. */
function isConfigured({ value }: Hole): boolean {
  return value.kind === "unknown" && (value.why.kind === "environment" || value.why.kind === "global");
}

/** What a function around it knows: an id, not an address. */
function isLocalValue({ value }: Hole): boolean {
  return value.kind === "unknown" && value.why.kind === "parameter";
}

function isBase(one: Hole): boolean {
  return isConfigured(one) || BASE_NAME.test(one.name);
}

function whyUnknown(holes: readonly Hole[], dependsOn: ReadonlySet<Node>): string {
  const name = holes.map((one) => one.name).find((known) => known !== "");
  if (dependsOn.size > 0)
    return `the address is the parameter ${name ?? "of a function"}, which no caller in the code gives`;
  const [first] = holes;
  const why = first === undefined ? undefined : reasonOf(first.value);
  return (
    why ?? (name === undefined ? "the address is made while it runs" : `the address is ${name}, which is not known`)
  );
}

function reasonOf(value: Value): string | undefined {
  if (value.kind !== "unknown") return undefined;
  const { why }: Unknown = value;
  if (why.kind === "environment") return `the address is the environment's variable ${why.name}`;
  return why.kind === "other" ? `the address is not known: ${why.reason}` : undefined;
}

/**
 * Addresses that differ in one segment only, and one more with that segment dynamic: to who reads the call it is one path with
 * a part that is chosen, to who compares it each choice counts. Pure.
 */
export function withDynamicParts(addresses: readonly Address[]): readonly Address[] {
  const [first, ...others] = addresses;
  if (first === undefined || others.length === 0) return addresses;
  const segments = first.path.split("/");
  const differing = new Set<number>();
  for (const { path } of others) {
    const own = path.split("/");
    if (own.length !== segments.length) return addresses;
    for (const [index, segment] of own.entries()) if (segment !== segments[index]) differing.add(index);
  }
  if (differing.size !== 1) return addresses;
  const path = segments.map((segment, index) => (differing.has(index) ? "{}" : segment)).join("/");
  return [...addresses, { ...first, path }];
}
