import { z } from "zod";
import { limitReport } from "../../app/figures/limits-report.ts";
import { defineTool } from "../tool.ts";

export const limitsTool = defineTool({
  name: "limits",
  title: "Limits",
  description:
    "The limits in force: whom each caps, how far it is used, its level (NONE, WARNING, SOFT, HARD, CRITICAL) and when it frees up. " +
    "With a session: only those it falls under, with its own figures. From SOFT on low priority waits, from HARD on normal is refused.",
  input: z.object({ session: z.string().optional().describe("the session whose limits are asked for") }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  run: ({ app }, { session }) => limitReport(app.store, app.config, session),
});
