import { printTaskFile } from "../task-file.ts";
import { isAllotError } from "../../../foundation/errors.ts";
import type { MiniTask } from "../mini-task.ts";
import { finding, type Finding, type LintScope, type TaskRule } from "./finding.ts";

/** The template's own limit. */
const MOST_CONTEXT_WORDS = 100;
/** The seeds' sweet spot for one mini-task, input and output together. */
const FEWEST_TOKENS = 2_000;
const MOST_TOKENS = 5_000;
/** Beyond this a small model is no longer following instructions but working on its own. */
const OVERSIZED_TOKENS = 20_000;

/** Length of the context. */
export const contextRule: TaskRule = (task) => {
  const words = task.context.split(/\s+/).filter((word) => word !== "").length;
  if (words <= MOST_CONTEXT_WORDS) return [];
  return [
    finding("long-context", task.number, "Context", `${words} words; at most ${MOST_CONTEXT_WORDS} are accepted`),
  ];
};

/** Size of the task; exact steps cost no tokens. */
export const estimateRule: TaskRule = (task) => {
  const total = task.estimate.inputTokens + task.estimate.outputTokens;
  // An agent program plans its own steps: what is bulk for a small model is what it is for.
  if (task.tier === "exact" || task.agent !== undefined) return [];
  const size = total.toLocaleString("en-US");
  if (task.tier === "small" && total > OVERSIZED_TOKENS) {
    return [
      finding(
        "oversized-task",
        task.number,
        "Estimated Tokens",
        `${size} tokens; split it into tasks of ${FEWEST_TOKENS} to ${MOST_TOKENS}`,
      ),
    ];
  }
  if (total >= FEWEST_TOKENS && total <= MOST_TOKENS) return [];
  const advice = total < FEWEST_TOKENS ? "join it with a neighbour, or do it directly" : "split it further";
  return [
    finding(
      "estimate-outside",
      task.number,
      "Estimated Tokens",
      `${size} tokens are outside 2,000 to 5,000: ${advice}`,
    ),
  ];
};

/** Brackets that the template asks its user to fill. */
export const placeholderRule: TaskRule = (task) => {
  const found: Finding[] = [];
  const say = (place: string, text: string): void => {
    found.push(
      finding(
        "placeholder-left",
        task.number,
        place,
        `${JSON.stringify(text.slice(0, 80))} is a blank of the template`,
      ),
    );
  };
  if (task.number === 0) say("title", "[N]");
  if (isPlaceholder(task.title)) say("title", task.title);
  for (const [index, { text }] of task.steps.entries()) if (isPlaceholder(text)) say(`step ${index + 1}`, text);
  for (const [index, { text }] of task.criteria.entries()) {
    if (isPlaceholder(text) || /\[[XYZN]\]/.test(text)) say(`criterion ${index + 1}`, text);
  }
  return found;
};

/** A text that is one bracket to be filled in. */
export function isPlaceholder(text: string): boolean {
  return /^\[[^\]]+\]$/.test(text.trim());
}

const SECRETS: readonly RegExp[] = [
  /\bsk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,}/,
  /\bxai-[A-Za-z0-9]{20,}/,
  /\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{30,}/,
  /\bgithub_pat_[A-Za-z0-9_]{30,}/,
  /\bglpat-[A-Za-z0-9_-]{20,}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bAIza[A-Za-z0-9_-]{35}/,
  /\bxox[baprs]-[A-Za-z0-9-]{10,}/,
  /\bnpm_[A-Za-z0-9]{36}\b/,
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:[^\s:/@]{6,}@/i,
];

/** Keys and passwords in a task or in the plan's own text; the finding shows the first characters only. */
export function secretFindings({ plan }: LintScope): readonly Finding[] {
  const own = [plan.goal, plan.summary, ...plan.nonGoals, ...plan.finalChecks, ...plan.notes].join("\n");
  return [...secretsIn(own, 0), ...plan.tasks.flatMap((task) => secretsIn(taskText(task), task.number))];
}

function secretsIn(text: string, task: number): readonly Finding[] {
  const match = SECRETS.map((pattern) => pattern.exec(text)?.[0]).find((found) => found !== undefined);
  if (match === undefined) return [];
  return [
    finding(
      "secret-in-text",
      task,
      "",
      `${match.slice(0, 6)}... looks like a secret; plans are files that get committed and sent to models`,
    ),
  ];
}

function taskText(task: MiniTask): string {
  try {
    return printTaskFile(task);
  } catch (error) {
    if (isAllotError(error, "plan-invalid")) return JSON.stringify(task);
    throw error;
  }
}
