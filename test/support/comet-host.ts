import { openCometAgent } from "../../src/agents/programs/comet/comet.ts";
import { systemClock } from "../../src/foundation/clock.ts";

/*
 * A host of comet that is killed: it lets the agent work in a folder, with a home, and says so over the channel to its
 * parent when the first question to the model is asked, which is never answered.
 */
const [cwd = "", home = ""] = process.argv.slice(2);
const agent = openCometAgent({
  clock: systemClock,
  ask: () => {
    process.send?.("asked");
    return new Promise(() => undefined);
  },
});
await agent.work(
  {
    prompt: "Look at the page.",
    cwd,
    env: { HOME: home, PATH: process.env["PATH"] ?? "", ALLOT_TEST_SECRET: "sk-never-to-be-seen" },
    sandbox: "workspace-write",
    timeoutMs: 600_000,
    limits: {},
  },
  new AbortController().signal,
  () => undefined,
);
