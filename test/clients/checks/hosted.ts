import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nanoUsd } from "../../../src/foundation/units.ts";
import { settledEver } from "../../../src/ledger/use-minutes.ts";
import { readTranscripts } from "../../../src/transcripts/read-transcripts.ts";
import { type AgentField, openAgentField, type WorkChanges } from "../../support/agents/agent-field.ts";
import { agentScript } from "../../support/agents/agent-script.ts";
import { gatedScript } from "../../support/agents/gated-script.ts";
import type { Script } from "../../support/scripted-provider/script.ts";
import type { Check, Kit } from "../kit.ts";

const BUDGET = nanoUsd(4_000_000_000);
const KEY = "run-1/1/1/work/1";

/** Agents as allot's own workers: hosted apart, killed in the middle, counted by provider, ledger, themselves and their logs. */
export const hostedChecks: readonly Check[] = (["codex", "claude"] as const).flatMap((agent) => [
  {
    client: agent,
    name: "hosted: provider, ledger, the agent and its log agree to the token",
    run: (kit) => counted(kit, agent, "[kit:write note.txt From the kit]", {}),
  },
  {
    client: agent,
    name: "hosted: they agree with a subagent, too",
    // Codex has subagents with the models of its newer kind only.
    run: (kit) => counted(kit, agent, "[kit:delegate Deep words]", agent === "codex" ? { model: "gpt-6.1-sol" } : {}),
  },
  {
    client: agent,
    name: "hosted: they agree when a session is resumed, each work counted alone",
    run: (kit) => resumed(kit, agent),
  },
  {
    client: agent,
    name: "hosted: on a login of its own the work is one entry of $0 with the provider's tokens",
    run: (kit) => ownLogin(kit, agent),
  },
  { client: agent, name: "hosted: works on when its worker is killed", run: (kit) => workerKilled(kit, agent) },
  { client: agent, name: "hosted: its session goes on when its host is killed", run: (kit) => hostKilled(kit, agent) },
  { client: agent, name: "hosted: is stopped and goes on with its session", run: (kit) => stopped(kit, agent) },
  { client: agent, name: "hosted: a lost session is told as such", run: (kit) => lost(kit, agent) },
  { client: agent, name: "hosted: the run's budget stops it in the middle", run: (kit) => overBudget(kit, agent) },
]);

function open(kit: Kit, script: Script): Promise<AgentField> {
  return openAgentField({ script, programs: join(kit.clients, "node_modules/.bin") });
}

async function counted(kit: Kit, agent: string, prompt: string, changes: WorkChanges): Promise<string> {
  await using field = await open(kit, agentScript);
  const { end } = await field.carryOut(field.work({ key: KEY, agent, prompt, ...changes }));
  equal(end.kind, "done", JSON.stringify(end));
  return await agreed(field, end);
}

async function resumed(kit: Kit, agent: string): Promise<string> {
  await using field = await open(kit, agentScript);
  const first = await field.carryOut(field.work({ key: KEY, agent, prompt: "[kit:say One]" }));
  const seen = field.provider.served.length;
  const again = { key: "run-1/1/2/work/1", agent, prompt: "[kit:recall]", resume: first.end.session ?? "" };
  const { end } = await field.carryOut(field.work(again));
  ok(end.kind === "done", JSON.stringify(end));
  match(end.text, /^First: kit:say One$/m);
  const served = field.provider.served.slice(seen).reduce((sum, { usage }) => sum + usage.inputTokens, 0);
  equal(end.usage.inputTokens, served);
  return `${served} input tokens of the second work alone`;
}

/** As with a subscription: the agent's own settings say where it asks, and allot sees nothing pass. */
async function ownLogin(kit: Kit, agent: string): Promise<string> {
  await using field = await open(kit, agentScript);
  const { url } = field.provider;
  mkdirSync(join(field.folder, "home/.codex"), { recursive: true });
  writeFileSync(
    join(field.folder, "home/.codex/config.toml"),
    `model_provider = "own"\n[model_providers.own]\nname = "own"\nbase_url = "${url}/v1"\nenv_key = "OWN_KEY"\nwire_api = "responses"\n`,
  );
  const env = { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: "own", OWN_KEY: "own" };
  const prompt = "[kit:write note.txt From the kit]";
  const { end } = await field.carryOut(field.work({ key: KEY, agent, prompt, gateway: "own-login", env }));
  equal(end.kind, "done", JSON.stringify(end));
  const rows = await field.store.db
    .selectFrom("ledger")
    .select(["input_tokens", "output_tokens", "nano_usd"])
    .execute();
  deepEqual(
    rows.map((row) => ({ ...row })),
    [{ input_tokens: 2_000, output_tokens: 200, nano_usd: 0 }],
  );
  deepEqual(end.spent, { cost: 0, covered: true, tokens: 2_200, calls: 1, differs: null });
  return "one entry: 2,200 tokens, $0, covered";
}

