import type { ModelEstimate, NearLimit, TaskEstimate } from "../../app/delegation/estimate-task.ts";
import { clip } from "../../foundation/table.ts";
import { formatCount, formatUsd, toUsd } from "../../foundation/units.ts";
import type { WorkTokens } from "../../routing/expected-work.ts";
import { amountText } from "../../throttle/refusal.ts";
import type { Paint } from "./colour.ts";
import { fitTable, wrapText } from "./fit.ts";

const LIMITS_SHOWN = 4;

/** What a task will cost on each model, and the limits it comes near. */
export function taskEstimateScreen(
  text: string,
  { task, work, models, limits }: TaskEstimate,
  form: { readonly paint: Paint; readonly columns: number },
): string {
  const { paint: p, columns } = form;
  const [chosen, ...others] = models;
  const row = ({ model, low, expected, high }: ModelEstimate, mark: string): string[] => [
    mark,
    model,
    formatUsd(low),
    formatUsd(expected),
    formatUsd(high),
  ];
  const nearest = limits[0];
  return [
    p.bold(clip(text.replaceAll(/[\u0000-\u001F\u007F-\u009F]+/g, " "), columns) || "(no text)"),
    ...wrapText(`${task.type} work, for ${task.agent} on ${task.model}, session ${task.session}`, columns, "  "),
    "",
    p.bold("Tokens and dollars"),
    ...fitTable(
      [
        ["", "", "little", "expected", "much"],
        ["", "tokens", tokensText(work.low), tokensText(work.expected), tokensText(work.high)],
        ...(chosen === undefined ? [] : [row(chosen, "→")]),
        ...others.map((model) => row(model, "")),
      ],
      { columns, indent: "  ", align: ["left", "left", "right", "right", "right"] },
    ),
    ...wrapText(`tokens: ${work.source}`, columns, "  ").map(p.dim),
    "",
    p.bold("Limits, nearest first"),
    ...fitTable(
      [["limit", "used", "of", "with this", "level", "such tasks fit"], ...limits.slice(0, LIMITS_SHOWN).map(limitRow)],
      { columns, indent: "  ", align: ["left", "right", "right", "right", "left", "right"] },
    ),
    ...(nearest === undefined ? [] : wrapText(biteText(nearest), columns, "  ")),
    "",
  ].join("\n");
}

function tokensText({ inputTokens, outputTokens }: WorkTokens): string {
  return `${formatCount(inputTokens)} + ${formatCount(outputTokens)}`;
}

function limitRow({ state, name, share, level, tasks }: NearLimit): string[] {
  return [
    name,
    amountText(state.limit, state.settled + state.held),
    amountText(state.limit, state.limit.amount),
    `${(share * 100).toFixed(1)}%`,
    level,
    Number.isFinite(tasks) ? formatCount(tasks) : "any number",
  ];
}

/** Which limit would bite. */
function biteText({ name, fits, tasks, state, takes }: NearLimit): string {
  if (fits === "no") return `${name} bites now: the task needs about ${amountText(state.limit, takes)}.`;
  const first = Number.isFinite(tasks)
    ? `${name} is the first to bite, after ${formatCount(tasks)} such tasks in a row.`
    : "No limit is near.";
  return fits === "much" ? first : `${first} A task that takes much would not fit.`;
}

export function taskEstimateJson({ task, work, models, limits }: TaskEstimate): object {
  return {
    type: task.type,
    agent: task.agent,
    model: task.model,
    modelId: task.modelId,
    session: task.session,
    confidence: task.confidence,
    tokens: { low: work.low, expected: work.expected, high: work.high, source: work.source },
    models: models.map(({ model, low, expected, high }) => ({
      model,
      lowUsd: toUsd(low),
      expectedUsd: toUsd(expected),
      highUsd: toUsd(high),
    })),
    limits: limits.map(({ state, name, takes, share, level, fits, tasks }) => ({
      name,
      measure: state.limit.measure === "nanoUsd" ? "usd" : state.limit.measure,
      used: shown(state, state.settled + state.held),
      limit: shown(state, state.limit.amount),
      takes: shown(state, takes),
      share,
      level,
      fits: fits !== "no",
      fitsMuch: fits === "much",
      tasksLeft: Number.isFinite(tasks) ? tasks : null,
    })),
    bites: limits[0]?.name ?? null,
  };
}

function shown({ limit }: NearLimit["state"], amount: number): number {
  return limit.measure === "nanoUsd" ? toUsd(amount as Parameters<typeof toUsd>[0]) : amount;
}
