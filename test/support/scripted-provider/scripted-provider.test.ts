import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, onTestFinished, test } from "vitest";
import type { Script } from "./script.ts";
import { openScriptedProvider } from "./scripted-provider.ts";
import type { ScriptedProvider } from "./scripted-provider.ts";

let open: ScriptedProvider | undefined;
afterEach(async () => open?.close());

async function serve(script: Script): Promise<ScriptedProvider> {
  open = await openScriptedProvider({ script });
  return open;
}

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

const CHAT = {
  model: "m",
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hello?" },
  ],
};

test("a script sees the same request on every wire", async () => {
  const provider = await serve(() => ({ text: "Hi." }));
  const tool = { type: "object", properties: {} };
  await post(`${provider.url}/v1/chat/completions`, {
    ...CHAT,
    tools: [{ type: "function", function: { name: "t", description: "d", parameters: tool } }],
  });
  await post(`${provider.url}/v1/messages`, {
    model: "m",
    system: "Be brief.",
    messages: [{ role: "user", content: "Hello?" }],
    tools: [{ name: "t", description: "d", input_schema: tool }],
  });
  await post(`${provider.url}/v1/responses`, {
    model: "m",
    input: [
      { role: "system", content: "Be brief." },
      { role: "user", content: [{ type: "input_text", text: "Hello?" }] },
    ],
    tools: [{ type: "function", name: "t", description: "d", parameters: tool }],
  });
  await post(`${provider.url}/v1beta/models/m:generateContent`, {
    systemInstruction: { parts: [{ text: "Be brief." }] },
    contents: [{ role: "user", parts: [{ text: "Hello?" }] }],
    tools: [{ functionDeclarations: [{ name: "t", description: "d", parameters: tool }] }],
  });
  await post(`${provider.url}/api/chat`, {
    ...CHAT,
    stream: false,
    tools: [{ type: "function", function: { name: "t", description: "d", parameters: tool } }],
  });

  expect(provider.seen.map((seen) => seen.wire)).toEqual([
    "openai-chat",
    "anthropic",
    "openai-responses",
    "google",
    "ollama",
  ]);
  for (const seen of provider.seen) {
    expect([seen.model, seen.system, seen.lastUserText, seen.stream]).toEqual(["m", "Be brief.", "Hello?", false]);
    expect(seen.tools).toEqual([{ name: "t", description: "d", schema: tool }]);
  }
});

test("what was served is listed with its usage", async () => {
  const provider = await serve(() => ({ text: "Hi.", usage: { inputTokens: 11, outputTokens: 2 } }));
  await (await post(`${provider.url}/v1/chat/completions`, CHAT)).text();
  const served = (await (await fetch(`${provider.url}/__served`)).json()) as {
    model: string;
    status: number;
    completed: boolean;
    usage: object;
  }[];
  expect(served).toHaveLength(1);
  expect(served[0]).toMatchObject({
    model: "m",
    status: 200,
    completed: true,
    aborted: false,
    usage: { inputTokens: 11, outputTokens: 2 },
  });
});

test("a cut answer is listed as not completed", async () => {
  const provider = await serve(() => ({ text: "A text of more than one chunk, to be sure.", cutAfter: 2 }));
  const response = await post(`${provider.url}/v1/chat/completions`, { ...CHAT, stream: true });
  await expect(response.text()).rejects.toThrow("terminated");
  expect(provider.served[0]).toMatchObject({ completed: false, aborted: false, stream: true });
});

