import { monthBudget } from "../../../app/delegation/month-budget.ts";
import { openConfiguredStore } from "../../../app/store.ts";
import type { Config } from "../../../config/config.ts";
import {
  allDelegations,
  DELEGATION_GROUPS,
  type DelegationGroup,
  delegationSums,
} from "../../../dispatch/traces/delegation-figures.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { workSums } from "../../../tasks/tracking/work-outcomes.ts";
import type { Command } from "../../command.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { programName } from "../../program-name.ts";
import { readSince } from "../../read-since.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf } from "../../view/fit.ts";
import { workMetricsJson, workMetricsScreen, type WorkReport } from "../../view/gateway/work-metrics-screen.ts";
import { type DelegationReport, metricsJson, metricsScreen } from "../../view/gateway/metrics-screen.ts";

const DAY_MS = 86_400_000;

/** `allot metrics`: how well delegating works, what it costs by kind of task, and where the month's budget goes. */
export const metricsCommand: Command = {
  name: "metrics",
  summary: "how delegated requests went: success, time, tokens, cost, fallbacks, time saved; the month's budget",
  positionals: "",
  options: ["since", "by", "byHand", "hourlyRate", "db", "json"],
  optionTexts: {
    since: "only what was delegated since then: 24h (unless it is said), 7d, month, or a date like 2026-11-01",
    by: "what a row is: task (unless it is said), model, provider, day",
  },
  examples: [
    { command: "allot metrics", shows: "the last 24 hours by kind of task" },
    { command: "allot metrics --since month --by model", shows: "this calendar month by model" },
    {
      command: "allot metrics --since month --hourly-rate 80",
      shows: "also what finished work on the codebase brought in, at $80 an hour",
    },
    { command: "allot metrics --since 7d --by-hand 15m --json", shows: "a week, with what a task takes you by hand" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const by = groupOf(config);
    await using store = await openConfiguredStore(config, systemClock);
    const until = systemClock.now();
    const budget = await monthBudget(store, config);
    const span = { since: sinceOf(config.settings.since, until, budget.from), until };
    const rows = await delegationSums(store.db, by, span);
    const providers = await delegationSums(store.db, "provider", span);
    const report: DelegationReport = {
      by,
      ...span,
      rows,
      total: allDelegations(rows),
      grok: providers.find(({ group }) => group === "xai"),
      byHandMs: config.settings.byHand,
      budget,
    };
    const work: WorkReport = { sums: await workSums(store, span), hourlyRate: config.settings.hourlyRate };
    const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io), program: programName(io.env) };
    const lines = config.settings.json
      ? [JSON.stringify({ ...metricsJson(report), work: workMetricsJson(work) })]
      : [...metricsScreen(report, form), ...after(workMetricsScreen(work, form))];
    io.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  },
};

function after(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}

function groupOf({ settings, origins }: Config): DelegationGroup {
  if (origins.by.kind === "default") return "task";
  const group = DELEGATION_GROUPS.find((name) => name === settings.by);
  if (group !== undefined) return group;
  throw new AllotError("usage", `--by is "${settings.by}", but metrics takes one of ${DELEGATION_GROUPS.join(", ")}`);
}

function sinceOf(said: string | null, until: number, monthFrom: number): number {
  if (said === null) return until - DAY_MS;
  return said.trim() === "month" ? monthFrom : readSince(said, until);
}
