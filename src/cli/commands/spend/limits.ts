import { limitReport } from "../../../app/figures/limits-report.ts";
import { openConfiguredStore } from "../../../app/store.ts";
import { systemClock } from "../../../foundation/clock.ts";
import type { Command } from "../../command.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { programName } from "../../program-name.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf } from "../../view/fit.ts";
import { limitsScreen } from "../../view/spend/limit-lines.ts";

/** `allot limits`: what caps whom, who set it, and how far it is used. */
export const limitsCommand: Command = {
  name: "limits",
  summary: "the limits in force: whom they cap, how far they are used, when they free up",
  positionals: "",
  options: ["session", "db", "json"],
  optionTexts: { session: "only the limits of this session, with its own figures" },
  examples: [
    { command: "allot limits", shows: "every limit with whoever has used most of it" },
    { command: "allot limits --session background --json", shows: "one session's limits as one JSON object" },
    { command: "allot limits set session tokens/hour 200000", shows: "raises the limit of each session" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using store = await openConfiguredStore(config, systemClock);
    const session = config.origins.session.kind === "flag" ? config.settings.session : undefined;
    const report = await limitReport(store, config, session);
    if (config.settings.json) {
      io.stdout.write(`${JSON.stringify(report)}\n`);
      return 0;
    }
    const look = { paint: paint(isColoured(config, io)), columns: columnsOf(io) };
    const form = { ...look, program: programName(io.env), now: systemClock.now() };
    io.stdout.write(`${limitsScreen(report, form).join("\n")}\n`);
    return 0;
  },
};
