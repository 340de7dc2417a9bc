import { z } from "zod";
import { delegatorOptions } from "../../app/delegation/delegator.ts";
import { routeJson } from "../../app/delegation/route-json.ts";
import { openDelegator } from "../../routing/open-delegator.ts";
import { defineTool } from "../tool.ts";

export const routeTool = defineTool({
  name: "route",
  title: "Route a task",
  description:
    "Says which agent and model a task should go to, with reasons, confidence, expected cost, and what it would cost elsewhere. " +
    "Costs nothing and changes nothing: no model is asked.",
  input: z.object({
    text: z.string().min(1).describe("the task in natural language"),
    priority: z.enum(["low", "normal", "high", "critical"]).optional().describe("critical goes to the dear model"),
  }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  async run({ app }, { text, priority }) {
    const options = delegatorOptions(app.config, app.clock);
    await using delegator = openDelegator({ ...options, store: app.store });
    await delegator.ready;
    const task = await delegator.delegateWith(text, priority === undefined ? {} : { priority });
    return routeJson(task, options.catalog.resolve(task.modelId, { provider: task.provider }));
  },
});
