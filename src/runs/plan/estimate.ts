import { applySteps } from "../../codebase/apply-steps.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { NanoUsd } from "../../foundation/units.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { MiniTask, TaskEstimate } from "./mini-task.ts";
import { printTaskFile } from "./task-file.ts";

/** List price of so many tokens on a tier's model; 0 for exact. */
export type PriceOf = (tier: MiniTask["tier"], inputTokens: number, outputTokens: number) => NanoUsd;

/** Text of a file as the task will find it; undefined where there is none or it is not at hand. */
export type ReadText = (path: string) => string | undefined;

/** Source code and English come near this many bytes a token with the tokenizers of today. */
const BYTES_PER_TOKEN = 3.5;
/** The worker's own instructions and its tools, sent once. */
const FRAME_TOKENS = 700;
/** What a worker says besides the files: tool calls and its report. */
const REPORT_TOKENS = 150;
/** A file to create whose content nobody knows yet. */
const UNKNOWN_FILE_TOKENS = 800;
/** An edit without line numbers is taken for so many lines. */
const EDIT_LINES = 15;

/** Tokens of a text, estimated from its size. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/**
 * What a worker of the task's tier would read and write, and what that costs. For exact tasks the tokens are those a
 * small model would have needed for the same files (the comparison wants them); the cost is 0.
 * Pure. The figures are forecasts: bytes over 3.5, one pass over the files, no retries.
 */
export function estimateTask(task: MiniTask, read: ReadText, price: PriceOf): TaskEstimate {
  const bare = { ...task, estimate: { inputTokens: 0, outputTokens: 0 } };
  const reading = task.reads.reduce((sum, { path, lines }) => sum + tokensOfLines(read(path), lines), 0);
  const inputTokens =
    FRAME_TOKENS + reading + (task.tier === "exact" ? proseTokens(bare) : estimateTokens(printTaskFile(bare)));
  const outputTokens = REPORT_TOKENS + (exactOutput(task, read) ?? writtenTokens(task, read));
  const cost = task.tier === "exact" ? nanoUsd(0) : price(task.tier, inputTokens, outputTokens);
  return { inputTokens, outputTokens, cost };
}

/** Instructions without literal content: what a model would have been told instead of exact steps. */
function proseTokens(task: MiniTask): number {
  return estimateTokens(
    printTaskFile({
      ...task,
      tier: "small",
      steps: task.steps.map(({ text }) => ({ text: text.split("\n")[0] ?? "" })),
    }),
  );
}

function tokensOfLines(
  text: string | undefined,
  lines: { readonly first: number; readonly last: number } | undefined,
): number {
  if (text === undefined) return 0;
  if (lines === undefined) return estimateTokens(text);
  return estimateTokens(
    text
      .split("\n")
      .slice(lines.first - 1, lines.last)
      .join("\n"),
  );
}

/** The files as exact steps leave them, where all steps are exact and fit. */
function exactOutput(task: MiniTask, read: ReadText): number | undefined {
  const steps = task.steps.flatMap(({ exact }) => (exact === undefined ? [] : [exact]));
  if (steps.length === 0 || steps.length < task.steps.length) return undefined;
  try {
    const written = applySteps(steps, read);
    // An edited file is not written anew by a careful worker: what changes is what it writes.
    return [...written].reduce((sum, [path, text]) => sum + newTokens(read(path), text ?? ""), 0);
  } catch (error) {
    if (error instanceof AllotError) return undefined;
    throw error;
  }
}

function newTokens(before: string | undefined, after: string): number {
  if (before === undefined) return estimateTokens(after);
  const known = new Set(before.split("\n"));
  return estimateTokens(
    after
      .split("\n")
      .filter((line) => !known.has(line))
      .join("\n"),
  );
}

function writtenTokens(task: MiniTask, read: ReadText): number {
  const given = task.snippets.reduce((sum, { code }) => sum + estimateTokens(code), 0);
  const literal = task.steps.reduce((sum, { text }) => sum + (text.includes("```") ? estimateTokens(text) : 0), 0);
  const written = task.writes.reduce((sum, { path, action, lines }) => {
    if (action === "delete") return sum;
    if (action === "create") return sum + UNKNOWN_FILE_TOKENS;
    const text = read(path);
    const range = lines ?? { first: 1, last: EDIT_LINES };
    return sum + Math.max(60, tokensOfLines(text, range));
  }, 0);
  return Math.max(given + literal, written);
}
