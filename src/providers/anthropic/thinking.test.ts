import { expect, test } from "vitest";
import type { ModelRequest } from "../provider.ts";
import { answerTokens, choosesEffort, thinkingBudget } from "./thinking.ts";

const REQUEST: ModelRequest = {
  model: "claude-haiku-4-5-20251001",
  system: "",
  messages: [{ role: "user", content: "Hello?" }],
  tools: [],
  toolChoice: "auto",
  maxOutputTokens: 10_000,
  effort: "medium",
};

test("a budget is a part of the output limit, never beyond it", () => {
  expect(thinkingBudget(REQUEST)).toEqual({ thinking: { type: "enabled", budgetTokens: 4_000 } });
  expect(answerTokens(REQUEST)).toBe(6_000);
  expect(choosesEffort(REQUEST)).toBe(false);
});

test("an output limit too small for thoughts goes to the answer whole", () => {
  const small = { ...REQUEST, maxOutputTokens: 1_500 };
  expect([thinkingBudget(small), answerTokens(small)]).toEqual([{}, 1_500]);
});

test("newer models are told the effort, and models of others nothing", () => {
  const told = (model: string): boolean => choosesEffort({ ...REQUEST, model });
  expect(
    ["claude-opus-4-6", "claude-sonnet-5-5", "claude-haiku-4-5", "claude-3-7-sonnet-20250219", "qwen"].map(told),
  ).toEqual([true, true, false, false, false]);
});

test("a tool that must be called, and a tool turn of another provider, go without thoughts", () => {
  expect(thinkingBudget({ ...REQUEST, toolChoice: "required" })).toEqual({});
  const messages: ModelRequest["messages"] = [
    { role: "user", content: "Hello?" },
    { role: "assistant", content: "", toolCalls: [{ id: "a", name: "look", input: {} }] },
    { role: "tool", results: [{ callId: "a", name: "look", output: "seen", failed: false }] },
  ];
  expect(thinkingBudget({ ...REQUEST, messages })).toEqual({});
});
