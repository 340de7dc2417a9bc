import { expect, onTestFinished, test } from "vitest";
import { askGateway } from "../support/gateway/ask-gateway.ts";
import { allotIn, openServe, PROVIDER_KEYS, upstreamsAt } from "../support/gateway/open-serve.ts";
import type { Script } from "../support/scripted-provider/script.ts";
import { openScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";

/** Anthropic is always overloaded; the others answer. */
const OVERLOADED: Script = (request) =>
  request.wire === "anthropic"
    ? { error: "overloaded" }
    : { text: "four", usage: { inputTokens: 100, outputTokens: 20, reasoningTokens: 5 } };

test("a request that fell back is told by trace and metrics alike, and no key stands in any of them", async () => {
  const server = await openScriptedProvider({ script: OVERLOADED });
  onTestFinished(() => server.close());
  const serve = await openServe({ args: upstreamsAt(server, ["anthropic", "openai"]) });
  const asked = { surface: "anthropic", model: "claude-haiku-4-5", prompt: "two and two?" } as const;
  const got = await askGateway(serve.url, {
    ...asked,
    stream: false,
    headers: { "x-allot-fallback": "gpt-5-mini", "x-allot-task": "analysis", "x-allot-session": "sums" },
  });
  expect(got.status).toBe(200);
  const id = String(got.headers["x-allot-request-id"]);
  const scraped = await (await fetch(`${serve.url}/metrics`)).text();
  expect(scraped).toContain('allot_fallbacks_total{provider="openai",model="gpt-5-mini"} 1');
  expect(scraped).toMatch(
    /allot_attempts_total\{provider="anthropic",model="claude-haiku-4-5",outcome="overload"\} \d/,
  );
  expect(scraped).toContain("allot_requests_in_flight 0");
  expect(scraped).toContain('allot_sessions{level="NONE"} 1');
  expect(await serve.stop()).toBe(0);

  const trace = JSON.parse(await allotIn(serve.home, "trace", id, "--json")) as Record<string, unknown>;
  expect(trace).toMatchObject({
    id,
    source: "trace",
    session: "sums",
    taskType: "analysis",
    requestedModel: "claude-haiku-4-5",
    served: { provider: "openai", model: "gpt-5-mini" },
    outcome: "answered",
    status: 200,
  });
  const metrics = JSON.parse(await allotIn(serve.home, "metrics", "--json")) as Record<string, unknown>;
  expect(metrics["rows"]).toMatchObject([{ name: "analysis", requests: 1, success_rate: 1, fallback_usage: 1 }]);

  const told = JSON.stringify(trace) + scraped + JSON.stringify(metrics);
  expect(told).not.toContain("two and two");
  for (const key of [...Object.values(PROVIDER_KEYS), "client-key-"]) expect(told).not.toContain(key);
});

test("hundreds of sessions, agents and made-up models do not grow what the gateway's metrics tell", async () => {
  const server = await openScriptedProvider({ script: () => ({ text: "yes" }) });
  onTestFinished(() => server.close());
  const serve = await openServe({ args: upstreamsAt(server, ["openai"]) });
  const ask = (n: number) =>
    askGateway(serve.url, {
      surface: "chat",
      model: n % 2 === 0 ? "gpt-5-mini" : `made-up-${n}`,
      prompt: "yes?",
      stream: false,
      headers: { "x-allot-session": `session-${n}`, "x-allot-task": "testing", "user-agent": `agent-${n}/1` },
    });
  const series = async (): Promise<number> => {
    const body = await (await fetch(`${serve.url}/metrics`)).text();
    return body.split("\n").filter((line) => /^(allot|gen_ai)_/.test(line)).length;
  };
  await Promise.all([ask(0), ask(1)]);
  const few = await series();
  for (let n = 2; n < 400; n += 20) await Promise.all(Array.from({ length: 20 }, (_, at) => ask(n + at)));
  expect(await series()).toBe(few);
});
