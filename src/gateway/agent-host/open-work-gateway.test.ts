import { expect, test } from "vitest";
import { openAgentField } from "../../../test/support/agents/agent-field.ts";
import { agentScript } from "../../../test/support/agents/agent-script.ts";
import { systemClock } from "../../foundation/clock.ts";
import { lineLog } from "../../foundation/log.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import { limitSetOf } from "../../throttle/limits.ts";
import { openBudget } from "../../throttle/store/budgets.ts";
import { openWorkGateway } from "./open-work-gateway.ts";

test("a request of an agent's that names another budget is refused by the one its work was given", async () => {
  await using field = await openAgentField({ script: agentScript });
  for (const [id, nanoUsd] of [
    ["small", 1_000],
    ["other", 5_000_000_000],
  ] as const) {
    const caps = { tokens: null, nanoUsd, requests: null };
    const budget = { id, name: id, parent: null, session: "s", caps };
    const set = limitSetOf(field.config.limits);
    await field.store.transaction((trx) => openBudget(trx, set, budget, systemClock.now()), BOOKS);
  }
  const terms = { parentBudget: "small" };
  const work = field.work({ key: "run-1/1/1/work/1", agent: "claude", prompt: "x", terms });
  const log = lineLog(
    () => {},
    () => 0,
  );
  await using gateway = await openWorkGateway(field.config, work, "work-1", log);
  const answer = await fetch(`${gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": gateway.key, "content-type": "application/json", "x-allot-budget": "other" },
    body: JSON.stringify({ model: "claude-sonnet-5-5", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] }),
  });
  expect(answer.headers.get("x-allot-error")).toBe("limit-reached");
  expect(gateway.stopped()).toMatchObject({ code: "limit-reached" });
  expect(field.provider.served).toEqual([]);
});
