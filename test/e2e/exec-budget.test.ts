/** `allot exec --limit-usd` around real programs that spend through createClient, one inside the other. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/foundation/clock.ts";
import { settledEver } from "../../src/ledger/use-minutes.ts";
import { verifyLedger } from "../../src/ledger/verify-ledger.ts";
import { openStore } from "../../src/storage/storage.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import { allotHome, runAllot } from "../support/run-allot.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Asks twelve things at once, says how many were answered, then starts the program it is given and ends as that does. */
const SPENDER = `
import { spawnSync } from "node:child_process";
import { createClient } from ${JSON.stringify(join(ROOT, "src/index.ts"))};
const [name, ...inner] = process.argv.slice(2);
let [answered, refused] = [0, 0];
{
  await using client = createClient();
  const ask = (n) => client.messages.create({
    model: "claude-haiku-4-5",
    max_tokens: 200,
    messages: [{ role: "user", content: name + n + " " + "words ".repeat(700) }],
  });
  for (const { status, reason } of await Promise.allSettled(Array.from({ length: 12 }, (_, n) => ask(n)))) {
    if (status === "fulfilled") answered += 1;
    else if (/budget:/.test(reason.message)) refused += 1;
    else console.log(name, "failed", reason.message);
  }
}
console.log(name, answered > 0, refused > 0, answered + refused);
if (inner.length > 0) process.exitCode = spawnSync(inner[0], inner.slice(1), { stdio: "inherit" }).status;
`;

test("programs inside one another never pass the inner amount, nor all together the outer one", async () => {
  // $0.002 an answer by the price list: $1 and $5 a million tokens.
  const server = await openScriptedProvider({
    script: () => ({ text: "ok", usage: { inputTokens: 1000, outputTokens: 200 } }),
  });
  onTestFinished(() => server.close());
  const home = allotHome({ ANTHROPIC_API_KEY: "sk-test-0123456789", ANTHROPIC_BASE_URL: server.urls.anthropic });
  const program = join(home.dir, "spender.ts");
  writeFileSync(program, SPENDER);
  const node = [process.execPath, "--disable-warning=ExperimentalWarning"];
  const exec = (usd: string): string[] => [...node, join(ROOT, "src/cli/main.ts"), "exec", "--limit-usd", usd, "--"];
  const within = [...exec("1"), ...node, program, "generous"];
  const inner = [...exec("0.012"), ...node, program, "inner"];
  const args = ["exec", "--limit-usd", "0.03", "--", ...node, program, "outer", ...inner];
  const first = await runAllot(home, args);
  // Answered some, refused some for a budget, and nothing else went wrong.
  expect(first).toMatchObject({ code: 0, stdout: "outer true true 12\ninner true true 12\n" });
  expect(first.stderr).toMatch(/spent \$[\d.]+ of \$0\.012 in .*\n.*spent \$[\d.]+ of \$0\.03 in /);
  const second = await runAllot(home, ["exec", "--limit-usd", "0.012", "--", ...within]);
  expect(second).toMatchObject({ code: 0, stdout: "generous true true 12\n" });

  await using store = await openStore({ path: join(home.dir, ".allot/allot.db"), clock: systemClock });
  const budgets = await store.db.selectFrom("budgets").select(["id", "nano_usd"]).orderBy("opened_at").execute();
  expect(budgets.map(({ nano_usd }) => nano_usd)).toEqual([30_000_000, 12_000_000, 12_000_000, 1_000_000_000]);
  const spent: number[] = [];
  for (const { id } of budgets) spent.push((await settledEver(store.db, `budget:${id}`)).nanoUsd);
  const [outer = 0, nested = 0, small = 0, generous = 0] = spent;
  expect(outer).toBeLessThanOrEqual(30_000_000);
  expect(nested).toBeLessThanOrEqual(12_000_000);
  expect(small).toBeLessThanOrEqual(12_000_000);
  // What the inner one spends is spent of the outer one; a larger amount inside a smaller one widens nothing.
  expect(generous).toBe(small);
  expect(outer + small).toBe(server.served.length * 2_000_000);
  expect((await verifyLedger(store.db)).faults).toEqual([]);
});
