import { asList, asObject } from "../json.ts";
import type { Effort, ModelRequest } from "../provider.ts";

/*
 * Thinking at Anthropic. Newer models are told an effort and think within the output limit. Older ones are given a budget
 * of tokens, which the SDK adds to the output limit: so it is taken off before, and the limit that was held stands.
 */

/** Models that know budgets only. */
const BUDGETED = /claude-3-7-|claude-(opus|sonnet|haiku)-4(-[015])?(-20\d{6})?($|@|-v\d|-latest)/;

/** Models that do not think. */
const THOUGHTLESS = /claude-(2|instant|3-(5|opus|sonnet|haiku))/;

/** The least budget the provider takes. */
const LEAST_BUDGET = 1_024;

/** Parts of the output limit, in percent. */
const SHARES: Readonly<Record<Exclude<Effort, "none">, number>> = {
  minimal: 10,
  low: 20,
  medium: 40,
  high: 60,
  xhigh: 80,
};

/** Is the effort told as such? Pure. */
export function choosesEffort(request: ModelRequest): boolean {
  const { model } = request;
  return model.includes("claude-") && !BUDGETED.test(model) && !THOUGHTLESS.test(model) && !isForced(request);
}

/** The budget for a model that wants one; {} where there is no thinking. Pure. */
export function thinkingBudget(request: ModelRequest): { thinking?: { type: "enabled"; budgetTokens: number } } {
  const budgetTokens = budgetOf(request);
  return budgetTokens === 0 ? {} : { thinking: { type: "enabled", budgetTokens } };
}

/** What of the output limit is left beside the budget. Pure. */
export function answerTokens(request: ModelRequest): number {
  return request.maxOutputTokens - budgetOf(request);
}

function budgetOf(request: ModelRequest): number {
  const { effort, maxOutputTokens, model } = request;
  if (effort === undefined || effort === "none" || !BUDGETED.test(model)) return 0;
  if (isForced(request) || lacksThoughts(request)) return 0;
  const budget = Math.max(LEAST_BUDGET, Math.floor((maxOutputTokens * SHARES[effort]) / 100));
  return budget + LEAST_BUDGET > maxOutputTokens ? 0 : budget;
}

/** A tool that must be called leaves no room for thoughts: the provider refuses both together. */
function isForced({ toolChoice }: ModelRequest): boolean {
  return toolChoice === "required" || typeof toolChoice === "object";
}

/** With a budget, a turn that waits for results of its tools must begin with its thoughts; another provider's has none. */
function lacksThoughts({ messages }: ModelRequest): boolean {
  if (messages.at(-1)?.role !== "tool") return false;
  const turn = messages.findLast((message) => message.role === "assistant");
  const raw = asObject(turn?.raw);
  const own = raw["provider"] === "anthropic" ? asList(raw["parts"]) : [];
  return !own.some((part) => asObject(part)["type"] === "reasoning");
}
