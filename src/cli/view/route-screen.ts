import type { CatalogModel } from "../../catalog/catalog.ts";
import { clip } from "../../foundation/table.ts";
import { formatCount, formatUsd } from "../../foundation/units.ts";
import type { Lesson } from "../../routing/lessons/lesson.ts";
import type { DelegatedTask } from "../../routing/open-delegator.ts";
import type { ExpectedCost } from "../../routing/routing.ts";
import type { Paint } from "./colour.ts";
import { fitTable, wrapText } from "./fit.ts";

export interface RouteForm {
  readonly paint: Paint;
  readonly columns: number;
  /** Also the words that decided and the share of each type. */
  readonly why: boolean;
}

const BAR = 20;

/** Where a task goes, why, and what it would cost elsewhere. */
export function routeScreen(text: string, task: DelegatedTask, model: CatalogModel, form: RouteForm): string {
  const { paint: p, columns } = form;
  return [
    p.bold(clip(plain(text), columns) || "(no text)"),
    "",
    ...fitTable(factRows(task, model, p), { columns, indent: "  ", giving: [{ column: 2, least: 10 }] }),
    "",
    p.bold("Why here"),
    ...task.reasons.flatMap((reason) => wrapText(reason, columns, "  - ", "    ")),
    "",
    p.bold("Elsewhere"),
    ...fitTable(elsewhereRows(task.elsewhere), { columns, indent: "  ", align: ["left", "right", "left"] }),
    ...(form.why ? whyLines(task, p, columns) : []),
    "",
  ].join("\n");
}

function factRows(task: DelegatedTask, model: CatalogModel, p: Paint): string[][] {
  const decision = { route: p.green("go"), premium: p.yellow("unsure"), ask: p.yellow("ask") }[task.decision];
  const { inputTokens, outputTokens } = task.expected;
  return [
    ["type", p.cyan(task.type), `${bar(task.confidence)} ${percent(task.confidence)} sure`],
    ["agent", p.cyan(task.agent), `session ${task.session}, priority ${task.priority}`],
    ["model", p.cyan(task.model), `${model.label} of ${model.provider}`],
    ["price", "", priceText(model)],
    ["cost", formatUsd(task.expectedCost), `${formatCount(inputTokens)} tokens in, ${formatCount(outputTokens)} out`],
    ["decision", decision, { route: "by the table", premium: "the dear safe way", ask: "you decide" }[task.decision]],
  ];
}

function priceText({ price }: CatalogModel): string {
  if (price === null) return "unknown";
  const since = price.from === "" ? price.version.split("+", 1)[0] : `since ${price.from}`;
  return `${formatUsd(price.input)} in, ${formatUsd(price.output)} out a million tokens (${since})`;
}

function elsewhereRows(costs: readonly ExpectedCost[]): string[][] {
  return [
    ["model", "cost", "against premium"],
    ...costs.map(({ model, cost, saving }) => [model, formatUsd(cost), savingText(saving)]),
  ];
}

/** "96.7% less", "9.1% more", "the same". */
export function savingText(saving: number): string {
  const share = percent(Math.abs(saving), 1);
  if (share === "0.0%") return "the same";
  return `${share} ${saving > 0 ? "less" : "more"}`;
}

function whyLines(task: DelegatedTask, p: Paint, columns: number): string[] {
  const shares = Object.entries(task.shares).toSorted((a, b) => b[1] - a[1]);
  const signs = task.evidence.map(({ sign, type, weight }) => [sign, type, `+${weight.toFixed(2)}`]);
  return [
    "",
    p.bold("Shares"),
    ...fitTable(
      shares.map(([type, share]) => [type, bar(share), percent(share, 1)]),
      { columns, indent: "  ", align: ["left", "left", "right"] },
    ),
    ...(signs.length === 0
      ? []
      : [
          "",
          p.bold("Words"),
          ...fitTable([["sign", "speaks for", "log odds"], ...signs], {
            columns,
            indent: "  ",
            align: ["left", "left", "right"],
            giving: [{ column: 0, least: 10 }],
          }),
        ]),
  ];
}

/** What was learnt, newest first; texts are not kept, so their number of words stands for them. */
export function lessonsScreen(lessons: readonly Lesson[], columns: number): string {
  if (lessons.length === 0) return 'nothing learnt yet; allot route --as TYPE "TEXT" teaches\n';
  const rows = lessons.map(({ at, kind, type, agent, model, repo, features }) => [
    new Date(at).toISOString().slice(0, 16).replace("T", " "),
    kind,
    type,
    agent,
    model,
    String(features.length),
    repo,
  ]);
  const table = fitTable([["when (UTC)", "kind", "type", "agent", "model", "words", "repository"], ...rows], {
    columns,
    align: ["left", "left", "left", "left", "left", "right"],
    giving: [
      { column: 6, least: 12 },
      { column: 4, least: 10 },
    ],
  });
  return `${table.join("\n")}\n`;
}

/** Many texts, a line each. */
export function routeLines(rows: readonly (readonly [string, DelegatedTask])[], columns: number): string {
  const lines = rows.map(([text, task]) => [
    task.type,
    percent(task.confidence),
    task.agent,
    task.model,
    clip(plain(text), 200),
  ]);
  const form = { columns, align: ["left", "right"] as const, giving: [{ column: 4, least: 20 }] };
  return `${fitTable([["type", "sure", "agent", "model", "text"], ...lines], form).join("\n")}\n`;
}

function bar(share: number): string {
  const full = Math.round(share * BAR);
  return "█".repeat(full) + "░".repeat(BAR - full);
}

function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)}%`;
}

/** Control characters of a text would move the terminal's cursor. */
function plain(text: string): string {
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F]+/g, " ");
}
