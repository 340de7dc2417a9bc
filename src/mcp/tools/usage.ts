import { z } from "zod";
import { USAGE_GROUPS, type UsageGroup, usageJson, usageReport } from "../../app/figures/usage-report.ts";
import { defineTool } from "../tool.ts";

const HOUR_MS = 3_600_000;
const MOST_HOURS = 24 * 366;

export const usageTool = defineTool({
  name: "usage",
  title: "Usage",
  description:
    "What was spent: dollars, tokens and calls out of the ledger, by session, model, agent, task, day, provider or run, and the limits " +
    "that this falls under.",
  input: z.object({
    by: z.enum(Object.keys(USAGE_GROUPS) as [UsageGroup, ...UsageGroup[]]).default("session"),
    hours: z.number().positive().max(MOST_HOURS).default(24).describe("how far back"),
    session: z.string().optional().describe("only this session"),
  }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  async run({ app }, { by, hours, session }) {
    const since = app.clock.now() - hours * HOUR_MS;
    return usageJson(await usageReport(app.store, app.config, { by, since, session: session ?? null }));
  },
});
