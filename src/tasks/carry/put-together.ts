import { printable } from "../answers/printable.ts";
import { readAnswer } from "../answers/read-answer.ts";
import { countTokens } from "../../codebase/tokens/count-tokens.ts";
import { treeMap } from "../../codebase/tree-map.ts";
import { canonicalJson, sha256 } from "../../foundation/ids.ts";
import type { Draft } from "../plan/draft-parts.ts";
import { fanInFor, runsOf } from "../plan/reduce-tree.ts";
import { fenced } from "../prompts/data-fence.ts";
import { PROMPT_VERSION, togetherInstructions } from "../prompts/instructions.ts";
import type { AskRequest } from "../work.ts";
import type { ReadingParts } from "./reading.ts";

/** What one part, or several together, came to. */
export interface Note {
  readonly paths: readonly string[];
  readonly text: string;
}

export type Together =
  | { readonly kind: "whole"; readonly text: string }
  /** What could not be put together, and why. */
  | { readonly kind: "missed"; readonly reason: string };

const TOC_CHARACTERS = 6_000;
const FRAME_TOKENS = 80;

/**
 * Puts notes together by the model, several at a time and level by level, until one text is left. Each step is kept like a part's
 * answer: where one note changes, only the steps above it are asked again. Notes that are too long together are halved; one that is
 * too long by itself is shortened. Throws only `interrupted`.
 */
export async function putTogether(parts: ReadingParts, notes: readonly Note[]): Promise<Together> {
  let level = notes;
  const fanIn = fanInFor(parts.draft);
  while (level.length > 1) {
    const isLast = level.length <= fanIn;
    const next: Note[] = [];
    for (const run of runsOf(level, fanIn)) {
      const joined = await join(parts, run, isLast);
      if (joined.kind === "missed") return joined;
      next.push(joined.note);
    }
    level = next;
  }
  return { kind: "whole", text: level[0]?.text ?? "" };
}

type Joined = { readonly kind: "note"; readonly note: Note } | { readonly kind: "missed"; readonly reason: string };

async function join(parts: ReadingParts, notes: readonly Note[], isLast: boolean): Promise<Joined> {
  const [only] = notes;
  if (only !== undefined && notes.length === 1) return { kind: "note", note: only };
  const { draft, answers, tally, learned, signal } = parts;
  const { spec } = draft;
  const room = roomFor(draft, learned.ceiling);
  if (notes.length > 2 && countTokens(textOf(notes)) > room) return halved(parts, notes, isLast);
  const request = requestFor(draft, shortened(notes, room), isLast, learned.outputTokens);
  const model = `${spec.model.provider}/${spec.model.name}`;
  const key = sha256(canonicalJson([PROMPT_VERSION, "together", spec.kind, model, request.system, request.prompt]));
  const paths = notes.flatMap((note) => note.paths);
  const kept = (await answers.find([key], spec.cacheTtlMs)).get(key);
  if (kept?.kind === "answer") {
    tally.addKept();
    return { kind: "note", note: { paths, text: kept.text } };
  }
  if (learned.stop !== null) return { kind: "missed", reason: learned.stop.reason };
  signal.throwIfAborted();
  const answer = await parts.ask(request, signal);
  tally.add(answer);
  if (answer.kind === "failed") return { kind: "missed", reason: answer.message };
  if (answer.kind === "too-long") {
    if (notes.length > 2) return halved(parts, notes, isLast);
    learned.ceiling = Math.floor((learned.ceiling ?? spec.strategy.maxTokens) / 2);
    return room < 200 ? { kind: "missed", reason: answer.message } : join(parts, notes, isLast);
  }
  const said = wordsOf(answer.text);
  if (said === "") return { kind: "missed", reason: "the answer is empty" };
  const text = answer.kind === "cut" ? `${said}\n\n(cut off here)` : said;
  const spent = answer.kind === "answered" ? answer : { inputTokens: 0, outputTokens: 0 };
  await answers.keep(
    key,
    {
      kept: { kind: "answer", text, cut: answer.kind === "cut", servedBy: answer.servedBy },
      kind: spec.kind,
      repo: draft.codebase.root,
      model,
      covers: [],
      inputTokens: spent.inputTokens,
      outputTokens: spent.outputTokens,
      cost: answer.cost,
      durationMs: answer.ms,
    },
    spec.cacheTtlMs,
  );
  return { kind: "note", note: { paths, text } };
}

/** A model that answers in the shape of a part all the same has its words in the summary. */
function wordsOf(text: string): string {
  const reading = /^\s*(?:```(?:json)?\s*)?\{/.test(text) ? readAnswer(text, "analyze") : undefined;
  const summary = reading?.kind === "read" ? reading.said.summary : "";
  return summary === "" ? printable(text).trim() : summary;
}

async function halved(parts: ReadingParts, notes: readonly Note[], isLast: boolean): Promise<Joined> {
  const middle = Math.ceil(notes.length / 2);
  const first = await join(parts, notes.slice(0, middle), false);
  if (first.kind === "missed") return first;
  const second = await join(parts, notes.slice(middle), false);
  return second.kind === "missed" ? second : join(parts, [first.note, second.note], isLast);
}

/** O200k tokens that notes may take in one question. */
function roomFor({ factor, spec, codebase }: Draft, ceiling: number | null): number {
  const most = Math.min(spec.strategy.maxTokens, ceiling ?? Infinity);
  const fixed = countTokens(togetherInstructions(spec)) + FRAME_TOKENS + (codebase.files.length > 0 ? 60 : 0);
  return Math.floor((most - 2 * factor.perMessage) / factor.factor) - fixed;
}

/** Each note in its share of the room; those that need less leave it to others only by being short. */
function shortened(notes: readonly Note[], room: number): readonly Note[] {
  if (countTokens(textOf(notes)) <= room) return notes;
  const share = Math.floor(room / notes.length);
  return notes.map((note) => {
    let { text } = note;
    while (countTokens(text) > share && text.length > 40) text = text.slice(0, Math.floor(text.length * 0.85));
    return text === note.text ? note : { ...note, text: `${text.trimEnd()} …` };
  });
}

function textOf(notes: readonly Note[]): string {
  return notes.map(({ paths, text }) => `## ${titleOf(paths)}\n\n${text}`).join("\n\n");
}

function titleOf(paths: readonly string[]): string {
  const unique = [...new Set(paths)];
  return unique.length > 8 ? `${unique.slice(0, 8).join(", ")} and ${unique.length - 8} more` : unique.join(", ");
}

function requestFor(draft: Draft, notes: readonly Note[], isLast: boolean, maxOutputTokens: number): AskRequest {
  const { spec, codebase } = draft;
  const wantsMap = isLast && spec.strategy.include.includes("toc");
  const map = wantsMap ? treeMap(codebase.files, Math.min(TOC_CHARACTERS, spec.strategy.maxTokens)) : "";
  return {
    model: spec.model,
    system: togetherInstructions(spec),
    prompt: [
      ...(map === "" ? [] : ["The files of the codebase:", fenced(map), ""]),
      "The notes:",
      fenced(textOf(notes)),
    ].join("\n"),
    maxOutputTokens,
    timeoutMs: spec.strategy.timeoutMs,
    kind: spec.kind,
    schema: null,
    content: "prose",
  };
}
