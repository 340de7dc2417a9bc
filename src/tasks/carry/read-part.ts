import { contentKind } from "../../codebase/tokens/content-kind.ts";
import { isAllotError } from "../../foundation/errors.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { KeptPart } from "../answers/part-answers.ts";
import { readAnswer, type SaidOfPart } from "../answers/read-answer.ts";
import { draftParts, partPrompt, partTokens } from "../plan/draft-parts.ts";
import { fenced } from "../prompts/data-fence.ts";
import { ANSWER_SCHEMA, answersAsJson, REPAIR_INSTRUCTION } from "../prompts/instructions.ts";
import type { AskAnswer, AskRequest, WorkPart } from "../work.ts";
import { keep, keepSplit, readKept, type Spent } from "./kept-part.ts";
import { identityOf, type PartReading, type ReadingParts } from "./reading.ts";

/** A part that is cut in two so often is too small for anything. */
const MOST_CUTS = 8;
/** A model that said nothing in the output it had is given so many times as much. */
const MORE_OUTPUT = 4;
/** An answer that was cut off is asked for in smaller ones so often; then it is taken as it is, and said. */
const MOST_CUT_ANSWERS = 2;

/** Faults of the account, the limits or the set-up: whatever part is asked next meets the same. */
const STOPPING: ReadonlySet<string> = new Set([
  "limit-reached",
  "provider-auth",
  "provider-not-configured",
  "unknown-model",
  "model-not-allowed",
  "offline-cannot",
  "config-invalid",
  "ledger-busy",
  "storage-unusable",
  "usage",
]);

/** Reads a part: by its kept answer, by asking, or in smaller ones. Throws only `interrupted`. */
export function readPart(parts: ReadingParts, part: WorkPart): Promise<readonly PartReading[]> {
  return readAt(parts, part, { cuts: 0, cutAnswers: 0 });
}

interface Depth {
  readonly cuts: number;
  readonly cutAnswers: number;
}

function readAt(parts: ReadingParts, part: WorkPart, depth: Depth): Promise<readonly PartReading[]> {
  const known = parts.asked.get(identityOf(part));
  if (known !== undefined) return known;
  const reading = readOnce(parts, part, depth);
  parts.asked.set(identityOf(part), reading);
  return reading;
}

async function readOnce(parts: ReadingParts, part: WorkPart, depth: Depth): Promise<readonly PartReading[]> {
  const { draft, answers, learned, signal, tally } = parts;
  const { spec } = draft;
  const kept = (await answers.find([part.key], spec.cacheTtlMs)).get(part.key);
  if (kept?.kind === "split") return readSmaller(parts, part, kept.maxTokens, deeper(depth, kept.why), kept.why);
  const fromKept = kept === undefined ? undefined : readKept(parts, part, kept);
  if (fromKept !== undefined) {
    tally.addKept();
    return [fromKept];
  }
  if (learned.stop !== null) return [missed(part, learned.stop.code, learned.stop.reason)];
  const tokens = partTokens(part, draft);
  if (learned.ceiling !== null && tokens > learned.ceiling) {
    return readSmaller(parts, part, learned.ceiling, deeper(depth, "too-long"), "too-long");
  }
  signal.throwIfAborted();
  const request = requestOf(parts, part);
  const answer = await askOnce(parts, request);
  switch (answer.kind) {
    case "too-long": {
      const ceiling = smallerThan(tokens, answer.limitTokens, spec.strategy.maxOutputTokens);
      learned.ceiling = Math.min(learned.ceiling ?? Infinity, ceiling);
      await keepSplit(parts, part, "too-long", ceiling, answer);
      return readSmaller(parts, part, ceiling, deeper(depth, "too-long"), "too-long");
    }
    case "cut":
      return readCut(parts, part, answer, depth, { tokens, allowed: request.maxOutputTokens });
    case "answered":
      return [await readAnswered(parts, part, answer)];
    case "failed":
      noteStop(parts, answer);
      return [missed(part, answer.code, answer.message)];
  }
}

