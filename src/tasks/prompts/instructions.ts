import type { WorkKind, WorkSpec } from "../work.ts";
import { FENCE_RULE } from "./data-fence.ts";

/** Of all prompts of work; a change of their words makes kept answers old. */
export const PROMPT_VERSION = "2026-11-1";

/** What each kind of work is asked to do with one part of the code. */
const JOBS: Readonly<Record<WorkKind, string>> = {
  analyze:
    "You analyse source code. Say what this part does, how it is built, what it depends on and what depends on it, and where it is fragile, wrong or hard to change.",
  document:
    "You write reference documentation for the public interface of source code: purpose, every exported name with parameters, results, errors and a short example, only what the code shows.",
  refactor:
    "You suggest refactorings of source code: each with its place, what is wrong now, and the exact change, keeping behaviour and the project's own patterns.",
  test: "You design tests for source code: for each exported function or method the cases that matter (usual, edges, errors), with inputs and the literal results expected.",
  review:
    "You review source code, and the change to it where a difference is given: defects first, each with its place, what goes wrong and how to mend it. Praise nothing.",
  optimize:
    "You find what makes source code slow or wasteful: complexity, repeated work, needless input and output, memory; each with its place, what it costs, and the change that mends it.",
  security:
    "You look for vulnerabilities in source code: injection, broken access control, unsafe deserialisation, secrets, cryptography, path and request forgery; each with its place, how it is exploited, and the mend. Report only what the code shows.",
  architecture:
    "You describe the architecture of a codebase from its parts: responsibilities, layers, data flow, contracts between modules, and where the structure works against itself.",
  migration:
    "You plan a migration of a codebase: for this part what must change, in which order, how much work it is, and what may break.",
};

/** Kinds whose answer is a text for people; the others answer as JSON, so that places can be checked. */
const AS_TEXT: ReadonlySet<WorkKind> = new Set(["document"]);

/** True for kinds that answer as JSON. Pure. */
export function answersAsJson(kind: WorkKind): boolean {
  return !AS_TEXT.has(kind);
}

/** JSON schema of an answer about one part. */
export const ANSWER_SCHEMA: Readonly<Record<string, unknown>> = {
  type: "object",
  required: ["summary", "findings"],
  properties: {
    summary: { type: "string" },
    findings: {
      type: "array",
      items: {
        type: "object",
        required: ["title", "detail", "severity"],
        properties: {
          title: { type: "string" },
          detail: { type: "string" },
          severity: { enum: ["info", "low", "medium", "high", "critical"] },
          aspect: { type: "string" },
          path: { type: "string" },
          firstLine: { type: "integer" },
          lastLine: { type: "integer" },
          quote: { type: "string" },
        },
      },
    },
  },
};

const JSON_SHAPE =
  'Answer with one JSON object and nothing else: {"summary": "Markdown, what matters most, at most 150 words", "findings": [{"title": "one line", ' +
  '"detail": "what and why, and the change", "severity": "info|low|medium|high|critical", "aspect": "security, performance, style ...", ' +
  '"path": "as in the heading of the code", "firstLine": 1, "lastLine": 1, "quote": "the first line concerned, letter by letter"}]}. ' +
  "No findings: an empty list.";

const TEXT_SHAPE =
  "Answer in Markdown: a heading of the second level for each file, with its path as the heading; no introduction, no closing words.";

const STYLES: Readonly<Record<string, string>> = {
  comprehensive: "Be comprehensive: leave out nothing that a user of this code needs.",
  brief: "Be brief: only what matters most.",
};

/**
 * The instructions for parts, the same for every part of one work: what is volatile stands in the prompt. Words that a user gave
 * (aspects, style, variant) are part of them; nothing of a file is. Pure.
 */
export function partInstructions(spec: Pick<WorkSpec, "kind" | "aspects" | "style" | "variant">): string {
  const { kind } = spec;
  return [
    JOBS[kind],
    FENCE_RULE,
    "Name only files and lines that you were shown. Where the code does not say, say that it does not.",
    answersAsJson(kind) ? JSON_SHAPE : TEXT_SHAPE,
    ...wishesOf(spec),
  ].join("\n");
}

/** What the user wants of this work, a line each. */
function wishesOf({
  kind,
  aspects,
  style,
  variant,
}: Pick<WorkSpec, "kind" | "aspects" | "style" | "variant">): string[] {
  return [
    ...(aspects.length === 0 ? [] : [`Look for: ${aspects.map(asWords).join(", ")}. Name one of these as the aspect.`]),
    ...(style === null ? [] : [STYLES[style] ?? `Style: ${asWords(style)}.`]),
    ...(variant === null ? [] : [`${VARIANTS[kind] ?? "Wanted"}: ${asWords(variant)}.`]),
  ];
}

const VARIANTS: Readonly<Partial<Record<WorkKind, string>>> = {
  document: "Kind of documentation",
  test: "Kind of tests",
  security: "Report",
  migration: "The framework to move to",
  analyze: "Scope",
};

/** One line, of a length that no instruction needs. */
function asWords(given: string): string {
  return given.replaceAll(/\s+/g, " ").trim().slice(0, 200);
}

const TOGETHER: Readonly<Partial<Record<WorkKind, string>>> = {
  analyze: "one analysis of the whole: what it is, how its parts work together, what is most in need of attention",
  review: "one review of the whole, what must be mended first standing first",
  optimize: "one plan against the bottlenecks, the largest gain first",
  security: "one security report, the worst risk first, and what several findings have in common",
  architecture: "one architecture document: overview, components, data flow, decisions one can see, weaknesses",
  migration: "one migration plan: order of the steps, what each touches, effort, risks, how each step is checked",
};

/** Kinds whose answers are put together by the model; the others stand one after the other. Pure. */
export function isPutTogether(kind: WorkKind): boolean {
  return TOGETHER[kind] !== undefined;
}

/** The instructions for putting answers together. Pure. */
export function togetherInstructions(spec: Pick<WorkSpec, "kind" | "aspects" | "style" | "variant">): string {
  return [
    `You are given notes about parts of one codebase, each made from a part of its source code. Write ${TOGETHER[spec.kind] ?? "one text of them"}.`,
    FENCE_RULE,
    "Use what the notes say and nothing else; keep places as path:line. Answer in Markdown, no introduction.",
    ...wishesOf({ ...spec, aspects: [] }),
  ].join("\n");
}

/** What is asked for when an answer could not be read. Pure. */
export const REPAIR_INSTRUCTION =
  "An earlier answer to this could not be read; it stands in the last fence. Answer again, whole, with one JSON object of the shape above and nothing else.";
