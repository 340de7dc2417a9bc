import { createHash } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { askGateway } from "../support/gateway/ask-gateway.ts";
import { openRemembering } from "../support/gateway/faulty-provider.ts";
import { ledgerRows } from "../support/gateway/gateway-ledger.ts";
import { openServe, upstreamsAt } from "../support/gateway/open-serve.ts";
import type { SurfaceName } from "../support/gateway/surfaces.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";

const ASKED: readonly (readonly [SurfaceName, string])[] = [
  ["anthropic", "claude-sonnet-5-5"],
  ["chat", "gpt-5"],
  ["responses", "gpt-5"],
  ["gemini", "gemini-2.5-pro"],
  ["ollama", "qwen"],
];

/** Written as no program of ours writes it: blanks, order of members, numbers, escapes, fields nobody knows. */
const BODIES: Readonly<Record<SurfaceName, string>> = {
  anthropic: `{ "stream" : false,
    "metadata": {"user_id":"{\\"session_id\\":\\"s-1\\"}"}, "unknown_field" : {"deep":[1.0, 1e3, -0, "\\u00e9é"]},
    "system":[{"type":"text","text":"You are terse.","cache_control":{"type":"ephemeral","ttl":"1h"}}], "model":"claude-sonnet-5-5",
    "context_management":{"edits":[]}, "max_tokens": 100, "messages":[{"role":"user","content":"hello"}]}`,
  chat: `{"messages":[{"content":"hello","role":"user","name":"☂"}] , "model":"gpt-5","logit_bias":{"50256":-100}, "max_completion_tokens":1e2,
    "x_vendor":{"b":1,"a":2}, "stream":false}`,
  responses: `{"model":"gpt-5", "max_output_tokens":100, "input":[{"type":"additional_tools","tools":[{"type":"custom","name":"exec"}]},
    {"type":"message","role":"user","content":[{"type":"input_text","text":"hello"}]}, {"type":"from_the_future","x":[]}],
    "client_metadata":{"k":"v"}, "store":false, "stream":false}`,
  gemini: `{"generationConfig":{"maxOutputTokens":100,"thinkingConfig":{"thinkingBudget":-1}},
    "contents":[{"parts":[{"text":"hello","thoughtSignature":"c2ln"}],"role":"user"}], "labels":{"z":"1","a":"2"}}`,
  ollama: `{"model":"qwen","think":"low","keep_alive":"5m","stream":false,
    "options":{"num_predict":100,"num_ctx":4096},"messages":[{"role":"user","content":"hello"}]}`,
};

test("three identical calls reach the provider as the very bytes they were, on every wire, streamed or not", async () => {
  const server = await openScriptedProvider({ script: () => ({ text: "hello" }) });
  onTestFinished(() => server.close());
  const serve = await openServe({
    args: upstreamsAt(server, ["anthropic", "openai", "google", "ollama"]),
  });
  const hashes: string[] = [];
  for (const [surface, model] of ASKED) {
    const body = BODIES[surface];
    for (let time = 0; time < 3; time += 1) {
      const got = await askGateway(serve.url, { surface, model, stream: false, prompt: "", body });
      expect(got).toMatchObject({ status: 200, text: "hello" });
      hashes.push(createHash("sha256").update(body).digest("hex"));
    }
  }
  expect(server.served.map(({ bodyHash }) => bodyHash)).toEqual(hashes);
  for (const surface of ["anthropic", "responses", "gemini"] as const) {
    const [, model] = ASKED.find(([name]) => name === surface)!;
    const body = BODIES[surface].replace(/"stream"( ?): ?false/, '"stream"$1: true');
    const before = server.served.length;
    for (let time = 0; time < 3; time += 1)
      await askGateway(serve.url, { surface, model, stream: true, prompt: "", body });
    const streamed = server.served.slice(before).map(({ bodyHash }) => bodyHash);
    expect(new Set(streamed)).toEqual(new Set([createHash("sha256").update(body).digest("hex")]));
  }
  // The one thing that is added: chat streams tell their usage only to who asks.
  const chat = BODIES.chat.replace('"stream":false', '"stream":true');
  const before = server.served.length;
  for (let time = 0; time < 3; time += 1) {
    const got = await askGateway(serve.url, { surface: "chat", model: "gpt-5", stream: true, prompt: "", body: chat });
    expect(got.raw).not.toContain('"usage"');
  }
  expect(new Set(server.served.slice(before).map(({ bodyHash }) => bodyHash)).size).toBe(1);
  expect(server.seen.at(-1)?.body).toEqual({
    ...(JSON.parse(chat) as object),
    stream_options: { include_usage: true },
  });
});

