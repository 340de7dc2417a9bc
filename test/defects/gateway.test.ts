import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { askGateway } from "../support/gateway/ask-gateway.ts";
import { ledgerRows } from "../support/gateway/gateway-ledger.ts";
import { CLIENT_KEY, openServe, PROVIDER_KEYS, serveHome, upstreamsAt } from "../support/gateway/open-serve.ts";
import { head, sendRaw } from "../support/gateway/raw-socket.ts";
import type { SurfaceName } from "../support/gateway/surfaces.ts";
import type { Script } from "../support/scripted-provider/script.ts";
import { openScriptedProvider, type ScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";

/*
 * What users of other gateways have reported, through our own gateway as a process; see known-defects.ts.
 */

const ALL = ["anthropic", "openai", "google"] as const;

async function provider(script: Script): Promise<ScriptedProvider> {
  const server = await openScriptedProvider({ script });
  onTestFinished(() => server.close());
  return server;
}

const CHAT = { surface: "chat", model: "gpt-5", stream: false, prompt: "hello" } as const;

test("#21 a WebSocket is declined before anything is spent, and the session over HTTP is in the ledger with all its tokens", async () => {
  const server = await provider(() => ({ text: "hello", usage: { inputTokens: 1_000, outputTokens: 100 } }));
  const serve = await openServe({ args: upstreamsAt(server, ALL) });
  const upgrade = head(
    "/v1/responses",
    {
      host: `127.0.0.1:${serve.port}`,
      authorization: `Bearer ${CLIENT_KEY}`,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      "session-id": "codex-1",
    },
    "GET",
  );
  const declined = await sendRaw(serve.port, [upgrade]);
  expect([declined.status, declined.closed]).toEqual([426, true]);
  const headers = { "session-id": "codex-1" };
  for (let turn = 0; turn < 3; turn += 1) {
    const got = await askGateway(serve.url, { ...CHAT, surface: "responses", stream: true, headers });
    expect(got).toMatchObject({ status: 200, text: "hello" });
  }
  expect(await serve.stop()).toBe(0);
  const rows = ledgerRows(serve.home).map(({ session, input, output, cost }) => [session, input, output, cost]);
  // gpt-5: $1.25 and $10 a million.
  expect(rows).toEqual(Array.from({ length: 3 }, () => ["codex-1", 1_000, 100, 2_250_000]));
});

test("#30 a fallback never goes back to who failed, and takes neither headers nor keys of the one to the other", async () => {
  const failing = await provider(() => ({
    error: {
      status: 500,
      body: '{"error":{"message":"down"}}',
      headers: { "x-of-the-first": "1", "set-cookie": "a=b" },
    },
  }));
  const serving = await provider(() => ({ text: "hello" }));
  const serve = await openServe({
    args: [...upstreamsAt(failing, ["openai"]), ...upstreamsAt(serving, ["xai"]), "--fallback", "xai/grok-4.7"],
  });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      askGateway(serve.url, { ...CHAT, stream: index % 2 === 0, prompt: `${index}` }),
    ),
  );
  for (const { status, text, headers } of answers) {
    expect([status, text, headers["x-allot-model"]]).toEqual([200, "hello", "xai/grok-4.7"]);
    expect([headers["x-of-the-first"], headers["set-cookie"]]).toEqual([undefined, undefined]);
  }
  const servedAt = new Map(serving.served.map(({ lastUserText, startedAt }) => [lastUserText, startedAt]));
  expect(servedAt.size).toBe(20);
  expect(serving.served).toHaveLength(20);
  for (const { lastUserText, endedAt } of failing.served)
    expect(endedAt).toBeLessThanOrEqual(servedAt.get(lastUserText) ?? 0);
  const keys = (server: ScriptedProvider): unknown[] => [
    ...new Set(server.seen.map(({ headers }) => headers["authorization"])),
  ];
  expect(keys(failing)).toEqual([`Bearer ${PROVIDER_KEYS.OPENAI_API_KEY}`]);
  expect(keys(serving)).toEqual([`Bearer ${PROVIDER_KEYS.XAI_API_KEY}`]);
  expect(new Set(serving.seen.map(({ model }) => model))).toEqual(new Set(["grok-4.7"]));
  expect(serve.running()).toBe(true);
});