async function workerKilled(kit: Kit, agent: string): Promise<string> {
  const gate = gatedScript(agentScript, 2);
  await using field = await open(kit, gate.script);
  const work = field.work({ key: KEY, agent, prompt: "[kit:write note.txt From the kit]" });
  const worker = field.worker(work);
  await gate.reached();
  worker.child.kill("SIGKILL");
  await worker.ended;
  gate.open();
  const { end } = await field.carryOut(work);
  equal(end.kind, "done", JSON.stringify(end));
  equal(readFileSync(join(work.task.cwd, "note.txt"), "utf8"), "From the kit\n");
  equal(field.provider.served.length, 2);
  return await agreed(field, end);
}

async function hostKilled(kit: Kit, agent: string): Promise<string> {
  const gate = gatedScript(agentScript, 2);
  await using field = await open(kit, gate.script);
  const work = field.work({ key: KEY, agent, prompt: "[kit:write note.txt From the kit]" });
  const worker = field.worker(work);
  await gate.reached();
  const { host, agent: pid } = await field.processes(KEY);
  process.kill(host, "SIGKILL");
  worker.child.kill("SIGKILL");
  await worker.ended;
  gate.open();
  const { end, events } = await field.carryOut(work);
  equal(end.kind, "done", JSON.stringify(end));
  equal(isRunning(pid), false, "the agent of the dead host still runs");
  equal(new Set(events.flatMap((event) => (event.kind === "session" ? [event.id] : []))).size, 1);
  const ledger = await settledEver(field.store.db, "run:run-1");
  equal(ledger.tokens, end.spent.tokens);
  return `resumed ${end.session ?? ""}; ${ledger.tokens} tokens in the ledger, the cut call at its hold`;
}

async function stopped(kit: Kit, agent: string): Promise<string> {
  const gate = gatedScript(agentScript, 2);
  await using field = await open(kit, gate.script);
  const work = field.work({ key: KEY, agent, prompt: "[kit:write note.txt From the kit]" });
  const stop = new AbortController();
  const first = field.carryOut(work, stop.signal);
  await gate.reached();
  const { agent: pid } = await field.processes(KEY);
  const at = performance.now();
  stop.abort();
  await rejects(first, { code: "interrupted" });
  const tookMs = Math.round(performance.now() - at);
  equal(isRunning(pid), false);
  gate.open();
  const { end } = await field.carryOut(work);
  equal(end.kind, "done", JSON.stringify(end));
  return `stopped in ${tookMs} ms, then done in the same session`;
}

async function lost(kit: Kit, agent: string): Promise<string> {
  await using field = await open(kit, agentScript);
  const work = field.work({ key: KEY, agent, prompt: "[kit:recall]", resume: "0199a213-81c0-7800-8aa1-bbab2a035a53" });
  const { end } = await field.carryOut(work);
  deepEqual([end.kind, end.spent.calls], ["session-lost", 0]);
  return end.kind === "session-lost" ? (end.message ?? "") : "";
}

async function overBudget(kit: Kit, agent: string): Promise<string> {
  const dear: Script = (seen) => ({ ...agentScript(seen), usage: { inputTokens: 50_000, outputTokens: 1_000 } });
  await using field = await open(kit, dear);
  const terms = { runBudget: BUDGET };
  const { end } = await field.carryOut(
    field.work({ key: KEY, agent, prompt: "[kit:endless]", terms, limits: { turns: 400 } }),
  );
  equal(end.kind, "over-limit", JSON.stringify(end));
  const ledger = await settledEver(field.store.db, "run:run-1");
  ok(ledger.nanoUsd <= BUDGET && ledger.requests > 0, JSON.stringify(ledger));
  return `${ledger.requests} calls, $${ledger.nanoUsd / 1e9} of $${BUDGET / 1e9}`;
}

/** Four counts of the same: what the provider billed, the ledger, the agent's own figures, its log. */
async function agreed(field: AgentField, end: Awaited<ReturnType<AgentField["carryOut"]>>["end"]): Promise<string> {
  ok(end.kind !== "unknown");
  const billed = field.provider.served.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0);
  const ledger = await settledEver(field.store.db, "run:run-1");
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = end.usage;
  const own = inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens;
  const { records } = await readTranscripts({ home: join(field.folder, "home") });
  const logged = records.reduce(
    (sum, each) =>
      sum +
      each.inputTokens +
      each.cacheReadTokens +
      each.cacheWrite5mTokens +
      each.cacheWrite1hTokens +
      each.outputTokens,
    0,
  );
  deepEqual(
    { ledger: ledger.tokens, own, logged, differs: end.spent.differs },
    { ledger: billed, own: billed, logged: billed, differs: null },
  );
  return `${billed} tokens in ${field.provider.served.length} calls, four times the same`;
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
