import { openConfiguredStore } from "../../../app/store.ts";
import { usageJson, usageReport } from "../../../app/figures/usage-report.ts";
import { systemClock } from "../../../foundation/clock.ts";
import type { Command } from "../../command.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { programName } from "../../program-name.ts";
import { readSince } from "../../read-since.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf } from "../../view/fit.ts";
import { usageScreen } from "../../view/spend/usage-screen.ts";

const DAY_MS = 86_400_000;

/** `allot usage`: what was spent, by whom, and how near the limits are. */
export const usageCommand: Command = {
  name: "usage",
  summary: "what was spent: dollars, tokens and calls by session, model, agent, task, project or day",
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
    const now = systemClock.now();
    const from = since === null ? now - DAY_MS : readSince(since, now);
    const session = config.origins.session.kind === "flag" ? config.settings.session : null;
    await using store = await openConfiguredStore(config, systemClock);
    const usage = await usageReport(store, config, { by, since: from, session });
    const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io), program: programName(io.env) };
    io.stdout.write(json ? `${JSON.stringify(usageJson(usage))}\n` : `${usageScreen(usage, form).join("\n")}\n`);
    return 0;
  },
};