test("#13 and #15 every row costs what its tokens cost, cached ones as cached, streamed or not, on every wire", async () => {
  const usage = { inputTokens: 200, cacheReadTokens: 8_000, outputTokens: 296 };
  const server = await provider(() => ({ text: "hello", usage }));
  const serve = await openServe({ args: upstreamsAt(server, ALL) });
  // In nano-dollars a token: input, cached input, output.
  const asked: readonly (readonly [SurfaceName, string, number])[] = [
    ["anthropic", "claude-sonnet-5-5", 200 * 2_000 + 8_000 * 100 + 296 * 10_000],
    ["chat", "gpt-5", 200 * 1_250 + 8_000 * 125 + 296 * 10_000],
    ["responses", "gpt-5", 200 * 1_250 + 8_000 * 125 + 296 * 10_000],
    ["gemini", "gemini-2.5-pro", 200 * 1_250 + 8_000 * 125 + 296 * 10_000],
  ];
  for (const [surface, model] of asked)
    for (const stream of [true, false]) await askGateway(serve.url, { ...CHAT, surface, model, stream });
  expect(await serve.stop()).toBe(0);
  const rows = ledgerRows(serve.home).map(({ cost, cacheRead, output, estimated }) => [
    cost,
    cacheRead,
    output,
    estimated,
  ]);
  expect(rows).toEqual(asked.flatMap(([, , cost]) => [0, 1].map(() => [cost, 8_000, 296, 0])));
});

test("#28 nothing more is tried after the client has left, and who never answers is given up", async () => {
  const server = await provider(({ lastUserText }) =>
    lastUserText === "silence" ? { silence: "all" } : { error: "overloaded" },
  );
  const serve = await openServe({
    args: [...upstreamsAt(server, ALL), "--first-byte-timeout", "300ms", "--answer-timeout", "300ms"],
  });
  const left = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      const away = new AbortController();
      const asked = askGateway(serve.url, { ...CHAT, model: `gpt-5-${index}`, signal: away.signal });
      await sleep(60 + index * 10);
      away.abort();
      return asked;
    }),
  );
  expect(left.every(({ left: gone }) => gone)).toBe(true);
  await sleep(200);
  const tried = server.served.length;
  await sleep(2_500);
  expect(server.served.length).toBe(tried);
  const silent = await askGateway(serve.url, { ...CHAT, prompt: "silence" });
  expect(silent.status).toBe(504);
  expect(silent.tookMs).toBeLessThan(15_000);
  expect(server.served.length - tried).toBeLessThanOrEqual(4);
  await sleep(1_000);
  expect(server.served.filter(({ lastUserText, endedAt }) => lastUserText === "silence" && endedAt === 0)).toEqual([]);
}, 60_000);

test("#34 a stream of status 200 that tells no usage is billed by an estimate, and flagged", async () => {
  const text = "Sunny in the morning, with rain from the west after noon. ".repeat(10);
  const server = await provider(() => ({ text, usage: "missing" }));
  const serve = await openServe({ args: upstreamsAt(server, ALL) });
  const asked = [
    ["anthropic", "claude-sonnet-5-5"],
    ["chat", "gpt-5"],
    ["responses", "gpt-5"],
    ["gemini", "gemini-2.5-pro"],
  ] as const;
  for (const [surface, model] of asked)
    for (const stream of [true, false])
      expect(await askGateway(serve.url, { ...CHAT, surface, model, stream })).toMatchObject({ text });
  expect(await serve.stop()).toBe(0);
  const rows = ledgerRows(serve.home);
  expect(rows.map(({ estimated }) => estimated)).toEqual(Array.from({ length: 8 }, () => 1));
  for (const { input, output, cost } of rows) {
    expect(input).toBeGreaterThan(0);
    // 580 letters in English.
    expect(output).toBeGreaterThan(100);
    expect(output).toBeLessThan(200);
    expect(cost).toBeGreaterThan(1_000_000);
  }
});

test("#38 our own limit says which it is, for whom, how far and until when; a provider's says nothing of ours", async () => {
  const server = await provider(({ lastUserText }) =>
    lastUserText === "busy" ? { error: "rate-limited", retryAfterS: 7 } : { text: "hello" },
  );
  const home = serveHome({ limits: { session: { "*": { tokens_per_hour: 500 } } } });
  const serve = await openServe({ home, args: [...upstreamsAt(server, ALL), "--hold", "0s"] });
  const headers = { "x-allot-session": "small" };
  const ours = await askGateway(serve.url, { ...CHAT, headers });
  expect(ours.status).toBe(403);
  expect(ours.headers).toMatchObject({
    "x-allot-error": "limit-reached",
    "x-allot-limit": "session:small tokens/hour",
  });
  expect(ours.headers["x-allot-level"]).toBe("NONE");
  expect(ours.raw).toContain("small");
  expect(server.served).toEqual([]);
  const other = await openServe({ args: upstreamsAt(server, ALL) });
  const theirs = await askGateway(other.url, { ...CHAT, prompt: "busy" });
  expect(theirs.status).toBe(429);
  expect(theirs.headers["x-allot-error"]).toBe("provider-rate-limited");
  expect(Object.keys(theirs.headers).filter((name) => /^x-allot-(limit|level|resets)/.test(name))).toEqual([]);
}, 60_000);
