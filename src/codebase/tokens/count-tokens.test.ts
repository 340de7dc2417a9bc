import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { countTokens as countByTokenizer } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import { countTokens } from "./count-tokens.ts";

const AS_TEXT = { disallowedSpecial: new Set<string>() };

test("counts are literal: code, prose, a special token as the text that it is, nothing", () => {
  expect(countTokens("export function add(a: number, b: number): number {\n  return a + b;\n}\n")).toBe(20);
  expect(countTokens("The quick brown fox jumps over the lazy dog.")).toBe(10);
  expect(countTokens("<|endoftext|>")).toBe(7);
  expect(countTokens("")).toBe(0);
});

/** What pieces are made of and what joins them; no run becomes long enough to be cut. */
const bit = fc.oneof(
  fc.constantFrom(
    "\n",
    "\r\n",
    " ",
    "\t",
    "\u00a0",
    "/",
    "//",
    "'s",
    "'LL",
    "_",
    "#",
    "```",
    "a",
    "B",
    "é",
    "漢",
    "٣",
    "12",
  ),
  fc.constantFrom("\uFEFF", "\u0301", "😀", "👩‍👩‍👧", "\ud83d", "<|endoftext|>", "<|im_start|>"),
  fc.string({ maxLength: 6 }),
  fc.string({ unit: "binary", maxLength: 4 }),
);

test("no text is counted below the tokenizer's own count, and without a byte order mark all are exact", () => {
  fc.assert(
    fc.property(fc.array(bit, { maxLength: 40 }), (bits) => {
      const text = bits.join("");
      const truth = countByTokenizer(text, AS_TEXT);
      const counted = countTokens(text);
      expect(counted).toBeGreaterThanOrEqual(truth);
      if (!text.includes("\uFEFF")) expect(counted).toBe(truth);
    }),
    { numRuns: 2000 },
  );
});

test("runs without a break are never below it, and not far above it", () => {
  const run = fc.tuple(
    fc.constantFrom("a", "Z", " ", "\n", "=", "-=", "漢字", "é", " \n", "/\n", "ab", "!\u0301"),
    fc.integer({ min: 200, max: 900 }),
  );
  fc.assert(
    fc.property(fc.array(run, { minLength: 1, maxLength: 3 }), (runs) => {
      const text = runs.map(([sign, times]) => sign.repeat(times)).join("");
      const truth = countByTokenizer(text, AS_TEXT);
      expect(countTokens(text)).toBeGreaterThanOrEqual(truth);
      expect(countTokens(text)).toBeLessThanOrEqual(truth * 1.3 + 10);
    }),
    { numRuns: 60 },
  );
});

test("a text that ends a line and one that begins with a sign count together what they count apart", () => {
  fc.assert(
    fc.property(fc.array(bit, { maxLength: 20 }), fc.array(bit, { maxLength: 20 }), (one, other) => {
      const before = `${one.join("")}x\n`;
      const after = `#${other.join("")}`;
      expect(countTokens(before + after)).toBe(countTokens(before) + countTokens(after));
    }),
    { numRuns: 1000 },
  );
});

describe("hostile texts take linear time", () => {
  test.each([
    ["200,000 line ends", "\n".repeat(200_000)],
    ["200,000 blanks", " ".repeat(200_000)],
    ["blanks and line ends", " \n".repeat(100_000)],
    ["signs and line ends", "/\n".repeat(100_000)],
    ["signs and marks", "!!\u0301".repeat(70_000)],
    ["50,000 Chinese characters", "漢".repeat(50_000)],
    ["1.25 MB on a line", 'f("abc",{d:1});'.repeat(83_000)],
    ["a megabyte of one letter", "A".repeat(1_000_000)],
    ["base64", Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 7919) % 251)).toString("base64")],
    ["special tokens", "<|endoftext|>".repeat(20_000)],
    ["20 MB of blanks", " ".repeat(20_000_000)],
  ])("%s", (_name, text) => {
    const began = process.cpuUsage();
    expect(countTokens(text)).toBeGreaterThan(0);
    const { user, system } = process.cpuUsage(began);
    // The tokenizer takes 9 to 44 seconds for most of these.
    expect(user + system).toBeLessThan(5_000_000);
  });
});

test("a worker thread counts the same", async () => {
  const place = JSON.stringify(new URL("./count-tokens.ts", import.meta.url).href);
  const worker = new Worker(
    `import(${place}).then(({ countTokens }) => require("node:worker_threads").parentPort.postMessage(countTokens("return a + b;")))`,
    { eval: true },
  );
  const counted = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  await worker.terminate();
  expect(counted).toBe(countTokens("return a + b;"));
});
