import { type FileImport, type FileSymbol, LANGUAGES } from "../../languages/languages.ts";
import type { SecretFinding } from "../../secrets/secrets.ts";
import type { ProgramStart } from "../entries/manifest-starts.ts";
import type { LeftOutReason } from "../facts.ts";
import type { FileContents } from "../reading/file-contents.ts";
import type { Verdict } from "../sorting-out/path-rules.ts";
import type { PackReader, PackWriter } from "./pack.ts";

const KINDS: readonly FileSymbol["kind"][] = [
  "function",
  "method",
  "class",
  "interface",
  "type",
  "enum",
  "constant",
  "module",
  "section",
];

/** Writes what a file holds. */
export function packContents(pack: PackWriter, contents: FileContents): void {
  const { verdict } = contents;
  pack.text(contents.hash);
  pack.int(verdict === null ? 0 : 1);
  if (verdict !== null) {
    pack.text(verdict.reason);
    pack.text(verdict.detail);
    return;
  }
  pack.int(LANGUAGES.indexOf(contents.language));
  pack.int(contents.lines);
  pack.int(contents.tokens);
  pack.int((contents.isUtf8 ? 1 : 0) + (contents.entry === null ? 0 : 2));
  if (contents.entry !== null) pack.text(contents.entry);
  packList(pack, contents.symbols, packSymbol);
  packList(pack, contents.imports, packImport);
  packList(pack, contents.secrets, packSecret);
  packList(pack, contents.starts, packStart);
}

/** Reads what `packContents` wrote. */
export function unpackContents(pack: PackReader): FileContents {
  const hash = pack.text();
  if (pack.int() === 1) {
    const verdict: Verdict = { reason: pack.text() as LeftOutReason, detail: pack.text() };
    const none = { lines: 0, tokens: 0, isUtf8: false, symbols: [], imports: [], entry: null, secrets: [], starts: [] };
    return { hash, language: "text", ...none, verdict };
  }
  const language = LANGUAGES[pack.int()] ?? "text";
  const lines = pack.int();
  const tokens = pack.int();
  const flags = pack.int();
  const entry = (flags & 2) === 0 ? null : pack.text();
  const symbols = unpackList(pack, unpackSymbol);
  const imports = unpackList(pack, unpackImport);
  const secrets = unpackList(pack, unpackSecret);
  const starts = unpackList(pack, unpackStart);
  const isUtf8 = (flags & 1) === 1;
  return { hash, language, lines, tokens, isUtf8, symbols, imports, entry, secrets, starts, verdict: null };
}

function packSymbol(pack: PackWriter, symbol: FileSymbol): void {
  pack.text(symbol.name);
  pack.text(symbol.signature);
  pack.int(KINDS.indexOf(symbol.kind) * 2 + (symbol.exported ? 1 : 0));
  pack.int(symbol.start);
  pack.int(symbol.end);
  pack.int(symbol.line);
  pack.int(symbol.parent);
}

function unpackSymbol(pack: PackReader): FileSymbol {
  const name = pack.text();
  const signature = pack.text();
  const flags = pack.int();
  const start = pack.int();
  const end = pack.int();
  const line = pack.int();
  const parent = pack.int();
  return {
    name,
    kind: KINDS[flags >> 1] ?? "constant",
    signature,
    start,
    end,
    line,
    parent,
    exported: (flags & 1) === 1,
  };
}

/** The names are one text: names hold no line break. */
export function packImport(pack: PackWriter, read: FileImport): void {
  pack.text(read.specifier);
  pack.text(read.names.join("\n"));
  pack.int(read.start);
  pack.int(read.end);
  pack.int((read.typeOnly ? 1 : 0) + (read.names.length > 0 ? 2 : 0));
}

export function unpackImport(pack: PackReader): FileImport {
  const specifier = pack.text();
  const names = pack.text();
  const start = pack.int();
  const end = pack.int();
  const flags = pack.int();
  return { specifier, names: (flags & 2) === 0 ? [] : names.split("\n"), start, end, typeOnly: (flags & 1) === 1 };
}

function packSecret(pack: PackWriter, secret: SecretFinding): void {
  pack.text(secret.rule);
  pack.int(secret.start);
  pack.int(secret.end);
  pack.int(secret.line);
}

function unpackSecret(pack: PackReader): SecretFinding {
  return { rule: pack.text(), start: pack.int(), end: pack.int(), line: pack.int() };
}

function packStart(pack: PackWriter, start: ProgramStart): void {
  pack.int(start.kind === "path" ? 0 : 1);
  pack.text(start.folder);
  pack.text(start.target);
  pack.text(start.why);
}

function unpackStart(pack: PackReader): ProgramStart {
  const kind = pack.int() === 0 ? "path" : "module";
  return { kind, folder: pack.text(), target: pack.text(), why: pack.text() };
}

export function packList<T>(pack: PackWriter, list: readonly T[], one: (pack: PackWriter, value: T) => void): void {
  pack.int(list.length);
  for (const value of list) one(pack, value);
}

export function unpackList<T>(pack: PackReader, one: (pack: PackReader) => T): T[] {
  const length = pack.int();
  const list: T[] = [];
  for (let index = 0; index < length; index++) list.push(one(pack));
  return list;
}
