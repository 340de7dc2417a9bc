import type { Endpoint, Unresolved } from "../contract.ts";
import { addressIn, isBaseTitle, isGeneralTitle, statedBase } from "./base-text.ts";
import { underBase } from "./contract-path.ts";
import {
  endpointAtStart,
  endpointBehindLabel,
  endpointsBehind,
  endpointsIn,
  isDenied,
  methodsAtStart,
  type NamedEndpoint,
  pathAtStart,
} from "./endpoint-text.ts";
import { contractLines, type ContractLine } from "./markdown-lines.ts";
import { isOpenApi, readOpenApi } from "./openapi-contract.ts";
import { endpointsOfRow } from "./table-rows.ts";

/** A heading with what stands below it. */
interface Section {
  readonly level: number;
  readonly title: string;
  /** Nothing in it is promised: a change log, what is out of scope. */
  readonly skipped: boolean;
  /** A path that methods below it belong to, and methods that a path below them belongs to. */
  path?: string;
  methods?: readonly string[];
  base?: string;
}

/** An endpoint as read, before the base path of the whole text is known. */
interface Promised {
  readonly method: string;
  readonly path: string;
  readonly line: number;
  readonly section: Section;
  /** The section that has a base path for it. */
  readonly holder: Section | undefined;
  /** The only request of a code block: it may be an example with values instead of names. */
  readonly sample: boolean;
}

interface State {
  readonly promised: Promised[];
  readonly unresolved: Unresolved[];
  readonly whole: Endpoint[];
  readonly file: string;
  /** The top, and the headings that are open; the top is never taken off. */
  readonly stack: [Section, ...Section[]];
  base: string | undefined;
  /** Sections with a base path of their own. */
  readonly holders: Section[];
}

// "Todos" or "History" may well be resources; these are none.
const NOT_CONTRACT =
  /^[\W\d]*(?:change ?log|changes|(?:version|revision|document|change) history|history of changes|release notes|(?:removed|deleted|dropped|rejected|planned|future)(?: (?:endpoints?|routes?|work|ideas?|api))?|out of scope|non-?goals?|not (?:included|supported|implemented|in scope|part of .*)|migration (?:guide|notes)|open questions|更新日志|变更记录|变更日志)\W*$/iu;
const REQUEST_FENCES = new Set([
  "",
  "http",
  "https",
  "rest",
  "text",
  "txt",
  "plaintext",
  "plain",
  "api",
  "endpoint",
  "endpoints",
  "route",
  "routes",
  "none",
]);
const DATA_FENCES = new Set(["json", "yaml", "yml", "openapi", "swagger"]);
const METHOD_KEY = /^\W*(?:http |request )?(?:method|verb)s?\s*[:：=–—-]+\s*/iu;
const PATH_KEY =
  /^\W*(?:(?:request |full |relative |endpoint |resource )?(?:url|path|uri|route)|endpoint|resource)s?(?: path)?\s*[:：=–—-]+\s*/iu;

/**
 * The endpoints that a contract in Markdown promises, each once and where it stands first: in tables, headings, lists, key and
 * value lines, code blocks of requests, and API Blueprint's brackets. What is struck out, commented out, or stands in a
 * section of changes is not promised; neither is what a sentence only mentions.
 */
export function readMarkdown(
  file: string,
  text: string,
): { endpoints: Endpoint[]; unresolved: Unresolved[]; base: string } {
  const top: Section = { level: 0, title: "", skipped: false };
  const state: State = { promised: [], unresolved: [], whole: [], file, stack: [top], base: undefined, holders: [] };
  for (const line of contractLines(text)) visit(line, state);
  const base = baseOf(state);
  const known = new Set<string>();
  const endpoints: Endpoint[] = [];
  for (const entry of state.promised) {
    if (entry.sample && isExample(entry, state.promised)) continue;
    const path = fullPath(base, entry);
    if (known.has(`${entry.method} ${path}`)) continue;
    known.add(`${entry.method} ${path}`);
    endpoints.push({ method: entry.method, path, file, line: entry.line });
  }
  return { endpoints: [...endpoints, ...state.whole], unresolved: state.unresolved, base };
}

function visit(line: ContractLine, state: State): void {
  if (line.kind === "heading") return heading(line, state);
  if (current(state).skipped) return;
  if (line.kind === "fence") return fence(line, state);
  if (line.kind === "row") return row(line, state);
  for (const text of line.text.split("\n")) sentence(text.trim(), line.kind, line.line, state);
}

function heading(line: ContractLine & { kind: "heading" }, state: State): void {
  const title = line.text.replace(/^[\W\d]*?(?=[\p{L}\uE000/[{$])/u, "");
  while (state.stack.length > 1 && current(state).level >= line.level) state.stack.pop();
  const section: Section = { level: line.level, title, skipped: current(state).skipped || NOT_CONTRACT.test(title) };
  state.stack.push(section);
  if (section.skipped) return;
  const named = endpointsIn(title);
  if (named.length > 0) return promise(state, named, line.line);
  const base = statedBase(title);
  if (base !== undefined) return setBase(state, base);
  const methods = methodsAtStart(title) ?? methodsAtStart(/\[([A-Z]+)\]\s*$/u.exec(title)?.[1] ?? "");
  if (methods !== undefined && methods.methods.length > 0 && (isEnd(methods.rest) || /\[[A-Z]+\]\s*$/u.test(title))) {
    section.methods = methods.methods;
    join(state, line.line);
    return;
  }
  const path = pathAtStart(title) ?? pathAtStart(/[[(\uE000](\/[^\])\uE001]*)[\])\uE001]+\s*$/u.exec(title)?.[1] ?? "");
  if (path !== undefined) section.path = path.path;
}

