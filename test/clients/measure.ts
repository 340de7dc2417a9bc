/**
 * node test/clients/measure.ts --clients DIR [--ccusage DIR] [--only c,x] [--keep]: real agents write real logs, and what
 * `allot measure` says of them is held against what the provider billed; with --ccusage (the folder whose node_modules has it)
 * beside what that says. Then the same through the gateway: nothing may count twice. Ends with 1 where anything differs.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import { openGround } from "./ground.ts";
import { type Billed, makeLogs } from "./logs/make-logs.ts";
import { tricky } from "./logs/scenes.ts";
import { type Counted, NOTHING, plus, truthOf } from "./logs/truth.ts";

const { values } = parseArgs({
  options: {
    clients: { type: "string" },
    ccusage: { type: "string" },
    only: { type: "string", default: "" },
    keep: { type: "boolean", default: false },
  },
});
if (values.clients === undefined)
  throw new Error("--clients DIR is needed: the folder whose node_modules has the clients");
const { clients, ccusage } = values;
const only = values.only.split(",").filter((word) => word !== "");
const say = (line: string): void => void process.stdout.write(`${line}\n`);
let differing = 0;

/** As allot, the kit and ccusage call an agent. */
const AGENTS = [
  { agent: "claude-code", client: "claude-code", rival: "claude" },
  { agent: "codex", client: "codex", rival: "codex" },
  { agent: "gemini", client: "gemini-cli", rival: "gemini" },
  { agent: "opencode", client: "opencode", rival: "opencode" },
] as const;

await pastTheGateway();
await throughTheGateway();
process.exitCode = differing === 0 ? 0 : 1;

/** Logs of agents that ask the provider themselves. */
async function pastTheGateway(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "allot-measure-"));
  const provider = await openScriptedProvider({ script: tricky() });
  try {
    const billed = await makeLogs({ clients, home, url: provider.url, key: "sk-kit", provider }, only, say);
    const measured = measure(home);
    say("");
    say(row("", "answers", "input", "cache read", "cache write", "output"));
    for (const each of AGENTS.filter(({ client }) => billed.some((scene) => scene.client === client))) {
      compare(each, billed, measured, home);
    }
    for (const { agent, session, what, tokens } of measured.lacks) {
      say(
        `lacks: ${agent}${session === null ? "" : ` ${session}`}: ${what}${tokens === null ? "" : ` (${tokens} tokens)`}`,
      );
    }
  } finally {
    await provider.close();
    if (values.keep) say(`kept: ${home}`);
    else rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

interface Measured {
  readonly agents: readonly MeasuredSum[];
  readonly lacks: readonly { agent: string; session: string | null; what: string; tokens: number | null }[];
  readonly imported?: { readonly answers: number; readonly passed: number };
}

interface MeasuredSum {
  readonly name: string;
  readonly answers: number;
  readonly input_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  readonly output_tokens: number;
}

function measure(home: string): Measured {
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  const args = ["--disable-warning=ExperimentalWarning", main, "measure", "--home", home, "--json"];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1e8 })) as Measured;
}

function compare(
  { agent, client, rival }: (typeof AGENTS)[number],
  billed: readonly Billed[],
  measured: Measured,
  home: string,
): void {
  const truth = truthOf(billed, client);
  const hidden = [...truth.hidden.values()].reduce(plus, NOTHING);
  const found = measured.agents.find(({ name }) => name === agent);
  const told: Counted = {
    answers: found?.answers ?? 0,
    input: found?.input_tokens ?? 0,
    cacheRead: found?.cache_read_tokens ?? 0,
    cacheWrite: found?.cache_write_tokens ?? 0,
    output: found?.output_tokens ?? 0,
  };
  const isSame = JSON.stringify(plus(told, hidden)) === JSON.stringify(truth.billed);
  if (!isSame) differing += 1;
  say(countsRow(`${client}: provider`, truth.billed));
  for (const [why, counted] of truth.hidden) say(countsRow(`  in no log: ${why}`, counted));
  say(countsRow(`  allot measure${isSame ? "" : "  DIFFERS"}`, told));
  if (ccusage !== undefined) say(countsRow("  ccusage", ccusageOf(ccusage, rival, home)));
}

function ccusageOf(folder: string, rival: string, home: string): Counted {
  const program = join(folder, "node_modules/.bin/ccusage");
  const env = { PATH: process.env["PATH"] ?? "", HOME: home };
  const text = execFileSync(program, [rival, "session", "--json", "--offline"], { encoding: "utf8", env });
  const totals = (JSON.parse(text) as { totals: Record<string, number> }).totals;
  return {
    answers: Number.NaN,
    input: totals["inputTokens"] ?? 0,
    cacheRead: totals["cacheReadTokens"] ?? 0,
    cacheWrite: totals["cacheCreationTokens"] ?? 0,
    output: totals["outputTokens"] ?? 0,
  };
}

/** The same agents behind `allot serve`: what its ledger has must not come in again. */
async function throughTheGateway(): Promise<void> {
  await using ground = await openGround({ script: tricky() });
  const home = join(ground.dir, "agents");
  const { url, key, provider } = ground;
  say("\nthrough the gateway:");
  await makeLogs({ clients, home, url, key, provider }, only, say);
  for (let round = 1; round <= 2; round += 1) {
    const { imported, agents } = JSON.parse(
      await ground.allot("measure", "--home", home, "--import", "--json"),
    ) as Measured;
    const answers = agents.reduce((sum, each) => sum + each.answers, 0);
    say(
      `through the gateway, import ${round}: ${answers} answers in logs, ${imported?.passed} known by its ledger, ${imported?.answers} imported`,
    );
    if (imported?.answers !== 0) differing += 1;
  }
  say(`ledger: ${(await ground.allot("ledger", "verify")).trim()}`);
}

function countsRow(name: string, { answers, input, cacheRead, cacheWrite, output }: Counted): string {
  const cells = [answers, input, cacheRead, cacheWrite, output];
  return row(name, ...cells.map((count) => (Number.isNaN(count) ? "" : count.toLocaleString("en-US"))));
}

function row(name: string, ...cells: readonly string[]): string {
  return `${name.padEnd(28)}${cells.map((cell) => cell.padStart(13)).join("")}`;
}
