import type { KeptPart } from "../answers/part-answers.ts";
import { readAnswer } from "../answers/read-answer.ts";
import type { AskAnswer, WorkPart } from "../work.ts";
import type { PartReading, ReadingParts } from "./reading.ts";

/** What an answer took. */
export type Spent = Pick<Extract<AskAnswer, { kind: "answered" }>, "inputTokens" | "outputTokens" | "cost" | "ms">;

/** A part as its kept answer has it; undefined where there is none that can be read. */
export function readKept({ draft, tally }: ReadingParts, part: WorkPart, kept: KeptPart): PartReading | undefined {
  if (kept.kind !== "answer") return undefined;
  const reading = readAnswer(kept.text, draft.spec.kind, kept.cut);
  if (reading.kind === "garbled") return undefined;
  tally.served(kept.servedBy);
  return { kind: "read", part, said: reading.said, cut: kept.cut };
}

/** Keeps the news that a part must be asked in smaller ones. */
export async function keepSplit(
  parts: ReadingParts,
  part: WorkPart,
  why: "too-long" | "cut",
  maxTokens: number,
  answer: AskAnswer,
): Promise<void> {
  const ms = "ms" in answer ? answer.ms : 0;
  await keep(
    parts,
    part,
    { kind: "split", why, maxTokens },
    { inputTokens: 0, outputTokens: 0, cost: answer.cost, ms },
  );
}

/** Keeps what was paid for. */
export async function keep(
  { answers, draft }: ReadingParts,
  part: WorkPart,
  kept: KeptPart,
  spent: Spent,
): Promise<void> {
  const { spec, codebase } = draft;
  const paid = {
    kept,
    kind: spec.kind,
    repo: codebase.root,
    model: `${spec.model.provider}/${spec.model.name}`,
    covers: [...new Set(part.covers.map(({ path }) => path))],
    inputTokens: spent.inputTokens,
    outputTokens: spent.outputTokens,
    cost: spent.cost,
    durationMs: spent.ms,
  };
  await answers.keep(part.key, paid, spec.cacheTtlMs);
}
