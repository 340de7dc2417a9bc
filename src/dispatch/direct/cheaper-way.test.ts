import { expect, test } from "vitest";
import { openPlainBooks } from "../../../test/support/plain-books.ts";
import type { AvailableProvider } from "../../catalog/choose-models.ts";
import { openCatalog } from "../../catalog/open-catalog.ts";
import { fromUsd } from "../../foundation/units.ts";
import { DEFAULT_THRESHOLDS } from "../../throttle/levels.ts";
import type { Limit } from "../../throttle/throttle.ts";
import { cheaperWay } from "./cheaper-way.ts";
import type { DirectAsk } from "./direct.ts";

const ASK: DirectAsk = {
  id: "call-1",
  provider: "anthropic",
  priority: "normal",
  session: "a",
  request: {
    model: "claude-sonnet-4-5",
    system: "",
    messages: [{ role: "user", content: "Hello!" }],
    tools: [],
    toolChoice: "auto",
    maxOutputTokens: 1_000,
  },
};

const ANTHROPIC: AvailableProvider = { name: "anthropic", why: "" };
const OPENAI: AvailableProvider = { name: "openai", why: "" };
const OLLAMA: AvailableProvider = { name: "ollama", why: "", models: ["llama3:8b"] };
const HOUSE: AvailableProvider = { name: "openai-compatible", why: "", baseUrl: "https://house.test/v1" };
const TOKENS: Limit = { scope: "session", of: "*", window: "hour", measure: "tokens", amount: 100_000 };
const DOLLARS: Limit = { scope: "session", of: "*", window: "hour", measure: "nanoUsd", amount: fromUsd(0.01) };
const OF_SONNET: Limit = { scope: "model", of: "claude-sonnet-4-5", window: "day", measure: "requests", amount: 1 };

async function way(limits: readonly Limit[], available: readonly AvailableProvider[], spend: [string, object][]) {
  const books = openPlainBooks(limits);
  for (const [key, amounts] of spend) books.spend(key, amounts);
  const catalog = openCatalog({ asOf: Date.parse("2026-11-21") });
  return cheaperWay({ catalog, books, thresholds: DEFAULT_THRESHOLDS, available }, ASK);
}

test("a limit of one model leads to the provider's small one", async () => {
  expect(await way([OF_SONNET], [ANTHROPIC], [["model:claude-sonnet-4-5", { requests: 1 }]])).toMatchObject({
    provider: "anthropic",
    model: "claude-haiku-5-5",
  });
});

test("where the dollars that are left do for a small model, it is offered with what it may cost", async () => {
  const found = await way([DOLLARS], [ANTHROPIC, HOUSE], [["session:a", { nanoUsd: fromUsd(0.005) }]]);
  expect(found).toMatchObject({ provider: "anthropic", model: "claude-haiku-5-5" });
  expect(found?.worst).toBeGreaterThan(fromUsd(0.0005));
  expect(found?.worst).toBeLessThan(fromUsd(0.0006));
});

test("where the session has used up its tokens, only a model on this machine is left", async () => {
  const spent: [string, object][] = [["session:a", { tokens: 99_000 }]];
  expect(await way([TOKENS], [ANTHROPIC, OPENAI, OLLAMA], spent)).toEqual({
    provider: "ollama",
    model: "llama3:8b",
    worst: 0,
  });
  expect(await way([TOKENS], [ANTHROPIC, OPENAI], spent)).toBeNull();
});