test("a body of which allot changes one thing keeps every other byte", async () => {
  const server = await openScriptedProvider({ script: () => ({ text: "hello" }) });
  onTestFinished(() => server.close());
  const serve = await openServe({ args: upstreamsAt(server, ["anthropic"]) });
  // Two cents do not buy the 100,000 tokens that it asks for.
  const body = BODIES.anthropic.replace('"max_tokens": 100', '"max_tokens": 100000');
  const asked = { surface: "anthropic", model: "", stream: false, prompt: "", body } as const;
  const got = await askGateway(serve.url, { ...asked, headers: { "x-allot-limit-usd": "0.02" } });
  expect(got.status).toBe(200);
  const sent = server.seen[0]?.maxOutputTokens ?? 0;
  expect(sent).toBeGreaterThan(256);
  expect(sent).toBeLessThan(2_001);
  const expected = BODIES.anthropic.replace('"max_tokens": 100', `"max_tokens": ${sent}`);
  expect(server.served[0]?.bodyHash).toBe(createHash("sha256").update(expected).digest("hex"));
});

test("headers and query strings that nobody knows pass, the client's key and allot's own headers do not", async () => {
  const server = await openScriptedProvider({ script: () => ({ text: "hello" }) });
  onTestFinished(() => server.close());
  const serve = await openServe({ args: upstreamsAt(server, ["anthropic", "openai", "google"]) });
  const headers = {
    "anthropic-beta": "context-management-2025-06-27,from-the-future-2027-01-01",
    "anthropic-version": "2023-06-01",
    "x-team": "a",
    "user-agent": "claude-cli/2.1.329 (external, cli)",
    "x-allot-session": "s",
    "x-allot-priority": "high",
    cookie: "session=secret",
  };
  const asked = { surface: "anthropic", model: "claude-sonnet-5-5", stream: false, prompt: "hello", headers } as const;
  const got = await askGateway(serve.url, { ...asked, path: "/v1/messages?beta=true&x=%20y" });
  expect(got.status).toBe(200);
  expect(server.visits[0]).toMatchObject({ path: "/anthropic/v1/messages", query: "beta=true&x=%20y" });
  const seen = server.visits[0]?.headers ?? {};
  expect(seen).toMatchObject({
    "anthropic-beta": headers["anthropic-beta"],
    "anthropic-version": "2023-06-01",
    "x-team": "a",
    "user-agent": headers["user-agent"],
    "x-api-key": "sk-ant-secret-of-anthropic-4711",
  });
  expect(Object.keys(seen).filter((name) => name.startsWith("x-allot-") && name !== "x-allot-hop")).toEqual([]);
  expect(seen["cookie"]).toBeUndefined();
  expect(JSON.stringify(server.visits)).not.toContain("client-key");
  // Gemini's key may stand in the query: the client's is allot's, and goes no further.
  const path = "/v1beta/models/gemini-2.5-pro:generateContent?key=client-key-0123456789abcdef&trace=1";
  const gemini = { surface: "gemini", model: "gemini-2.5-pro", stream: false, prompt: "hello", path } as const;
  const answer = await askGateway(serve.url, { ...gemini, headers: { authorization: "" } });
  expect(answer.status).toBe(200);
  expect(server.visits[1]).toMatchObject({ query: "trace=1" });
  expect(JSON.stringify(server.visits)).not.toContain("client-key");
  // An answer's own headers come back.
  expect(got.headers["request-id"]).toBe("req_1");
});

test("another model is never given silently: not by default, and where it is allowed, header and ledger say so", async () => {
  const first = await openRemembering(() => ({ error: "overloaded" }));
  const second = await openRemembering(() => ({ text: "hello" }));
  onTestFinished(async () => {
    await first.server.close();
    await second.server.close();
  });
  const serve = await openServe({
    args: [...upstreamsAt(first.server, ["openai", "anthropic"]), ...upstreamsAt(second.server, ["xai"])],
  });
  const asked = { surface: "chat", model: "gpt-5", stream: false, prompt: "hello" } as const;
  const nobody = await askGateway(serve.url, { ...asked, headers: { "x-allot-session": "nobody" } });
  expect(nobody.status).toBe(503);
  expect(nobody.headers["x-allot-model"]).toBe("openai/gpt-5");
  expect(second.answered).toEqual([]);
  const headers = { "x-allot-fallback": "xai/grok-4.7", "x-allot-session": "allowed" };
  const allowed = await askGateway(serve.url, { ...asked, headers });
  expect(allowed).toMatchObject({ status: 200, text: "hello" });
  expect(allowed.headers).toMatchObject({ "x-allot-model": "xai/grok-4.7", "x-allot-requested-model": "gpt-5" });
  expect(allowed.headers["x-allot-fallback"]).toContain("overload");
  expect(await serve.stop()).toBe(0);
  const rows = ledgerRows(serve.home);
  expect(rows.filter(({ session, model }) => session === "nobody" && model !== "gpt-5")).toEqual([]);
  expect(rows.findLast(({ session }) => session === "allowed")).toMatchObject({
    provider: "xai",
    model: "grok-4.7",
    requested: "gpt-5",
  });
  expect(rows.findLast(({ session }) => session === "allowed")?.note).toContain("gpt-5");
});
