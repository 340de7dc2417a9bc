import { expect, test } from "vitest";
import { familyFactor } from "./families.ts";

test.each([
  ["gpt-4o", "openai", 1],
  ["gpt-5.1-codex", "openai", 1],
  ["openai/gpt-4.1-mini", "openai", 1],
  ["o4-mini", "openai", 1],
  ["ollama/gpt-oss:20b", "openai", 1],
  ["gpt-4-turbo", "openai-cl100k", 1.05],
  ["gpt-3.5-turbo", "openai-cl100k", 1.05],
  ["claude-3-5-sonnet-20241022", "claude", 1.3],
  ["claude-opus-4-20250514", "claude", 1.3],
  ["openrouter/anthropic/claude-sonnet-4.5:beta", "claude", 1.3],
  ["claude-opus-4-6", "claude", 1.3],
  ["claude-opus-4-7", "claude-4.7", 1.6],
  ["claude-haiku-5-5", "claude-4.7", 1.6],
  ["claude-5-sonnet", "claude-4.7", 1.6],
  ["claude-sonnet-latest", "claude-4.7", 1.6],
  ["xai/grok-3-mini", "grok-3", 1.02],
  ["grok-4", "grok-4", 1.4],
  ["grok-4-1-fast", "grok-4", 1.4],
  ["grok-code-fast-1", "grok-4", 1.4],
  ["google/gemini-3-pro", "gemini", 1.2],
  ["ollama/gemma3:12b", "gemini", 1.2],
  ["ollama/qwen3-coder:30b", "open-weights", 1.05],
  ["deepseek-chat", "open-weights", 1.05],
  ["mistralai/codestral-2508", "open-weights", 1.05],
  ["ollama/our-coder", "open-weights", 1.05],
  ["our-coder", "unknown", 1.5],
  ["", "unknown", 1.5],
])("%s is counted as %s, times %d", (model, family, factor) => {
  expect(familyFactor(model)).toMatchObject({ family, factor, samples: 0 });
});

test("the provider decides where the name says nothing", () => {
  expect(familyFactor("our-coder", "ollama").family).toBe("open-weights");
  expect(familyFactor("our-coder", "openai-compatible").family).toBe("unknown");
});

test("the bound of a family is never below its factor, and only OpenAI's is known", () => {
  expect(familyFactor("grok-4")).toEqual({
    family: "grok-4",
    factor: 1.4,
    bound: 2,
    perMessage: 8,
    source: "table",
    samples: 0,
  });
  expect(familyFactor("gpt-5")).toMatchObject({ bound: 1.02, source: "known" });
});
