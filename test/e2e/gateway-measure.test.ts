/** What passes the gateway keeps the names that the provider gave it: the log of who asked is known by them. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { expect, onTestFinished, test } from "vitest";
import { CLIENT_KEY, openServe, upstreamsAt } from "../support/gateway/open-serve.ts";
import { claudeLine, codexLine, codexRecord, makeHome } from "../support/made-logs.ts";
import { runInside } from "../support/run-allot.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";

test("what a log tells of answers that passed the gateway is not imported; what went past it is", async () => {
  const upstream = await openScriptedProvider({
    script: () => ({ text: "Said.", usage: { inputTokens: 1000, outputTokens: 50 } }),
  });
  onTestFinished(() => upstream.close());
  const gateway = await openServe({ args: upstreamsAt(upstream, ["anthropic", "openai"]) });
  const claude = new Anthropic({ baseURL: gateway.url, apiKey: CLIENT_KEY, maxRetries: 0 });
  const asked = {
    model: "claude-sonnet-4-5",
    max_tokens: 100,
    messages: [{ role: "user" as const, content: "Hello" }],
  };
  const stream = claude.messages.stream(asked);
  const { id: streamed } = await stream.finalMessage();
  const whole = await claude.messages.create(asked).withResponse();
  const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: CLIENT_KEY, maxRetries: 0 });
  const response = await openai.responses.create({ model: "gpt-5.5", input: "Hello" });
  await gateway.stop();

  using home = makeHome();
  const at = new Date().toISOString();
  const tokens = { input: 1000, output: 50 };
  const line = (id: string, requestId: string | null, output: number): object => {
    const made = claudeLine("x", { ...tokens, output }, { at, requestId, session: "elsewhere" }) as { message: object };
    return { ...made, message: { ...made.message, id } };
  };
  home.write(".claude/projects/p/elsewhere.jsonl", [
    line(streamed, null, 51),
    line("msg_renamed", whole.request_id ?? null, 52),
    line("msg_past", "req_past", 53),
  ]);
  const thread = "01a1febe-f0fe-7580-9c9f-5c407ef873ee";
  home.write(`.codex/sessions/2026/11/20/rollout-2026-11-20T10-00-00-${thread}.jsonl`, [
    codexLine("session_meta", { id: thread, model_provider: "openai" }),
    codexLine("turn_context", { model: "gpt-5.5" }),
    codexRecord(response.id, thread, tokens, tokens, at),
  ]);
  const args = ["measure", "--home", home.path, "--import", "--json"];
  const ended = await runInside({ dir: home.path, env: gateway.home.env }, args);
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
  const { imported } = JSON.parse(ended.stdout) as { imported: object };
  expect(imported).toMatchObject({ answers: 1, tokens: 1053, passed: 3 });
});
