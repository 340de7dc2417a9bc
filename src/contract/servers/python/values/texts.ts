import { alternatives, isKind, type Template, type Unknown, unknown, type Value } from "./values.ts";

/** A text as far as it is known. */
export interface KnownText {
  readonly text: string;
  /** Why a part is missing; undefined where the whole is known. */
  readonly missing: string | undefined;
  /** The missing part stands at the start, so that `text` is the rest. */
  readonly missesStart: boolean;
}

/** The text that a value is, parts that are not known left out. Of several, the likeliest that is known. */
export function textOf(value: Value | undefined): KnownText {
  if (typeof value === "string") return { text: value, missing: undefined, missesStart: false };
  if (value === undefined || value === null) return { text: "", missing: undefined, missesStart: false };
  if (typeof value === "number") return { text: String(value), missing: undefined, missesStart: false };
  if (isKind(value, "template")) return textOfParts(value);
  if (isKind(value, "union")) {
    const texts = value.values.map(textOf);
    return texts.find(({ missing }) => missing === undefined) ?? texts[0] ?? textOf("");
  }
  const reason = isKind(value, "unknown") ? value.reason : "it comes from what is not known before the program runs";
  return { text: "", missing: reason, missesStart: true };
}

function textOfParts(template: Template): KnownText {
  const missing = template.parts.find((part): part is Unknown => typeof part !== "string");
  const firstText = template.parts.findIndex((part) => part !== "" && part !== "^");
  const after = template.parts.slice(firstText + 1);
  const missesStart = typeof template.parts[firstText] !== "string" && after.every((part) => typeof part === "string");
  return {
    text: template.parts.map((part) => (typeof part === "string" ? part : "")).join(""),
    missing: missing?.reason,
    missesStart,
  };
}

/** No path is longer; what is, is some other text. */
const LONGEST = 20_000;

/** Several values as one text; parts that are not known stay as holes. */
export function joinTexts(values: readonly Value[]): Value {
  const parts: (string | Unknown)[] = [];
  for (const value of values) {
    const one = alternatives(value).find((each) => typeof each === "string") ?? value;
    if (typeof one === "string" || typeof one === "number") parts.push(String(one));
    else if (isKind(one, "template")) parts.push(...one.parts);
    else if (isKind(one, "unknown")) parts.push(one);
    else parts.push(unknown("a part of it is not known before the program runs"));
  }
  if (parts.reduce((sum, part) => sum + (typeof part === "string" ? part.length : 0), 0) > LONGEST)
    return { kind: "unknown", reason: "a text that grows too long" };
  if (parts.every((part) => typeof part === "string")) return parts.join("");
  return { kind: "template", parts };
}

/** What a string's content means: escapes undone unless it is raw, braces of an f-string made single. */
export function contentOf(raw: string, start: string): string {
  const prefix = start.replace(/["'].*$/s, "").toLowerCase();
  const plain = prefix.includes("r") ? raw : raw.replaceAll(/\\(\r?\n|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)/gs, escaped);
  return prefix.includes("f") ? plain.replaceAll("{{", "{").replaceAll("}}", "}") : plain;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "0": "\0",
};

function escaped(whole: string, rest: string): string {
  if (rest === "\n" || rest === "\r\n") return "";
  if (rest.length > 1) return String.fromCharCode(Number.parseInt(rest.slice(1), 16));
  return ESCAPES[rest] ?? whole;
}
