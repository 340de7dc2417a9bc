import { isAbsolute, join, resolve } from "node:path";
import { didYouMean } from "../foundation/closest.ts";
import { nanoUsd } from "../foundation/units.ts";
import type { NameLists } from "./config.ts";
import type { OptionSpec } from "./options.ts";
import { Secret } from "./secret.ts";
import { isDatabaseUrl, isSoundDatabaseUrl } from "./store-place.ts";

/** Where relative and home-based paths of a source start. */
export interface PathBase {
  /** Folder of the source: the working folder for flags and environment, the file's for files. */
  readonly folder: string;
  /** The user's home folder, for "~". */
  readonly userHome: string;
  /** ALLOT_HOME, once it is known. */
  readonly allotHome: string;
}

export type Parsed =
  | { readonly ok: true; readonly value: OptionValue }
  | { readonly ok: false; readonly expected: string };
export type OptionValue =
  | string
  | number
  | boolean
  | readonly string[]
  | Readonly<Record<string, string>>
  | NameLists
  | Secret
  | null;

const YES = ["yes", "true", "1", "on"];
const NO = ["no", "false", "0", "off"];
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * What a written value means for an option, or what would have been accepted. Text comes from flags, environment and
 * defaults; files may also hold JSON numbers, booleans and objects. Pure.
 */
export function parseValue(spec: OptionSpec, written: unknown, base: PathBase): Parsed {
  switch (spec.kind) {
    case "flag":
      return parseFlag(written);
    case "count":
      return within(
        spec,
        typeof written === "string" && /^\d+$/.test(written) ? Number(written) : written,
        "a whole number",
      );
    case "usd":
      return parseUsd(written);
    case "duration":
      return parseDuration(spec, written);
    case "choice":
      return parseChoice(spec.choices ?? [], written);
    case "pairs":
      return parsePairs(spec, written);
    case "names":
      return parseNames(written);
    case "words":
      return parseWords(spec, written);
    case "secret":
      return parseSecret(written);
    case "url":
      return parseUrl(written);
    case "path":
      return parsePath(written, base);
    case "store":
      return parseStore(written, base);
    case "text":
      return typeof written === "string" && written.trim() !== ""
        ? { ok: true, value: written }
        : { ok: false, expected: "text that is not empty" };
  }
}

/** What an option accepts, for help and docs: `90s, 10m`, `off or on`. */
export function accepts(spec: OptionSpec): string {
  switch (spec.kind) {
    case "flag":
      return "yes or no";
    case "count":
      return `whole number, ${spec.min ?? 0} to ${spec.max ?? "any"}`;
    case "usd":
      return "dollars, like 0.50";
    case "duration":
      return "duration, like 90s, 10m, 1h, 30d";
    case "choice":
      return (spec.choices ?? []).join(", ");
    case "pairs":
      return spec.placeholder ?? "NAME=VALUE";
    case "secret":
      return "text without spaces";
    case "names":
      return "names with commas; in files also a list, or lists by name";
    case "words":
      return spec.choices === undefined || spec.alone === true
        ? "words with commas, or repeated"
        : `some of ${spec.choices.join(", ")}, with commas or repeated`;
    case "url":
      return "URL";
    case "path":
      return "path";
    case "store":
      return "path, or postgres://USER@HOST:PORT/DATABASE";
    case "text":
      return "text";
  }
}

function parseFlag(written: unknown): Parsed {
  if (typeof written === "boolean") return { ok: true, value: written };
  const word = typeof written === "string" ? written.toLowerCase() : "";
  if (YES.includes(word)) return { ok: true, value: true };
  if (NO.includes(word)) return { ok: true, value: false };
  return { ok: false, expected: "yes or no" };
}

function within(spec: OptionSpec, value: unknown, what: string): Parsed {
  const [min, max] = [spec.min ?? 0, spec.max ?? Number.MAX_SAFE_INTEGER];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max)
    return { ok: true, value };
  return { ok: false, expected: `${what} from ${min} to ${max}` };
}

