import { limitReport } from "../../../app/limits-report.ts";
import { openConfiguredStore } from "../../../app/store.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { type GroupBy, type Selection, total, totals } from "../../../ledger/totals.ts";
import type { Command } from "../../command.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { programName } from "../../program-name.ts";
import { readSince } from "../../read-since.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf } from "../../view/fit.ts";
import { type Usage, usageJson, usageScreen } from "../../view/spend/usage-screen.ts";

const DAY_MS = 86_400_000;

/** What `--by` names, and what the ledger groups by: a task is its type, or the mini-task of a run. */
const GROUPS = {
  session: "session",
  model: "model",
  agent: "agent",
  task: "kind",
  day: "day",
  provider: "provider",
  run: "run",
} as const satisfies Record<string, GroupBy>;

/** `allot usage`: what was spent, by whom, and how near the limits are. */
export const usageCommand: Command = {
  name: "usage",
  summary: "what was spent: dollars, tokens and calls by session, model, agent, task or day",
  positionals: "",
  options: ["session", "by", "since", "db", "json"],
  optionTexts: { session: "only this session" },
  examples: [
    { command: "allot usage", shows: "the last 24 hours by session" },
    { command: "allot usage --by model --since 7d", shows: "a week by model" },
    {
      command: "allot usage --session background --by day --since 30d --json",
      shows: "one session's month for programs",
    },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { by, since, json } = config.settings;
    const until = systemClock.now();
    const from = since === null ? until - DAY_MS : readSince(since, until);
    const session = config.origins.session.kind === "flag" ? config.settings.session : null;
    await using store = await openConfiguredStore(config, systemClock);
    const selection: Selection = { since: from, until: until + 1, ...(session === null ? {} : { session }) };
    const rows = await totals(store.db, GROUPS[by], selection);
    const usage: Usage = {
      by,
      since: from,
      until,
      session,
      rows: by === "day" ? rows.toSorted((a, b) => (a.group < b.group ? -1 : 1)) : rows,
      total: await total(store.db, selection),
      report: await limitReport(store, config, session ?? undefined),
    };
    const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io), program: programName(io.env) };
    io.stdout.write(json ? `${JSON.stringify(usageJson(usage))}\n` : `${usageScreen(usage, form).join("\n")}\n`);
    return 0;
  },
};