function deeper(depth: Depth, why: "too-long" | "cut"): Depth {
  return { cuts: depth.cuts + 1, cutAnswers: depth.cutAnswers + (why === "cut" ? 1 : 0) };
}

/** What the model takes at most: what it says, less the answer's room; else half of what was too much. */
function smallerThan(tokens: number, limit: number | null, output: number): number {
  const half = Math.floor(tokens / 2);
  if (limit === null) return half;
  // The figure may be of input and output together, and our count may be below the model's: both leave room.
  const room = Math.floor(limit * 0.9) - output;
  const named = room > limit / 4 ? room : Math.floor(limit / 2);
  return named < tokens ? named : half;
}

async function readSmaller(
  parts: ReadingParts,
  part: WorkPart,
  maxTokens: number,
  depth: Depth,
  why: "too-long" | "cut",
): Promise<readonly PartReading[]> {
  const { draft } = parts;
  const what = why === "too-long" ? "too long for the model" : "more than one answer can hold";
  if (depth.cuts > MOST_CUTS || part.covers.length === 0) {
    return [missed(part, "window-overflow", `${what}, however small it was cut`)];
  }
  const files = [...new Set(part.covers.map(({ path }) => path))].flatMap((path) => draft.index.file(path) ?? []);
  let smaller: readonly WorkPart[];
  try {
    smaller = await draftParts(draft, files, maxTokens, part.covers);
  } catch (error) {
    if (isAllotError(error, "plan-stale")) return [missed(part, error.code, error.message)];
    if (!isAllotError(error, "input-invalid")) throw error;
    return [missed(part, "window-overflow", `${what}: ${error.message}`)];
  }
  const readings: PartReading[] = [];
  for (const one of smaller) {
    if (identityOf(one) === identityOf(part))
      return [missed(part, "window-overflow", `${what}, and it cannot be cut smaller`)];
    readings.push(...(await readAt(parts, { ...one, index: part.index }, depth)));
  }
  return readings;
}

async function readCut(
  parts: ReadingParts,
  part: WorkPart,
  answer: Extract<AskAnswer, { kind: "cut" }>,
  depth: Depth,
  { tokens, allowed }: { readonly tokens: number; readonly allowed: number },
): Promise<readonly PartReading[]> {
  const { draft, tally, learned } = parts;
  const reading = readAnswer(answer.text, draft.spec.kind, true);
  if (reading.kind === "garbled" && allowed < draft.mostOutputTokens) {
    // Nothing was said: the model thought for as long as it was let. So will it about the others.
    learned.outputTokens = Math.max(learned.outputTokens, Math.min(draft.mostOutputTokens, MORE_OUTPUT * allowed));
    parts.asked.delete(identityOf(part));
    return readAt(parts, part, depth);
  }
  if (depth.cutAnswers < MOST_CUT_ANSWERS && part.covers.length > 0) {
    const half = Math.floor(tokens / 2);
    const tried = await draftsAt(parts, part, half);
    if (tried) {
      await keepSplit(parts, part, "cut", half, answer);
      return readSmaller(parts, part, half, deeper(depth, "cut"), "cut");
    }
  }
  if (reading.kind === "garbled") return [missed(part, "answer-cut", "the answer was cut off before it said anything")];
  tally.served(answer.servedBy);
  const kept: KeptPart = { kind: "answer", text: answer.text, cut: true, servedBy: answer.servedBy };
  await keep(parts, part, kept, { ...answer, inputTokens: 0, outputTokens: 0 });
  return [{ kind: "read", part, said: reading.said, cut: true }];
}

/** True where the part can be cut that small. */
async function draftsAt({ draft }: ReadingParts, part: WorkPart, maxTokens: number): Promise<boolean> {
  const files = [...new Set(part.covers.map(({ path }) => path))].flatMap((path) => draft.index.file(path) ?? []);
  try {
    return (await draftParts(draft, files, maxTokens, part.covers)).length > 1;
  } catch (error) {
    if (isAllotError(error, "input-invalid") || isAllotError(error, "plan-stale")) return false;
    throw error;
  }
}

