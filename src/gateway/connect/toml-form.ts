import type { AllotError } from "../../foundation/errors.ts";
import { lineEnd, malformed, type Place, splice, type TextForm } from "./text-form.ts";
import { parseTomlText, type TomlStatement } from "./toml-statements.ts";

type Pair = TomlStatement & { readonly kind: "pair" };

/**
 * Settings in TOML. A place of one key is a key above all tables, its value text as TOML has it; a longer one is a table, its
 * value the lines below the header. Tables below it (`[a.b.c]` of `a.b`) stay when it is written and go when it is removed.
 */
export const TOML_FORM: TextForm = {
  empty: "",
  read(text, place) {
    const file = readFile(text, place);
    if (isTable(place)) {
      const own = file.tables.find(({ path }) => same(path, place));
      return own === undefined ? undefined : text.slice(own.headerEnd, own.end).trimEnd().replaceAll("\r\n", "\n");
    }
    const pair = file.top.find(({ path }) => same(path, place));
    return pair === undefined ? undefined : text.slice(pair.valueStart, pair.valueEnd);
  },
  write(text, place, value) {
    return isTable(place) ? writeTable(text, place, value) : writeKey(text, place, value);
  },
  remove(text, place) {
    const file = readFile(text, place);
    if (!isTable(place)) {
      return cutKey(text, file, place);
    }
    return file.tables
      .filter(({ path }) => begins(path, place))
      .toReversed()
      .reduce((left, table) => cutTable(left, table), text);
  },
  parents: () => 0,
};

interface Table {
  readonly path: readonly string[];
  readonly start: number;
  readonly headerEnd: number;
  /** After the last pair; remarks and empty lines below belong to what follows. */
  readonly end: number;
}

interface TomlFile {
  /** What stands above all tables. */
  readonly top: readonly Pair[];
  readonly tables: readonly Table[];
  /** Where the first table begins; the end of the text where there is none. */
  readonly firstTable: number;
}

/** Reads the file and makes sure that a place in it can be edited. Throws `input-invalid`. */
function readFile(text: string, place: Place): TomlFile {
  const top: Pair[] = [];
  const tables: (Table & { readonly pairs: readonly string[]; readonly isList: boolean })[] = [];
  for (const statement of parseTomlText(text)) {
    const { kind, path, start, end } = statement;
    const table = tables.at(-1);
    if (kind === "pair") {
      const full = [...(table?.path ?? []), ...path];
      const isSaid = (table?.pairs ?? top.map((pair) => pair.path.join("."))).includes(path.join("."));
      if (isSaid) throw malformed(text, start, `${full.join(".")} is said twice`);
      if (isTable(place) && isInTheWay(table?.path ?? [], full, place)) throw inTheWay(text, start, full, place);
      if (table === undefined) top.push(statement);
      else tables[tables.length - 1] = { ...table, end, pairs: [...table.pairs, path.join(".")] };
      continue;
    }
    const isOfList = kind === "list-table" || tables.some((known) => known.isList && begins(path, known.path));
    const isTwice = !isOfList && tables.some((known) => same(known.path, path));
    if (isTwice) throw malformed(text, start, `[${path.join(".")}] is there twice`);
    if (kind === "list-table" && begins(place, path)) throw inTheWay(text, start, path, place);
    tables.push({ path, start, headerEnd: end, end, pairs: [], isList: kind === "list-table" });
  }
  return { top, tables, firstTable: tables[0]?.start ?? text.length };
}

/** `model_providers = {...}`, `model_providers.allot.name = ...`: TOML lets no header stand beside these. */
function isInTheWay(table: readonly string[], full: readonly string[], place: Place): boolean {
  return begins(place, full) || (begins(full, place) && !begins(table, place));
}

function inTheWay(text: string, at: number, path: readonly string[], place: Place): AllotError {
  return malformed(
    text,
    at,
    `${path.join(".")} leaves no place for [${place.join(".")}]; write it as tables of their own`,
  );
}

function writeKey(text: string, place: Place, value: string): string {
  const { top, firstTable } = readFile(text, place);
  const known = top.find(({ path }) => same(path, place));
  if (known !== undefined) return splice(text, known.valueStart, known.valueEnd, value);
  const end = lineEnd(text);
  const line = `${place[0]} = ${value}${end}`;
  const last = top.at(-1);
  if (last !== undefined) {
    const isLineOver = text.slice(0, last.end).endsWith("\n");
    return splice(text, last.end, last.end, isLineOver ? line : `${end}${line}`);
  }
  const begin = text.startsWith("\uFEFF") ? 1 : 0;
  return splice(text, begin, begin, firstTable > begin || text.length > begin ? `${line}${end}` : line);
}

function writeTable(text: string, place: Place, value: string): string {
  const end = lineEnd(text);
  const block = `[${place.join(".")}]${end}${value.replaceAll("\n", end)}${end}`;
  const known = readFile(text, place).tables.find(({ path }) => same(path, place));
  if (known !== undefined) return splice(text, known.start, known.end, block);
  const gap = text === "" ? "" : text.endsWith("\n") ? end : `${end}${end}`;
  return `${text}${gap}${block}`;
}

/** Takes a key out; where it was the only one, and stood first, the empty line that set it apart too. */
function cutKey(text: string, { top }: TomlFile, place: Place): string {
  const pair = top.find(({ path }) => same(path, place));
  if (pair === undefined) return text;
  const isAlone = top.length === 1 && text.slice(0, pair.start).trim() === "";
  const gap = isAlone ? (/^\r?\n/.exec(text.slice(pair.end))?.[0].length ?? 0) : 0;
  return splice(text, pair.start, pair.end + gap, "");
}

/** Takes a table out, and the empty line that set it apart. */
function cutTable(text: string, { start, end }: Table): string {
  const gap = /(?<=\n)\r?\n$/.exec(text.slice(0, start))?.[0].length ?? 0;
  return splice(text, start - gap, end, "");
}

function isTable(place: Place): boolean {
  return place.length > 1;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && begins(a, b);
}

function begins(path: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((key, index) => path[index] === key);
}
