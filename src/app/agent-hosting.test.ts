import { expect, test, vi } from "vitest";
import { openAgentField } from "../../test/support/agents/agent-field.ts";
import { agentScript } from "../../test/support/agents/agent-script.ts";
import { nanoUsd } from "../foundation/units.ts";
import { settledEver } from "../ledger/use-minutes.ts";

/** Each starts a host and an agent, which takes seconds on a busy machine. */
vi.setConfig({ testTimeout: 240_000 });

const KEY = "run-1/3/1/work/1";

test("each of an agent's calls has a ledger row of its run's mini-task, and all of them the provider's own count", async () => {
  await using field = await openAgentField({ script: agentScript });
  for (const agent of ["codex", "claude", "api"]) {
    const key = `run-1/${agent}/1/work/1`;
    const terms = { project: "shop", phase: "execution", tier: "small" };
    const { end } = await field.carryOut(
      field.work({ key, agent, prompt: "[kit:write a.txt words]", model: MODELS[agent] ?? "", terms }),
    );
    expect(end).toMatchObject({ kind: "done", spent: { covered: false, calls: end.spent.calls, differs: null } });
    const rows = await field.store.db
      .selectFrom("ledger")
      .select(["run_id", "task", "phase", "tier", "session_id", "project", "input_tokens", "output_tokens"])
      .where("task", "=", agent)
      .execute();
    expect(rows.map((row) => ({ ...row }))).toEqual(
      Array.from({ length: end.spent.calls }, () => ({
        run_id: "run-1",
        task: agent,
        phase: "execution",
        tier: "small",
        session_id: "field",
        project: "shop",
        input_tokens: 1_000,
        output_tokens: 100,
      })),
    );
  }
  const served = field.provider.served.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0);
  expect(await settledEver(field.store.db, "run:run-1")).toMatchObject({ tokens: served });
});

const MODELS: Readonly<Record<string, string>> = {
  codex: "gpt-5.5",
  claude: "claude-sonnet-5-5",
  api: "claude-sonnet-5-5",
};

test.each(["codex", "claude", "api"])(
  "%s is stopped in the middle by the run's own budget, and ends over its limit",
  async (agent) => {
    await using field = await openAgentField({ script: agentScript });
    const budget = nanoUsd(60_000_000);
    const work = field.work({
      key: KEY,
      agent,
      prompt: "[kit:endless]",
      model: MODELS[agent] ?? "",
      terms: { runBudget: budget },
    });
    const { end } = await field.carryOut(work);
    expect(end).toMatchObject({ kind: "over-limit", code: "limit-reached" });
    const spent = await settledEver(field.store.db, "run:run-1");
    expect(spent.requests).toBeGreaterThan(0);
    expect(spent.nanoUsd).toBeLessThanOrEqual(budget);
    expect(end.spent.cost).toBe(spent.nanoUsd);
  },
);

test("the work's own limits hold for its key, whatever the agent says itself", async () => {
  await using field = await openAgentField({ script: agentScript });
  const limits = { nanoUsd: nanoUsd(40_000_000), turns: 50 };
  const { end } = await field.carryOut(field.work({ key: KEY, agent: "claude", prompt: "[kit:endless]", limits }));
  expect(end).toMatchObject({ kind: "over-limit", code: "limit-reached" });
  expect(end.spent.cost).toBeLessThanOrEqual(40_000_000);
});

test("what another protocol's model answers passes the same gateway under the same run", async () => {
  await using field = await openAgentField({ script: agentScript });
  const work = field.work({ key: KEY, agent: "claude", prompt: "[kit:write a.txt words]", model: "gpt-5.5" });
  const { end } = await field.carryOut(work);
  expect(end).toMatchObject({ kind: "done", spent: { calls: 2, tokens: 2_200 } });
  const rows = await field.store.db.selectFrom("ledger").select(["run_id", "task", "provider"]).execute();
  expect(rows.map((row) => ({ ...row }))).toEqual([
    { run_id: "run-1", task: "3", provider: "openai" },
    { run_id: "run-1", task: "3", provider: "openai" },
  ]);
});

test("an agent without a name that is known is told so, and nothing is recorded", async () => {
  await using field = await openAgentField({ script: agentScript });
  const work = field.work({ key: KEY, agent: "nobody", prompt: "Hello" });
  await expect(field.carryOut(work)).rejects.toMatchObject({ code: "usage" });
  expect(await field.store.db.selectFrom("agent_works").selectAll().execute()).toEqual([]);
});

test.each(["codex", "claude"])(
  "%s whose model nobody is set up for fails with what is missing, not as over a limit",
  async (agent) => {
    await using field = await openAgentField({ script: agentScript });
    const { end } = await field.carryOut(field.work({ key: KEY, agent, prompt: "[kit:say Hello]", model: "grok-4" }));
    expect(end).toMatchObject({ kind: "failed", code: "provider-not-configured", spent: { calls: 0 } });
  },
);
