import { expect, test } from "vitest";
import { anthropicReader } from "./anthropic-reader.ts";

test("a compaction that the provider made within a request is billed beside the answer, and counts", () => {
  const raw = {
    input_tokens: 23_000,
    cache_read_input_tokens: 400,
    output_tokens: 1_000,
    iterations: [
      { type: "compaction", input_tokens: 180_000, cache_creation_input_tokens: 50, output_tokens: 3_500 },
      { type: "message", input_tokens: 23_000, cache_read_input_tokens: 400, output_tokens: 1_000 },
    ],
  };
  expect(anthropicReader.usage(raw)).toEqual({
    inputTokens: 203_000,
    cacheReadTokens: 400,
    cacheWrite5mTokens: 50,
    cacheWrite1hTokens: 0,
    outputTokens: 4_500,
    reasoningTokens: 0,
  });
});

test("what an answer does not tell of itself is not made up of its compaction", () => {
  const raw = { output_tokens: 10, iterations: [{ type: "compaction", input_tokens: 9, output_tokens: 1 }] };
  expect(anthropicReader.usage(raw)).toMatchObject({ outputTokens: 11 });
  expect(anthropicReader.usage(raw).inputTokens).toBeUndefined();
});
