import { expect, test } from "vitest";
import { openCatalog } from "../../catalog/open-catalog.ts";
import type { UsageRecord } from "../../transcripts/transcripts.ts";
import { priceUsage } from "./price-usage.ts";

const NOW = Date.parse("2026-11-21T00:00:00Z");
const catalog = openCatalog({
  asOf: NOW,
  overrides: {
    "house-model": {
      provider: "openai",
      input: 1,
      output: 10,
      cacheRead: 0.1,
      cacheWrite5m: 1.25,
      cacheWrite1h: 2,
    },
  },
});

const RECORD: UsageRecord = {
  agent: "codex",
  id: "a",
  requestId: null,
  responseId: null,
  session: "s1",
  parentSession: null,
  isSubagent: false,
  provider: "openai",
  plan: null,
  project: null,
  model: "house-model",
  at: NOW,
  inputTokens: 1000,
  cacheReadTokens: 1000,
  cacheWrite5mTokens: 1000,
  cacheWrite1hTokens: 1000,
  outputTokens: 1000,
  reasoningTokens: 400,
  file: "f",
  line: 1,
};

test("each class of tokens has its own rate; writes for an hour are dearer than those for five minutes", () => {
  // $1 + $0.10 + $1.25 + $2 + $10 a million, a thousand of each.
  expect(priceUsage(catalog, [RECORD])[0]?.cost).toBe(14_350_000);
});

test("a provider that nobody knows is looked over: the model's name decides", () => {
  expect(priceUsage(catalog, [{ ...RECORD, provider: "gw" }])[0]?.cost).toBe(14_350_000);
});

test("an unknown model has no price, and no name has none", () => {
  const priced = priceUsage(catalog, [
    { ...RECORD, model: "model-of-next-year" },
    { ...RECORD, model: "" },
  ]);
  expect(priced.map(({ cost, covered }) => [cost, covered])).toEqual([
    [null, false],
    [null, false],
  ]);
});

test("what a plan pays is $0, also where the model is unknown; who is covered can be stated", () => {
  const planned = { ...RECORD, plan: "plus", model: "model-of-next-year" };
  expect(priceUsage(catalog, [planned])[0]).toMatchObject({ cost: 0, covered: true });
  expect(priceUsage(catalog, [planned], [])[0]).toMatchObject({ cost: null, covered: false });
  expect(priceUsage(catalog, [RECORD], ["codex"])[0]).toMatchObject({ cost: 0, covered: true });
  expect(priceUsage(catalog, [RECORD], ["claude-code"])[0]).toMatchObject({ cost: 14_350_000, covered: false });
});