/** A paragraph's line or a list's item. */
function sentence(text: string, kind: "item" | "text", line: number, state: State): void {
  if (text === "") return;
  const found = endpointAtStart(text) ?? endpointBehindLabel(text);
  if (found !== undefined) {
    if (!isDenied(found.rest)) promise(state, [found, ...endpointsBehind(found.rest)], line);
    return;
  }
  const base = statedBase(text) ?? (isBaseTitle(current(state).title) ? addressIn(text) : undefined);
  if (base !== undefined) return setBase(state, base);
  const bare = text.replace(/[\uE000\uE001]/gu, "");
  const section = current(state);
  const methodKey = METHOD_KEY.exec(bare);
  const pathKey = PATH_KEY.exec(bare);
  if (methodKey !== null) {
    const methods = methodsAtStart(bare.slice(methodKey[0].length).toUpperCase());
    if (methods === undefined) return;
    section.methods = methods.methods;
    return join(state, line);
  }
  if (pathKey !== null) {
    const path = pathAtStart(bare.slice(pathKey[0].length));
    if (path === undefined) return;
    section.path = path.path;
    return join(state, line);
  }
  const methods = methodsAtStart(text);
  const path = pathOf(state);
  if (methods === undefined || path === undefined || (kind === "text" && !isEnd(methods.rest))) return;
  promise(state, [{ methods: methods.methods, path, others: [], rest: "" }], line);
}

/** Methods and a path that were named apart become an endpoint as soon as both are there. */
function join(state: State, line: number): void {
  const section = current(state);
  const path = pathOf(state);
  if (section.methods === undefined || path === undefined) return;
  promise(state, [{ methods: section.methods, path, others: [], rest: "" }], line);
  delete section.methods;
}

function row(line: ContractLine & { kind: "row" }, state: State): void {
  const base =
    statedBase(line.cells.slice(0, 2).join(" | ")) ??
    (isBaseTitle(current(state).title) ? addressIn(line.cells.join(" ")) : undefined);
  const found = endpointsOfRow(line.cells, line.head, pathOf(state));
  if (found.endpoints.length === 0 && base !== undefined) return setBase(state, base);
  if (found.unknown !== undefined)
    state.unresolved.push({ file: state.file, line: line.line, reason: `"${found.unknown}" is no HTTP method` });
  promise(state, found.endpoints, line.line);
}

function fence(line: ContractLine & { kind: "fence" }, state: State): void {
  const text = line.lines.join("\n");
  if (DATA_FENCES.has(line.info) && isOpenApi(text)) {
    const inner = readOpenApi(state.file, text, () => undefined);
    state.whole.push(...inner.endpoints.map((endpoint) => ({ ...endpoint, line: endpoint.line + line.line })));
    return;
  }
  if (!REQUEST_FENCES.has(line.info)) return;
  const requests = line.lines.flatMap((request, index) => {
    const found = endpointAtStart(request.trim());
    return found === undefined ? [] : [{ found, line: line.line + 1 + index }];
  });
  if (requests.length === 0) {
    const base = isBaseTitle(current(state).title)
      ? addressIn(text)
      : line.lines.map(statedBase).find((stated) => stated !== undefined);
    if (base !== undefined) setBase(state, base);
  }
  for (const request of requests) promise(state, [request.found], request.line, requests.length === 1);
}

function promise(state: State, named: readonly NamedEndpoint[], line: number, sample = false): void {
  const section = current(state);
  const holder = state.stack.findLast(({ base }) => base !== undefined);
  for (const { methods, path, others } of named) {
    for (const one of [path, ...others])
      for (const method of methods) state.promised.push({ method, path: one, line, section, holder, sample });
    section.path ??= path;
  }
}

/** The base path of the whole contract, or of a section that is not about the whole. The first one named counts. */
function setBase(state: State, base: string): void {
  const holders = state.stack.filter(
    ({ title, level }) => level > 1 && !isBaseTitle(title) && statedBase(title) === undefined,
  );
  const holder = holders.at(-1);
  if (holder === undefined || isGeneralTitle(holder.title)) {
    if (state.base === undefined || state.base === "") state.base = base;
  } else if (holder.base === undefined) {
    holder.base = base;
    state.holders.push(holder);
  }
}

/** The base path of the whole text: one that is said of it, or that of a section which names no endpoint itself. */
function baseOf({ base, holders, promised }: State): string {
  if (base !== undefined && base !== "") return base;
  return holders.find((holder) => promised.every((entry) => entry.holder !== holder))?.base ?? "";
}

function fullPath(base: string, { path, holder }: Promised): string {
  const own = holder?.base ?? "";
  const whole = own === "" ? base : underBase(base, own);
  if (underBase(base, path) === path && base !== "") return path;
  if (underBase(own, path) === path) return underBase(base, path);
  return underBase(whole, path);
}

/** Whether a request is another endpoint of its section with values in place of names, or has a number or an id in it. */
function isExample(entry: Promised, all: readonly Promised[]): boolean {
  const segments = entry.path.split("/");
  if (segments.some((segment) => /^(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{24})$/iu.test(segment))) return true;
  return all.some((other) => {
    if (other === entry || other.sample || other.section !== entry.section || other.method !== entry.method)
      return false;
    const names = other.path.split("/");
    const offset = segments.length - names.length;
    return (
      offset >= 0 && names.every((name, at) => name === "" || name.startsWith("{") || name === segments[at + offset])
    );
  });
}

function isEnd(rest: string): boolean {
  return /^[\s\uE001*_)\]]*(?:$|[:–—\-(,.])/u.test(rest);
}

function current(state: State): Section {
  return state.stack.at(-1) ?? state.stack[0];
}

function pathOf(state: State): string | undefined {
  return state.stack.findLast(({ path }) => path !== undefined)?.path;
}
