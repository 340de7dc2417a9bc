import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { askGateway } from "../support/gateway/ask-gateway.ts";
import { openRemembering } from "../support/gateway/faulty-provider.ts";
import { ledgerRows, openLeases } from "../support/gateway/gateway-ledger.ts";
import { openServe, serveHome, upstreamsAt } from "../support/gateway/open-serve.ts";

const CAP_TOKENS = 100_000;

test("two gateways on one store spend one limit, not two, and give back what they do not use", async () => {
  const provider = await openRemembering(() => ({
    text: "hello",
    usage: { inputTokens: 900, outputTokens: 100 },
    delayMs: 5,
  }));
  onTestFinished(() => provider.server.close());
  const home = serveHome({ limits: { session: { "*": { tokens_per_hour: CAP_TOKENS, usd_per_hour: 1_000 } } } });
  const args = [...upstreamsAt(provider.server, ["openai"]), "--hold", "0s"];
  const [one, other] = await Promise.all([openServe({ home, args }), openServe({ home, args })]);
  const statuses: number[] = [];
  const client = async (number: number): Promise<void> => {
    const { url } = number % 2 === 0 ? one : other;
    for (let turn = 0; turn < 40; turn += 1) {
      // High priority goes on until the cap itself.
      const headers = { "x-allot-session": "shared", "x-allot-priority": "high" };
      const prompt = `client ${number}, turn ${turn}`;
      statuses.push(
        (await askGateway(url, { surface: "chat", model: "gpt-5", stream: false, prompt, headers })).status,
      );
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, number) => client(number)));
  expect(await one.stop()).toBe(0);
  expect(await other.stop()).toBe(0);
  const spent = ledgerRows(home).reduce((sum, { input, output }) => sum + input + output, 0);
  expect(spent).toBe(provider.answered.length * 1_000);
  expect(spent).toBeLessThanOrEqual(CAP_TOKENS);
  // A request holds the thousand tokens it may write, and its bytes: near the cap there is no room for one more.
  expect(spent).toBeGreaterThan(CAP_TOKENS * 0.85);
  expect(statuses.filter((status) => status === 200)).toHaveLength(provider.answered.length);
  expect(new Set(statuses)).toEqual(new Set([200, 403]));
  expect(openLeases(home)).toEqual([]);
});

test("a provider that one gateway has found broken is spared by the other, and asked again by one of them when it is due", async () => {
  let broken = true;
  const first = await openRemembering(() => (broken ? { error: "overloaded" } : { text: "hello" }));
  const second = await openRemembering(() => ({ text: "hello from the second" }));
  onTestFinished(async () => {
    await first.server.close();
    await second.server.close();
  });
  const home = serveHome();
  const args = [
    ...upstreamsAt(first.server, ["openai"]),
    ...upstreamsAt(second.server, ["xai"]),
    "--fallback",
    "xai/grok-4.7",
  ];
  const [one, other] = await Promise.all([openServe({ home, args }), openServe({ home, args })]);
  const ask = async (url: string, prompt: string): Promise<unknown> => {
    const { text, headers } = await askGateway(url, { surface: "chat", model: "gpt-5", stream: false, prompt });
    return [text, headers["x-allot-model"]];
  };
  for (let turn = 0; turn < 12; turn += 1)
    expect(await ask(one.url, `one ${turn}`)).toEqual(["hello from the second", "xai/grok-4.7"]);
  const tried = first.answered.length;
  expect(tried).toBeLessThan(12);
  await sleep(1_500);
  for (let turn = 0; turn < 10; turn += 1)
    expect(await ask(other.url, `other ${turn}`)).toEqual(["hello from the second", "xai/grok-4.7"]);
  expect(first.answered.length - tried).toBeLessThanOrEqual(2);
  broken = false;
  await expect
    .poll(() => ask(other.url, "again"), { timeout: 50_000, interval: 1_000 })
    .toEqual(["hello", "openai/gpt-5"]);
}, 90_000);
