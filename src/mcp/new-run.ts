import { z } from "zod";
import { fromUsd } from "../foundation/units.ts";
import type { RunSpec } from "../runs/run.ts";
import { type McpParts, within } from "./tool.ts";

/** What nano-dollars can hold. */
const MOST_USD = 9_000_000;

/** What a run is made of, as a calling model says it. */
export const GOAL_INPUT = {
  goal: z.string().min(1).describe("what shall be true in the end, with the files and interfaces it is about"),
  repo: z.string().optional().describe("the git repository; absent: the folder this server was started for"),
  limit_usd: z
    .number()
    .positive()
    .max(MOST_USD)
    .optional()
    .describe("most that the run may spend; only lowers what is configured"),
};

/** Makes and stores a run; nothing is carried out. Throws `path-escapes`, and what `App.newRun` throws. */
export async function newRun(
  { app, folder }: McpParts,
  given: { readonly goal: string; readonly repo?: string | undefined; readonly limit_usd?: number | undefined },
): Promise<RunSpec> {
  const configured = app.config.settings.limitUsd ?? undefined;
  const asked = given.limit_usd === undefined ? undefined : fromUsd(given.limit_usd);
  const limit = asked === undefined || (configured !== undefined && configured < asked) ? configured : asked;
  return app.newRun(given.goal, within(folder, given.repo), { limit });
}
