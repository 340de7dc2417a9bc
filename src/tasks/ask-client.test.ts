import { describe, expect, test } from "vitest";
import { type ClientTrial, openClientTrial, type TrialOptions } from "../../test/support/client-trial.ts";
import type { Script, ScriptedAnswer } from "../../test/support/scripted-provider/script.ts";
import type { TokenSample } from "../codebase/tokens/tokens.ts";
import { systemClock } from "../foundation/clock.ts";
import { isAllotError } from "../foundation/errors.ts";
import { askThrough, limitIn, type AskThroughOptions } from "./ask-client.ts";
import type { Ask, AskRequest } from "./work.ts";

const REQUEST: AskRequest = {
  model: { provider: "anthropic", name: "claude-haiku-5-5" },
  system: "You analyse.",
  prompt: "The code: x = 1",
  maxOutputTokens: 500,
  timeoutMs: 5_000,
  kind: "analyze",
  schema: null,
};
const NEVER = new AbortController().signal;

async function open(
  script: Script | ScriptedAnswer,
  options: Partial<AskThroughOptions> = {},
  trial: TrialOptions = {},
): Promise<ClientTrial & { readonly ask: Ask }> {
  const opened = await openClientTrial(script, trial);
  return { ...opened, ask: askThrough(opened.client, { clock: systemClock, ...options }) };
}

test("an answer comes with what it cost, what it used, and who gave it", async () => {
  const { ask, server, books } = await open({ text: "It assigns.", usage: { inputTokens: 40, outputTokens: 6 } });
  const answer = await ask(REQUEST, NEVER);
  expect(answer).toMatchObject({
    kind: "answered",
    text: "It assigns.",
    inputTokens: 40,
    outputTokens: 6,
    servedBy: "anthropic/claude-haiku-5-5",
    cost: books.settlements[0]?.entry.nano_usd,
  });
  expect([server.seen[0]?.system, server.seen[0]?.lastUserText]).toEqual(["You analyse.", "The code: x = 1"]);
});

test("the ledger knows the kind of work, the project and the session", async () => {
  const { ask, books } = await open({ text: "ok" }, { session_id: "s1", project: "shop", agent: "work" });
  await ask(REQUEST, NEVER);
  expect(books.settlements[0]?.entry).toMatchObject({
    session_id: "s1",
    task_type: "analyze",
    project: "shop",
    agent: "work",
  });
});

test("the same question is asked again: answers are kept by content, not here", async () => {
  const { ask, server } = await open({ text: "ok" });
  await ask(REQUEST, NEVER);
  await ask(REQUEST, NEVER);
  expect(server.seen).toHaveLength(2);
});

test("what the provider counted is told beside our own count", async () => {
  const samples: TokenSample[] = [];
  const { ask } = await open(
    { text: "ok", usage: { inputTokens: 10, cacheReadTokens: 5, outputTokens: 1 } },
    { onSample: (sample) => samples.push(sample) },
  );
  await ask(REQUEST, NEVER);
  expect(samples).toEqual([{ model: "anthropic/claude-haiku-5-5", content: "code", reported: 15, counted: 10 }]);
});

test("usage that is an estimate teaches nothing", async () => {
  const samples: TokenSample[] = [];
  const { ask } = await open({ text: "ok", usage: "missing" }, { onSample: (sample) => samples.push(sample) });
  await ask(REQUEST, NEVER);
  expect(samples).toEqual([]);
});

describe("what goes wrong is an answer", () => {
  test("a prompt that is too long, without asking anybody else", async () => {
    const { ask, server } = await open({ error: "too-long" }, { fallback_models: ["openai"] });
    const answer = await ask(REQUEST, NEVER);
    expect([answer.kind, answer.cost, server.seen.length]).toEqual(["too-long", 0, 1]);
  });

  test("an answer that is cut off", async () => {
    const { ask } = await open({ text: "It ass", finish: "length" });
    expect(await ask(REQUEST, NEVER)).toMatchObject({ kind: "cut", text: "It ass" });
  });

  test("a provider's filter", async () => {
    const { ask } = await open({ text: "", finish: "content-filter" });
    expect(await ask(REQUEST, NEVER)).toMatchObject({ kind: "failed", code: "content-refused" });
  });

  test.each([
    [{ error: "auth" } as const, "provider-auth"],
    [{ error: "overloaded" } as const, "provider-overloaded"],
    [{ garbage: true } as const, "provider-malformed"],
  ])("%j is the fault %s", async (answer, code) => {
    const { ask } = await open(answer);
    expect(await ask(REQUEST, NEVER)).toMatchObject({ kind: "failed", code });
  });

  test("a limit that is reached", async () => {
    const { ask, server } = await open({ text: "ok" }, {}, { tokens: 10 });
    expect(await ask(REQUEST, NEVER)).toMatchObject({ kind: "failed", code: "limit-reached", cost: 0 });
    expect(server.seen).toHaveLength(0);
  });

  test("a model that is silent for longer than the strategy allows", async () => {
    const { ask } = await open({ silence: "all" }, {}, { policy: { attemptsEach: 1 } });
    expect(await ask({ ...REQUEST, timeoutMs: 40 }, NEVER)).toMatchObject({ kind: "failed", code: "provider-timeout" });
  });
});

test("another model may answer where one was allowed", async () => {
  const { ask } = await open((seen) => (seen.wire === "anthropic" ? { error: "overloaded" } : { text: "ok" }), {
    fallback_models: ["openai/gpt-5"],
  });
  expect(await ask(REQUEST, NEVER)).toMatchObject({ kind: "answered", servedBy: "openai/gpt-5" });
});

test("who leaves is told so", async () => {
  const stop = new AbortController();
  const { ask } = await open(() => {
    stop.abort();
    return { silence: "all" };
  });
  const fault = await ask(REQUEST, stop.signal).catch((error: unknown) => error);
  expect(isAllotError(fault, "interrupted")).toBe(true);
});

test.each([
  ["This model's maximum context length is 8192 tokens. However, you requested 9000 tokens", 8_192],
  ["prompt is too long: 213462 tokens > 200000 maximum", 200_000],
  ["This model's maximum prompt length is 131072 but the request contains 150000 tokens.", 131_072],
  ["The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).", 1_048_576],
  ["Input tokens exceed the configured limit of 272,000 tokens.", 272_000],
  ["too large", null],
])("%s names %s", (message, limit) => {
  expect(limitIn(message)).toBe(limit);
});