/** Reads what was answered; what cannot be read goes back once, with what is wrong. */
async function readAnswered(
  parts: ReadingParts,
  part: WorkPart,
  answer: Extract<AskAnswer, { kind: "answered" }>,
): Promise<PartReading> {
  const { draft, tally } = parts;
  const { kind } = draft.spec;
  const first = readAnswer(answer.text, kind);
  if (first.kind === "read") return readWhole(parts, part, answer, first.said, answer);
  const request = requestOf(parts, part);
  const wrong = [REPAIR_INSTRUCTION, `What is wrong: ${first.why}.`, fenced(answer.text.slice(0, 20_000))].join("\n");
  const again = await askOnce(parts, { ...request, prompt: `${request.prompt}\n\n${wrong}` });
  if (again.kind === "failed") {
    noteStop(parts, again);
    return missed(part, again.code, `${first.why}; asked again: ${again.message}`);
  }
  if (again.kind === "too-long") return missed(part, "answer-misfit", first.why);
  const second = readAnswer(again.text, kind, again.kind === "cut");
  if (second.kind === "garbled") return missed(part, "answer-misfit", `${second.why}, twice`);
  if (again.kind === "cut") {
    tally.served(again.servedBy);
    return { kind: "read", part, said: second.said, cut: true };
  }
  return readWhole(parts, part, again, second.said, {
    inputTokens: answer.inputTokens + again.inputTokens,
    outputTokens: answer.outputTokens + again.outputTokens,
    cost: nanoUsd(answer.cost + again.cost),
    ms: answer.ms + again.ms,
  });
}

async function readWhole(
  parts: ReadingParts,
  part: WorkPart,
  answer: Extract<AskAnswer, { kind: "answered" }>,
  said: SaidOfPart,
  spent: Spent,
): Promise<PartReading> {
  parts.tally.served(answer.servedBy);
  await keep(parts, part, { kind: "answer", text: answer.text, cut: false, servedBy: answer.servedBy }, spent);
  return { kind: "read", part, said, cut: false };
}

function noteStop({ learned }: ReadingParts, { code, message }: Extract<AskAnswer, { kind: "failed" }>): void {
  if (STOPPING.has(code)) learned.stop ??= { code, reason: message };
}

/**
 * Asks, and counts before anything is done with the answer. A limit that is reached while other questions hold a part of it may have
 * room once they have ended: then it is asked again, alone in the end.
 */
async function askOnce({ ask, tally, signal, underWay }: ReadingParts, request: AskRequest): Promise<AskAnswer> {
  for (;;) {
    const asking = ask(request, signal);
    underWay.add(asking);
    const answer = await asking.finally(() => underWay.delete(asking));
    if (isFull(answer) && (await hasFreed([...underWay]))) continue;
    tally.add(answer);
    return answer;
  }
}

/** Waits for questions to end, and says whether one of them had something of a limit: who was refused like this one had nothing. */
async function hasFreed(others: readonly Promise<AskAnswer>[]): Promise<boolean> {
  const ended = await Promise.allSettled(others);
  return ended.some((other) => other.status === "rejected" || !isFull(other.value));
}

function isFull(answer: AskAnswer): boolean {
  return answer.kind === "failed" && answer.code === "limit-reached";
}

/** The question about a part. */
function requestOf({ draft, learned }: ReadingParts, part: WorkPart): AskRequest {
  const { spec, system, index } = draft;
  const files = part.covers.flatMap(({ path }) => index.file(path) ?? []);
  return {
    model: spec.model,
    system,
    prompt: partPrompt(part),
    maxOutputTokens: learned.outputTokens,
    timeoutMs: spec.strategy.timeoutMs,
    kind: spec.kind,
    schema: answersAsJson(spec.kind) ? ANSWER_SCHEMA : null,
    content: contentKind(files),
  };
}

function missed(part: WorkPart, code: string, reason: string): PartReading {
  return { kind: "missed", part, code, reason };
}
