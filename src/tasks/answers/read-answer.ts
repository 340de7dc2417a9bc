import type { WorkFinding, WorkKind } from "../work.ts";
import { answersAsJson } from "../prompts/instructions.ts";
import { jsonIn } from "./json-in.ts";
import { printable } from "./printable.ts";

/** What a model said of a part, before its places were checked. */
export interface SaidOfPart {
  /** Markdown. */
  readonly summary: string;
  readonly findings: readonly SaidFinding[];
}

export interface SaidFinding extends Pick<WorkFinding, "title" | "detail" | "severity" | "aspect"> {
  readonly path: string | null;
  readonly firstLine: number | null;
  readonly lastLine: number | null;
  /** The first line concerned, as the model copied it. */
  readonly quote: string | null;
}

export type AnswerReading =
  | { readonly kind: "read"; readonly said: SaidOfPart }
  /** Neither the JSON that was asked for nor words. */
  | { readonly kind: "garbled"; readonly why: string };

/**
 * Reads an answer, with patience: JSON by itself, in a fence or among words, with trailing commas, under other names for the same
 * fields; and plain prose where a model kept to no shape at all. Broken JSON and signs without words are garbled. With `cut`, JSON
 * that just ends is read as far as it goes. Pure; never throws.
 */
export function readAnswer(text: string, kind: WorkKind, cut = false): AnswerReading {
  const trimmed = text.trim();
  if (trimmed === "") return { kind: "garbled", why: "the answer is empty" };
  if (!answersAsJson(kind)) {
    return hasWords(trimmed)
      ? { kind: "read", said: { summary: printable(withoutFence(trimmed)), findings: [] } }
      : { kind: "garbled", why: "the answer holds no words" };
  }
  const json = jsonIn(trimmed, cut);
  if (json !== undefined) {
    const said = saidIn(json);
    if (said !== undefined) return { kind: "read", said };
    return { kind: "garbled", why: "the JSON of the answer has neither a summary nor findings" };
  }
  if (/^(?:```(?:json)?\s*)?[{[]/i.test(trimmed)) return { kind: "garbled", why: "the answer is broken JSON" };
  if (!hasWords(trimmed)) return { kind: "garbled", why: "the answer holds no words" };
  return { kind: "read", said: { summary: printable(trimmed), findings: [] } };
}

/** Mostly letters, and at least one word. Signs that no text has are none. */
function hasWords(text: string): boolean {
  if (/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text)) return false;
  const signs = text.replaceAll(/\s/g, "");
  const letters = signs.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  return letters >= signs.length * 0.4 && /\p{L}{2}/u.test(text);
}

/** Models put whole Markdown answers into a fence. */
function withoutFence(text: string): string {
  return /^```(?:markdown|md)?\n([\s\S]*)\n```$/.exec(text)?.[1] ?? text;
}

type Fields = Readonly<Record<string, unknown>>;

function saidIn(json: unknown): SaidOfPart | undefined {
  if (Array.isArray(json)) return { summary: "", findings: json.flatMap(findingIn) };
  if (json === null || typeof json !== "object") return undefined;
  const fields = json as Fields;
  const summary = textAt(fields, ["summary", "analysis", "overview", "description", "text", "answer", "result"]);
  const list = ["findings", "issues", "problems", "suggestions", "results", "vulnerabilities", "tests", "steps"]
    .map((name) => fields[name])
    .find((value) => Array.isArray(value)) as readonly unknown[] | undefined;
  if (summary === null && list === undefined) return undefined;
  return { summary: summary ?? "", findings: (list ?? []).flatMap(findingIn) };
}

function findingIn(given: unknown): readonly SaidFinding[] {
  if (typeof given === "string") return given.trim() === "" ? [] : [bareFinding(printable(given.trim()))];
  if (given === null || typeof given !== "object") return [];
  const fields = given as Fields;
  const detail = textAt(fields, ["detail", "details", "description", "message", "explanation", "suggestion"]) ?? "";
  const title = textAt(fields, ["title", "name", "summary", "issue"]) ?? firstSentence(detail);
  if (title === "") return [];
  const location = placeFields(fields);
  return [
    {
      title: oneLine(title),
      detail,
      severity: severityOf(textAt(fields, ["severity", "level", "priority", "impact"])),
      aspect: textAt(fields, ["aspect", "category", "type", "kind"]),
      ...location,
      quote: textAt(fields, ["quote", "code", "snippet"]),
    },
  ];
}

function bareFinding(text: string): SaidFinding {
  const location = /([\w./@-]+\.\w+):(\d+)(?:-(\d+))?/.exec(text);
  return {
    title: oneLine(firstSentence(text)),
    detail: text,
    severity: "info",
    aspect: null,
    path: location?.[1] ?? null,
    firstLine: location === null ? null : Number(location[2]),
    lastLine: location === null ? null : Number(location[3] ?? location[2]),
    quote: null,
  };
}

/** "src/a.ts", or "src/a.ts:12-14" in one field; lines as numbers, as text, as "12-14", or in an object of their own. */
function placeFields(fields: Fields): Pick<SaidFinding, "path" | "firstLine" | "lastLine"> {
  const nested = fields["location"] ?? fields["place"];
  const inner = nested !== null && typeof nested === "object" ? { ...fields, ...(nested as Fields) } : fields;
  const named = textAt(inner, ["path", "file", "filename", "filePath", "file_path", "location"]);
  const joined = named === null ? null : /^(.*?):(\d+)(?:[-:](\d+))?$/.exec(named);
  const path = joined?.[1] ?? named;
  const span = inner["lines"];
  const both = typeof span === "string" ? /(\d+)\s*(?:-|–|to)\s*(\d+)/.exec(span) : null;
  const first =
    numberAt(inner, ["firstLine", "first_line", "line", "startLine", "start_line", "lineNumber", "lines"]) ??
    (both === null ? null : Number(both[1])) ??
    (joined === null ? null : Number(joined[2]));
  const last =
    numberAt(inner, ["lastLine", "last_line", "endLine", "end_line"]) ??
    (both === null ? null : Number(both[2])) ??
    (joined?.[3] === undefined ? first : Number(joined[3]));
  return { path, firstLine: first, lastLine: last };
}

function textAt(fields: Fields, names: readonly string[]): string | null {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string" && value.trim() !== "") return printable(value.trim());
  }
  return null;
}

function numberAt(fields: Fields, names: readonly string[]): number | null {
  for (const name of names) {
    const value = fields[name];
    const first = Array.isArray(value) ? (value as readonly unknown[])[0] : value;
    const number = typeof first === "string" && /^\d+$/.test(first.trim()) ? Number(first) : first;
    if (typeof number === "number" && Number.isInteger(number)) return number;
  }
  return null;
}

const SEVERITIES: readonly (readonly [RegExp, WorkFinding["severity"]])[] = [
  [/crit|blocker|urgent|p0/i, "critical"],
  [/high|major|severe|error|p1/i, "high"],
  [/med|moderate|warn|p2/i, "medium"],
  [/low|minor|p3/i, "low"],
];

function severityOf(word: string | null): WorkFinding["severity"] {
  return SEVERITIES.find(([pattern]) => word !== null && pattern.test(word))?.[1] ?? "info";
}

function firstSentence(text: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