test("a client that goes away is listed as aborted", async () => {
  const provider = await serve(() => ({ silence: "all" }));
  const controller = new AbortController();
  const request = fetch(`${provider.url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify(CHAT),
    signal: controller.signal,
  });
  await expect.poll(() => provider.served.length).toBe(1);
  controller.abort();
  await expect(request).rejects.toThrow("aborted");
  await expect.poll(() => provider.served[0]?.aborted).toBe(true);
});

test("a rate limit comes with its Retry-After and is billed nothing", async () => {
  const provider = await serve(() => ({ error: "rate-limited", retryAfterS: 7 }));
  const response = await post(`${provider.url}/v1/messages`, CHAT);
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "7"]);
  expect(provider.served[0]).toMatchObject({ status: 429, usage: { inputTokens: 0, outputTokens: 0 } });
});

test("a server of its own process serves a script file until it is told to stop", async () => {
  const dir = mkdtempSync(join(tmpdir(), "allot-scripted-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(
    join(dir, "script.ts"),
    "export default (seen: { lastUserText: string }) => ({ text: `You said ${seen.lastUserText}` });\n",
  );
  const main = new URL("./main.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [main, "--script", join(dir, "script.ts"), "--models", "small,big"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { url } = JSON.parse(line) as { url: string };
  const answer = await (await post(`${url}/api/chat`, { ...CHAT, stream: false })).json();
  expect(answer).toMatchObject({ message: { content: "You said Hello?" } });
  expect(await (await fetch(`${url}/api/tags`)).json()).toMatchObject({ models: [{ name: "small" }, { name: "big" }] });
  expect(await (await fetch(`${url}/__served`)).json()).toMatchObject([{ wire: "ollama", completed: true }]);
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  expect(await exit).toEqual([0, null]);
});

test("what is asked beside models is answered in each provider's shape, and remembered", async () => {
  const provider = await openScriptedProvider({ script: () => ({ text: "" }), models: ["m-1"] });
  open = provider;
  const list = async (path: string, headers: Record<string, string> = {}): Promise<unknown> =>
    (await fetch(provider.url + path, { headers })).json();
  expect(await list("/v1/models")).toMatchObject({ object: "list", data: [{ id: "m-1", object: "model" }] });
  expect(await list("/v1/models?limit=9", { "anthropic-version": "2023-06-01" })).toMatchObject({
    data: [{ id: "m-1", type: "model" }],
    has_more: false,
  });
  expect(await list("/v1/models?client_version=1")).toMatchObject({ models: [{ slug: "m-1" }] });
  expect(await list("/v1/models", { "x-goog-api-key": "k" })).toMatchObject({ models: [{ name: "models/m-1" }] });
  const counted = await post(`${provider.url}/v1/messages/count_tokens?beta=true`, CHAT);
  expect(await counted.json()).toEqual({ input_tokens: Math.ceil(JSON.stringify(CHAT).length / 4) });
  expect((await fetch(`${provider.url}/api/hello`, { method: "HEAD" })).status).toBe(200);
  expect(provider.served).toEqual([]);
  expect(provider.visits.map(({ method, query }) => `${method} ${query}`).slice(-2)).toEqual([
    "POST beta=true",
    "HEAD ",
  ]);
});

test("a custom tool of the Responses API is seen, called with text, and its result comes back", async () => {
  const provider = await serve((seen) =>
    seen.toolResults.length > 0
      ? { text: `It said ${seen.toolResults[0]?.output}` }
      : { toolCalls: [{ name: "exec", namespace: "functions", input: "1 + 1", custom: true }] },
  );
  const tools = [{ type: "namespace", name: "functions", tools: [{ type: "custom", name: "exec", description: "" }] }];
  const input = [
    { type: "additional_tools", role: "developer", tools },
    { type: "message", role: "user", content: [{ type: "input_text", text: "Add." }] },
  ];
  const first = (await (await post(`${provider.url}/v1/responses`, { model: "m", input })).json()) as {
    readonly output: readonly { readonly call_id: string }[];
  };
  expect(first.output).toMatchObject([
    { type: "custom_tool_call", name: "exec", namespace: "functions", input: "1 + 1" },
  ]);
  const [call] = first.output;
  const result = { type: "custom_tool_call_output", call_id: call?.call_id, output: "2" };
  const second = await post(`${provider.url}/v1/responses`, { model: "m", input: [...input, call, result] });
  expect(await second.json()).toMatchObject({ output: [{ content: [{ text: "It said 2" }] }] });
  expect(provider.seen[0]?.tools).toMatchObject([{ name: "exec", custom: true, namespace: "functions" }]);
});
