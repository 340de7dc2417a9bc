import { CODE_END, CODE_START } from "./markdown-lines.ts";
import { contractPath, METHOD_WORD, methodOf } from "./contract-path.ts";

/** A method with its path, as a text names them; `rest` is what the text says behind. */
export interface NamedEndpoint {
  readonly methods: readonly string[];
  readonly path: string;
  /** Of "approve|reject" in the path the other ones. */
  readonly others: readonly string[];
  readonly rest: string;
}

const METHODS = `${METHOD_WORD}(?:\\s*(?:[/|,&+]|or|and)\\s*${METHOD_WORD})*`;
// In code a path ends where the code does; outside of it at a blank.
const PATH = `(?:https?:\\/\\/|\\{\\{|\\$\\{?[A-Za-z_]|\\{base|<base|\\/)[^\\s${CODE_START}${CODE_END}]*`;
const GAP = `[\\s${CODE_START}${CODE_END}:]*`;
const NEXT = `[\\])]?${GAP}(?!\\/${METHOD_WORD}(?![\\w/]))`;
const AT_START = new RegExp(`^[^\\p{L}\\d/{$<*]*?(${METHODS})${NEXT}(${PATH})`, "u");
const ANYWHERE = new RegExp(`(?<![\\w/-])(${METHODS})${NEXT}(${PATH})`, "gu");
const FURTHER = new RegExp(`^[^\\p{Ll}${CODE_START}]{0,40}${CODE_START}(${METHODS})\\s+(${PATH})${CODE_END}`, "u");
const METHOD_ONLY = new RegExp(`^[^\\p{L}\\d/{$<*]*?(${METHODS})(?![\\w-])(.*)$`, "su");
const PATH_ONLY = new RegExp(`^[^\\p{L}\\d/{$<]*?(${PATH})[${CODE_END}\\])*]*(.*)$`, "su");
const LABEL = /^([^:\uE000/]{1,60}?)\s*(?::|–|—|->|→|=>|\s-\s)\s*/u;
const NOT_PROMISED =
  /\b(?:removed|deleted|dropped|see|renamed|was|were|replaced|formerly|previously|not|never|instead|e\.g|examples?|changed|old|before|like|such as|calls?|calling|uses?|depends|after|without|unlike|no longer|gone)\b|\d{4}-\d\d/iu;

/** "GET /x …" at the start of a text, behind numbers and signs. */
export function endpointAtStart(text: string): NamedEndpoint | undefined {
  const found = AT_START.exec(text);
  return found === null ? undefined : named(found[1] ?? "", found[2] ?? "", text.slice(found[0].length));
}

/** Those in code behind an endpoint at the start of a text, with nothing but signs and words in capitals between. */
export function endpointsBehind(rest: string): NamedEndpoint[] {
  const found = FURTHER.exec(rest);
  if (found === null) return [];
  const next = named(found[1] ?? "", found[2] ?? "", rest.slice(found[0].length));
  return next === undefined ? [] : [next, ...endpointsBehind(next.rest)];
}

/** "List users: GET /x", "Endpoint: GET /x": behind a short label that does not say that there is none. */
export function endpointBehindLabel(text: string): NamedEndpoint | undefined {
  const label = LABEL.exec(text);
  if (label !== null && !NOT_PROMISED.test(label[1] ?? "")) return endpointAtStart(text.slice(label[0].length));
  // "List users `GET /x`" to the end of the text.
  const code = text.indexOf(CODE_START);
  const words = text.slice(0, code).trim();
  if (code <= 0 || words.split(/\s+/u).length > 5 || NOT_PROMISED.test(words) || !/^[\p{Lu}\d]/u.test(words))
    return undefined;
  const found = endpointAtStart(text.slice(code));
  return found !== undefined && /^[\s.)\uE001]*$/u.test(found.rest) ? found : undefined;
}

/** All of a heading's. */
export function endpointsIn(text: string): NamedEndpoint[] {
  return [...text.matchAll(ANYWHERE)].flatMap(
    (found) => named(found[1] ?? "", found[2] ?? "", text.slice(found.index + found[0].length)) ?? [],
  );
}

/** Whether what follows an endpoint says that it is not served. */
export function isDenied(rest: string): boolean {
  return /^[\s\W]*(?:(?:is|was|has been|are|were)\s+)?(?:not\b(?! (?:empty|null|found))|no longer|removed|gone|dropped)/iu.test(
    rest,
  );
}

/** Methods at the start of a text that names no path behind them. */
export function methodsAtStart(
  text: string,
): { readonly methods: readonly string[]; readonly rest: string } | undefined {
  const found = METHOD_ONLY.exec(text);
  if (found === null) return undefined;
  return { methods: methodsOf(found[1] ?? ""), rest: (found[2] ?? "").replace(/^[\])\uE001]+/u, "") };
}

/** A path that a text begins with, and what follows. */
export function pathAtStart(text: string): { readonly path: string; readonly rest: string } | undefined {
  const found = PATH_ONLY.exec(text);
  const path = contractPath(withoutPunctuation(found?.[1] ?? ""));
  return path === undefined ? undefined : { path, rest: found?.[2] ?? "" };
}

/** Methods that a text consists of, besides signs: "GET, POST". Empty where it says anything else. */
export function methodsOf(text: string): string[] {
  const words = text.split(/(?:[^\p{L}*]|\bor\b|\band\b)+/u).filter((word) => word !== "");
  const methods = words.map(methodOf);
  return methods.every((method) => method !== undefined) ? methods : [];
}

function named(methods: string, path: string, rest: string): NamedEndpoint | undefined {
  const [clean, ...others] = alternatives(withoutPunctuation(path)).flatMap((one) => contractPath(one) ?? []);
  const list = methodsOf(methods);
  return clean === undefined || list.length === 0 ? undefined : { methods: list, path: clean, others, rest };
}

/** "/x/approve|reject" and "/x/(approve|reject)" name two paths. */
function alternatives(path: string): string[] {
  const found = /^(.*\/)(?:\(([\w-]+(?:\|[\w-]+)+)\)|([\w-]+(?:\|[\w-]+)+))(\/.*)?$/u.exec(path);
  if (found === null) return [path];
  return (found[2] ?? found[3] ?? "").split("|").map((word) => `${found[1] ?? ""}${word}${found[4] ?? ""}`);
}

/** What ends a sentence or a bracket around it, not what belongs to the path. */
function withoutPunctuation(path: string): string {
  let clean = path.replace(/[.,;:!"'*]+$/u, (signs) => (/\/\*+$/u.test(path) ? signs.replace(/[^*]/gu, "") : ""));
  for (const [open, close] of [
    ["(", ")"],
    ["[", "]"],
  ] as const)
    while (clean.endsWith(close) && clean.split(close).length > clean.split(open).length) clean = clean.slice(0, -1);
  return clean;
}
