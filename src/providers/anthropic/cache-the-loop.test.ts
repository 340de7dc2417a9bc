import { expect, onTestFinished, test } from "vitest";
import { openScriptedProvider } from "../../../test/support/scripted-provider/scripted-provider.ts";
import type { ModelMessage, ModelRequest } from "../provider.ts";
import { openProvider } from "../providers.ts";

const TOOL = { name: "look", description: "", inputSchema: { type: "object" } };
const TURN: ModelMessage[] = [
  { role: "assistant", content: "Looking.", toolCalls: [{ id: "a", name: "look", input: {} }] },
  { role: "tool", results: [{ callId: "a", name: "look", output: "nothing", failed: false }] },
];

async function bodyOf(changes: Partial<ModelRequest>): Promise<string> {
  const server = await openScriptedProvider({ script: () => ({ text: "Hi." }) });
  onTestFinished(() => server.close());
  const request: ModelRequest = {
    model: "m",
    system: "Be brief.",
    messages: [{ role: "user", content: "Hello?" }],
    tools: [TOOL],
    toolChoice: "auto",
    maxOutputTokens: 10,
    ...changes,
  };
  const provider = openProvider("anthropic", { baseUrl: server.url });
  await provider.call(request, { signal: new AbortController().signal });
  return JSON.stringify(server.seen[0]?.body);
}

function marks(body: string): number {
  return body.split('"cache_control":{"type":"ephemeral"}').length - 1;
}

test("the end of a tool loop's conversation is marked for the cache, at every turn once", async () => {
  const first: ModelMessage = { role: "user", content: "Hello?" };
  expect(marks(await bodyOf({}))).toBe(1);
  expect(marks(await bodyOf({ messages: [first, ...TURN] }))).toBe(1);
  expect(marks(await bodyOf({ messages: [first, ...TURN, { role: "user", content: "Again." }] }))).toBe(1);
});

test("a request without a next turn is not marked", async () => {
  expect(marks(await bodyOf({ tools: [] }))).toBe(0);
  expect(marks(await bodyOf({ toolChoice: { tool: "look" } }))).toBe(0);
});

test("a request whose maker decides about the cache has the maker's marks only", async () => {
  expect(marks(await bodyOf({ ownCaching: true }))).toBe(0);
  expect(marks(await bodyOf({ ownCaching: true, cacheSystem: "5m" }))).toBe(1);
});
