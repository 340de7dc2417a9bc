// The guide, "Delegation Config" (AGENT_ROUTING): rows of the routing table, changed. The same works in
// ~/.allot/config.json, under "routes".
import { defineConfig, getDelegator } from "allot";

const config = defineConfig({
  routes: {
    ui: { agent: "codex", model: "sonnet-4-5", session: "codex" },
    documentation: { agent: "writer", model: "haiku" },
    agents: { writer: { model: "haiku", session: "writer" } },
  },
});
const delegator = getDelegator({ config });

for (const task of ["Fix the login button styling", "Write a README for this project"]) {
  const { type, agent, model, session } = delegator.delegateTask(task);
  console.log(`${task}: ${type} -> ${agent}, ${model}, session ${session}`);
}
