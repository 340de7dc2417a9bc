import type { ExactStep, LineRange } from "../../../codebase/exact-step.ts";
import type { TaskStep } from "../mini-task.ts";
import { codeBlocks, fenced } from "./fences.ts";
import { literalText, printContent, readContent } from "./literal-text.ts";
import { pathProblem } from "./safe-path.ts";

/** What a step's Markdown text is: a step allot carries out itself, prose for a model, or an exact step gone wrong. */
export type StepReading =
  | { readonly kind: "exact"; readonly step: ExactStep }
  | { readonly kind: "prose" }
  /** It has the shape of an exact step and cannot be one; `line` counts from 0 within the text. */
  | { readonly kind: "broken"; readonly problem: string; readonly line: number };

/**
 * The Markdown text of an exact step; `readStepText` reads it back without loss, whatever the content holds
 * (fences, tabs, line ends, no final newline, nothing). Pure.
 */
export function printExactStep(step: ExactStep): string {
  switch (step.kind) {
    case "create":
      return step.content === ""
        ? `Create empty file \`${step.path}\``
        : withContent(`Create file \`${step.path}\``, " with:", step.content, step.path);
    case "copy":
      return `Copy ${linesText(step.from)} to the end of \`${step.to}\`${shaText(step.from)}`;
    case "move":
      return `Move ${linesText(step.from)} to the end of \`${step.to}\`${shaText(step.from)}`;
    case "append":
      return step.content === ""
        ? `Append nothing to \`${step.path}\``
        : withContent(`Append to \`${step.path}\``, ":", step.content, step.path);
    case "delete-lines":
      return `Delete ${linesText(step.range)}${shaText(step.range)}`;
    case "replace-lines": {
      const head = `Replace ${linesText(step.range)}${shaText(step.range)}`;
      return step.content === "" ? `${head} with nothing` : withContent(head, " with:", step.content, step.range.path);
    }
    case "insert": {
      const place = step.line === 0 ? "at the top" : `after line ${step.line}`;
      return step.content === ""
        ? `Insert nothing ${place} of \`${step.path}\``
        : withContent(`Insert ${place} of \`${step.path}\``, ":", step.content, step.path);
    }
    case "replace-text": {
      const times = step.count === 1 ? "once" : `${step.count} times`;
      const change = `replace ${literalText(step.find)} by ${literalText(step.by)}, ${times}`;
      return `In ${linesText(step.range)}${shaText(step.range)} ${change}`;
    }
    case "rename-file":
      return `Rename file \`${step.path}\` to \`${step.to}\``;
    case "delete-file":
      return `Delete file \`${step.path}\``;
  }
}

const RANGE = String.raw`lines? (?<first>\d+)(?:\s*(?:-|–|to)\s*(?<last>\d+))? of ${path("path")}`;
const SHA = String.raw`(?:\s*\(sha (?<sha>[^)]*)\))?`;
const LITERAL = String.raw`("(?:[^"\\]|\\.)*"|${"`"}[^${"`"}]+${"`"})`;

/** The shapes of the vocabulary: first line of the text, and whether a block of content follows. */
const SHAPES: readonly {
  readonly kind: ExactStep["kind"];
  readonly head: RegExp;
  readonly content: "block" | "none" | "empty";
}[] = [
  { kind: "create", head: shape(String.raw`Create file ${path("path")}(?<how> \([^)]*\))? with:`), content: "block" },
  { kind: "create", head: shape(`Create empty file ${path("path")}`), content: "empty" },
  { kind: "copy", head: shape(`Copy ${RANGE} to the end of ${path("to")}${SHA}`), content: "none" },
  { kind: "move", head: shape(`Move ${RANGE} to the end of ${path("to")}${SHA}`), content: "none" },
  { kind: "append", head: shape(String.raw`Append to ${path("path")}(?<how> \([^)]*\))?:`), content: "block" },
  { kind: "append", head: shape(`Append nothing to ${path("path")}`), content: "empty" },
  { kind: "delete-lines", head: shape(`Delete ${RANGE}${SHA}`), content: "none" },
  {
    kind: "replace-lines",
    head: shape(String.raw`Replace ${RANGE}${SHA}(?<how> \((?!sha )[^)]*\))? with:`),
    content: "block",
  },
  { kind: "replace-lines", head: shape(`Replace ${RANGE}${SHA} with nothing`), content: "empty" },
  {
    kind: "insert",
    head: shape(
      String.raw`Insert (?:at the (?<top>top)|after line (?<line>\d+)) of ${path("path")}(?<how> \([^)]*\))?:`,
    ),
    content: "block",
  },
  {
    kind: "insert",
    head: shape(String.raw`Insert nothing (?:at the (?<top>top)|after line (?<line>\d+)) of ${path("path")}`),
    content: "empty",
  },
  {
    kind: "replace-text",
    head: shape(
      String.raw`In ${RANGE}${SHA},? replace (?<find>${LITERAL}) (?:by|with) (?<by>${LITERAL}),? (?<times>once|\d+ times)`,
    ),
    content: "none",
  },
  { kind: "rename-file", head: shape(`Rename file ${path("path")} to ${path("to")}`), content: "none" },
  { kind: "delete-file", head: shape(`Delete file ${path("path")}`), content: "none" },
];

