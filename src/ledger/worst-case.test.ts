import { readFileSync } from "node:fs";
import fc from "fast-check";
import { encode as encodeCl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { encode as encodeO200k } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import type { CatalogModel, ModelPrice } from "../catalog/catalog.ts";
import { nanoUsd } from "../foundation/units.ts";
import { inputBound, textBound } from "./token-bound.ts";
import { priceOfCall, worstCase } from "./worst-case.ts";

const rate = (dollars: number) => nanoUsd(dollars * 1e9);

const price: ModelPrice = {
  input: rate(3),
  output: rate(15),
  cacheRead: rate(0.3),
  cacheWrite5m: rate(3.75),
  cacheWrite1h: rate(6),
  reasoning: rate(15),
  longContext: [],
  batchPermille: 500,
  priorityPermille: 1000,
  version: "test",
  from: "",
};

const ask = (text: string, maxOutputTokens: number) => ({
  system: "",
  messages: [{ role: "user", content: text }],
  tools: [],
  maxOutputTokens,
});

const encoders = [encodeO200k, encodeCl100k];

describe("the bound of a text", () => {
  test("it is never more than the text's bytes", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => textBound(text) <= Buffer.byteLength(text)));
  });

  test("words and white space count less than their bytes, everything else in full", () => {
    expect(textBound("")).toBe(0);
    expect(textBound("abcdefghij")).toBe(7);
    expect(textBound(" \n\t ")).toBe(2);
    expect(textBound("12{}")).toBe(4);
    expect(textBound("漢字")).toBe(6);
  });

  const alphabets: Readonly<Record<string, string>> = {
    "lower case": "abcdefghijklmnopqrstuvwxyz",
    "rare letters": "qxzjvkw",
    base64: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    hex: "0123456789abcdef",
    punctuation: "!@#$%^&*()_+-=[]{}|;:',.<>/?`~\"\\",
    "white space": " \n\t",
    Chinese: "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生",
  };
  for (const [name, alphabet] of Object.entries(alphabets)) {
    test(`it holds for long random text: ${name}`, () => {
      const letters = Array.from(alphabet);
      const text = fc.sample(fc.array(fc.constantFrom(...letters), { minLength: 4000, maxLength: 4000 }), {
        numRuns: 1,
        seed: 7,
      });
      for (const encode of encoders)
        expect(encode(text[0]?.join("") ?? "").length).toBeLessThanOrEqual(textBound(text[0]?.join("") ?? ""));
    });
  }

  test("it holds for source code and prose, and is at most four times too high", () => {
    for (const file of ["ledger.ts", "worst-case.test.ts", "../../package.json"]) {
      const text = readFileSync(new URL(file, import.meta.url), "utf8");
      const real = encodeO200k(text).length;
      expect(textBound(text)).toBeGreaterThanOrEqual(real);
      expect(textBound(text)).toBeLessThan(4 * real);
    }
  });

  test("short requests are bounded too, with what the wire puts around them", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
        for (const encode of encoders) expect(encode(text).length).toBeLessThanOrEqual(inputBound(ask(text, 1)));
      }),
    );
  });

  test("tools, tool calls and results are counted", () => {
    const bare = inputBound(ask("hi", 1));
    const tool = { name: "read", description: "reads", inputSchema: { type: "object" } };
    expect(inputBound({ ...ask("hi", 1), tools: [tool] })).toBeGreaterThan(bare + 600);
    const result = { role: "tool", results: [{ callId: "1", name: "read", output: "1".repeat(1000), failed: false }] };
    expect(inputBound({ ...ask("hi", 1), messages: [...ask("hi", 1).messages, result] })).toBeGreaterThan(bare + 1000);
  });
});

describe("the worst case of a call", () => {
  test("it is the input's bound at the dearest input rate and all of the output", () => {
    const request = ask("abcdefghij", 1000);
    const input = inputBound(request);
    expect(worstCase(request, price)).toEqual({ tokens: input + 1000, nanoUsd: input * 3750 + 1000 * 15_000 });
  });

  test("output is held at the reasoning rate where that is dearer", () => {
    const cheapInput = { ...price, input: nanoUsd(0), cacheRead: nanoUsd(0), cacheWrite5m: nanoUsd(0) };
    expect(worstCase(ask("", 10), { ...cheapInput, reasoning: rate(60) }).nanoUsd).toBe(600_000);
  });

  test("a long-context tier counts as soon as the bound reaches it, and not before", () => {
    const tiered = { ...price, longContext: [{ ...price, aboveInputTokens: 1000, output: rate(100) }] };
    const short = ask("1".repeat(100), 1);
    const long = ask("1".repeat(1000), 1);
    expect(worstCase(short, tiered).nanoUsd).toBe(inputBound(short) * 3750 + 15_000);
    expect(worstCase(long, tiered).nanoUsd).toBe(inputBound(long) * 3750 + 100_000);
  });
});

describe("the price of a call", () => {
  const model = (known: ModelPrice | null): CatalogModel => ({
    id: "m",
    provider: "openai",
    label: "M",
    tier: "small",
    contextWindow: null,
    maxOutputTokens: null,
    price: known,
    aliases: [],
  });
  const dearest = { ...price, version: "assume-max" };

  test("a known price is taken as it is", () => {
    const catalog = { find: () => model(price), dearest: () => dearest };
    expect(priceOfCall(catalog, "openai", "m")).toEqual({ price, assumed: false });
  });

  test("an unknown price is the dearest known one, flagged, and never nothing", () => {
    for (const found of [model(null), undefined]) {
      const priced = priceOfCall({ find: () => found, dearest: () => dearest }, "openai", "m");
      expect(priced).toEqual({ price: dearest, assumed: true });
      expect(worstCase(ask("hi", 1), priced.price).nanoUsd).toBeGreaterThan(0);
    }
  });
});