/** Dollars to nano-dollars by their digits, so that no float is rounded. */
export function parseUsd(written: unknown): Parsed {
  const text = typeof written === "number" ? String(written) : typeof written === "string" ? written.trim() : "";
  const digits = /^\$?(\d{1,6})(?:\.(\d{1,9}))?$/.exec(text);
  if (digits === null) return { ok: false, expected: "dollars from 0 to 999999, like 5 or 0.50" };
  return { ok: true, value: nanoUsd(Number(digits[1]) * 1_000_000_000 + Number((digits[2] ?? "").padEnd(9, "0"))) };
}

function parseDuration(spec: OptionSpec, written: unknown): Parsed {
  const [min, max] = [spec.min ?? 0, spec.max ?? Number.MAX_SAFE_INTEGER];
  const expected = `a duration with its unit from ${showDuration(min)} to ${showDuration(max)}, like 90s, 10m, 1h or 30d`;
  const parts = typeof written === "string" ? /^(\d+)\s*(ms|s|m|h|d)$/.exec(written.trim()) : null;
  const value = Number(parts?.[1]) * (UNIT_MS[parts?.[2] ?? ""] ?? Number.NaN);
  return value >= min && value <= max ? { ok: true, value } : { ok: false, expected };
}

/** Milliseconds as the option table writes them: 600000 -> "10m". Days from two on. */
function showDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const size = UNIT_MS[unit] ?? 1;
    if (ms >= (unit === "d" ? 2 * size : size) && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

function parseChoice(choices: readonly string[], written: unknown): Parsed {
  const word =
    typeof written === "boolean" ? (written ? "on" : "off") : typeof written === "string" ? written.trim() : "";
  const found = choices.find((choice) => choice === word) ?? choices.find((choice) => choice === word.toLowerCase());
  if (found !== undefined) return { ok: true, value: found };
  return { ok: false, expected: `one of ${choices.join(", ")}.${didYouMean(word, choices)}` };
}

function parsePairs(spec: OptionSpec, written: unknown): Parsed {
  const expected =
    spec.placeholder === "NAME=URL" ? "NAME=URL, NAME being a provider" : (spec.placeholder ?? "NAME=VALUE");
  if (Array.isArray(written)) {
    const pairs: Record<string, string> = {};
    for (const item of written) {
      const form = spec.whole === true ? /^([^=\s]+)=\s*(\S[\s\S]*)$/ : /^([^=\s]+)=(\S+)$/;
      const [, name, value] = (typeof item === "string" ? form.exec(item) : null) ?? [];
      if (name === undefined || value === undefined) return { ok: false, expected };
      if (spec.whole === true && name in pairs) return { ok: false, expected: `${expected}, each NAME once` };
      pairs[name] = value;
    }
    return { ok: true, value: pairs };
  }
  if (typeof written !== "object" || written === null) return { ok: false, expected };
  const entries = Object.entries(written).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return entries.length === Object.keys(written).length
    ? { ok: true, value: Object.fromEntries(entries) }
    : { ok: false, expected };
}

/** `gpt,local`, a list, or lists by name; "none" for nobody, which takes away what a file states. */
function parseNames(written: unknown): Parsed {
  const expected =
    "names with commas between them, like gpt,local; in files also a list, or an object of lists by name";
  const byName: [string, unknown][] =
    typeof written === "object" && written !== null && !Array.isArray(written)
      ? Object.entries(written)
      : [["*", written]];
  const lists = byName.map(([name, list]): [string, readonly string[]] | undefined => {
    const names = namesOf(list);
    return names === undefined || name.trim() === "" ? undefined : [name, names];
  });
  const sound = lists.filter((list) => list !== undefined);
  return sound.length === lists.length ? { ok: true, value: Object.fromEntries(sound) } : { ok: false, expected };
}

/** Alone it is the empty list; blank words are none. */
function parseWords(spec: OptionSpec, written: unknown): Parsed {
  if (written === true && spec.alone === true) return { ok: true, value: [] };
  const texts: readonly unknown[] = Array.isArray(written) ? written : [written];
  if (texts.some((text) => typeof text !== "string" && text !== true))
    return { ok: false, expected: "words with commas between them" };
  const between = spec.whole === true ? /\r?\n/ : /[,\r\n]/;
  const words = texts
    .flatMap((text) => (typeof text === "string" ? text.split(between) : []))
    .map((word) => word.trim())
    .filter((word) => word !== "");
  return spec.choices === undefined || spec.alone === true ? { ok: true, value: words } : chosenWords(spec, words);
}

/** Words of which each has to be a choice; case does not matter, and a choice may have other names. */
function chosenWords({ choices = [], alsoCalled = {} }: OptionSpec, words: readonly string[]): Parsed {
  const meant = words.map((word) => {
    const lower = word.toLowerCase();
    return (
      choices.find((choice) => choice === lower) ?? (Object.hasOwn(alsoCalled, lower) ? alsoCalled[lower] : undefined)
    );
  });
  const known = meant.filter((word) => word !== undefined);
  if (known.length === meant.length) return { ok: true, value: [...new Set(known)] };
  const strange = words[meant.indexOf(undefined)] ?? "";
  return { ok: false, expected: `some of ${choices.join(", ")}; "${strange}" is none.${didYouMean(strange, choices)}` };
}

function namesOf(written: unknown): readonly string[] | undefined {
  if (typeof written === "string") {
    if (written.trim().toLowerCase() === "none") return [];
    return namesOf(written.split(","));
  }
  if (!Array.isArray(written)) return undefined;
  const names = written.map((name: unknown) => (typeof name === "string" ? name.trim() : ""));
  return names.includes("") ? undefined : names;
}

/** What can stand in a header as it is. */
function parseSecret(written: unknown): Parsed {
  const text = typeof written === "string" ? written.trim() : "";
  if (/^[\x21-\x7e]+$/.test(text)) return { ok: true, value: new Secret(text) };
  return { ok: false, expected: "letters, digits and signs without spaces" };
}

/** An http address without credentials in it; `127.0.0.1:11434` is read as http, as Ollama's own variable is written. */
function parseUrl(written: unknown): Parsed {
  const expected = "an http or https address without a user name or password in it";
  if (typeof written !== "string") return { ok: false, expected };
  const text = written.trim();
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(full)) return { ok: false, expected };
  const url = new URL(full);
  const plain = (url.protocol === "http:" || url.protocol === "https:") && url.username === "" && url.password === "";
  return plain && url.hostname !== "" ? { ok: true, value: full.replace(/\/+$/, "") } : { ok: false, expected };
}

function parsePath(written: unknown, base: PathBase): Parsed {
  return typeof written === "string" && written !== "" && !written.includes("\0")
    ? { ok: true, value: absolute(written, base) }
    : { ok: false, expected: "a path" };
}

function parseStore(written: unknown, base: PathBase): Parsed {
  const text = typeof written === "string" ? written.trim() : "";
  if (isDatabaseUrl(text)) {
    if (isSoundDatabaseUrl(text)) return { ok: true, value: text };
    return {
      ok: false,
      expected:
        "postgres://USER:PASSWORD@HOST:PORT/DATABASE, with other characters than letters and digits in its parts as %XX",
    };
  }
  // Anything else with a scheme would become a file of that name.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { ok: false, expected: "a path, or an address postgres://…" };
  return parsePath(written, base);
}

function absolute(path: string, base: PathBase): string {
  if (path === "~" || path.startsWith("~/")) return join(base.userHome, path.slice(1));
  if (path.startsWith("$ALLOT_HOME/")) return join(base.allotHome, path.slice("$ALLOT_HOME/".length));
  return isAbsolute(path) ? path : resolve(base.folder, path);
}