/** Reads a step's text: exact where it is a sentence of the vocabulary to the letter, prose otherwise. Pure; never throws. */
export function readStepText(text: string): StepReading {
  const lines = text.split("\n");
  const head = lines[0] ?? "";
  for (const { kind, head: pattern, content } of SHAPES) {
    const groups = pattern.exec(head)?.groups;
    if (groups === undefined) continue;
    return content === "block" ? readWithBlock(kind, groups, lines) : readWithout(kind, groups, lines);
  }
  if (/\(sha [^)]*\)/.test(head)) {
    return { kind: "broken", problem: "names a sha but is no sentence of the exact steps", line: 0 };
  }
  return { kind: "prose" };
}

type Groups = Readonly<Record<string, string | undefined>>;

function readWithBlock(kind: ExactStep["kind"], groups: Groups, lines: readonly string[]): StepReading {
  const block = codeBlocks(lines)[0];
  const before = lines.slice(1, block?.first).some((line) => line.trim() !== "");
  // "Create file `x` with:" and a list of wishes below is prose for a model.
  if (block === undefined || before) return { kind: "prose" };
  if (!block.closed) return { kind: "broken", problem: "opens a code block that is never closed", line: block.first };
  const extra = lines.findIndex((line, index) => index >= block.end && line.trim() !== "");
  if (extra !== -1) {
    return { kind: "broken", problem: "has text after the code block; one step has one block", line: extra };
  }
  const content = readContent(block.lines, (groups["how"] ?? "").trim());
  if (content.kind === "broken") return { kind: "broken", problem: content.problem, line: 0 };
  return build(kind, groups, content.text);
}

function readWithout(kind: ExactStep["kind"], groups: Groups, lines: readonly string[]): StepReading {
  if (lines.slice(1).some((line) => line.trim() !== "")) return { kind: "prose" };
  return build(kind, groups, "");
}

function build(kind: ExactStep["kind"], groups: Groups, content: string): StepReading {
  const broken = (problem: string): StepReading => ({ kind: "broken", problem, line: 0 });
  const path = groups["path"] ?? "";
  const to = groups["to"] ?? "";
  for (const named of groups["to"] === undefined ? [path] : [path, to]) {
    const problem = pathProblem(named);
    if (problem !== undefined) return broken(`names the path ${JSON.stringify(named)}, which ${problem}`);
  }
  const range = readRange(groups);
  if (typeof range === "string") return broken(range);
  const exact = (step: ExactStep): StepReading => ({ kind: "exact", step });
  switch (kind) {
    case "create":
    case "append":
      return exact({ kind, path, content });
    case "copy":
    case "move":
      return exact({ kind, from: range, to });
    case "delete-lines":
      return exact({ kind, range });
    case "replace-lines":
      return exact({ kind, range, content });
    case "insert":
      return exact({ kind, path, line: Number(groups["line"] ?? 0), content });
    case "rename-file":
      return exact({ kind, path, to });
    case "delete-file":
      return exact({ kind, path });
    case "replace-text": {
      const find = readLiteral(groups["find"] ?? "");
      const by = readLiteral(groups["by"] ?? "");
      if (find === undefined || by === undefined) return broken("has a quoted text that is not valid JSON");
      if (find === "") return broken("replaces the empty text");
      const times = groups["times"] ?? "once";
      return exact({ kind, range, find, by, count: times === "once" ? 1 : Number.parseInt(times, 10) });
    }
  }
}

function readRange(groups: Groups): LineRange | string {
  const first = Number(groups["first"] ?? 1);
  const last = Number(groups["last"] ?? first);
  if (first < 1) return `names line ${first}; lines count from 1`;
  if (last < first) return `names lines ${first}-${last}; the first must not stand after the last`;
  const path = groups["path"] ?? "";
  const sha = groups["sha"];
  if (sha === undefined) return { path, first, last };
  if (!/^[0-9a-f]{8}$/.test(sha)) return `has the sha ${JSON.stringify(sha)}; eight hex digits are a sha`;
  return { path, first, last, sha };
}

function readLiteral(text: string): string | undefined {
  if (text.startsWith("`")) return text.slice(1, -1);
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

function withContent(head: string, tail: string, content: string, file: string): string {
  const { how, language, lines } = printContent(content, file);
  return `${head}${how === "" ? "" : ` (${how})`}${tail}\n\n${fenced(language, lines)}`;
}

function linesText(range: LineRange): string {
  const span = range.first === range.last ? `line ${range.first}` : `lines ${range.first}-${range.last}`;
  return `${span} of \`${range.path}\``;
}

function shaText(range: LineRange): string {
  return range.sha === undefined ? "" : ` (sha ${range.sha})`;
}

function path(group: string): string {
  return String.raw`${"`"}(?<${group}>[^${"`"}]*)${"`"}`;
}

function shape(source: string): RegExp {
  return new RegExp(String.raw`^${source}\.?\s*$`);
}

/** A task's step that says an exact step in its own words. */
export function exactTaskStep(step: ExactStep): TaskStep {
  return { text: printExactStep(step), exact: step };
}
