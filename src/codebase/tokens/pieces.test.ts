import { countTokens as countByTokenizer } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { randomFrom } from "../../../test/support/seeded-random.ts";
import { countTokens } from "./count-tokens.ts";
import { pieceEnd } from "./pieces.ts";

function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const end = pieceEnd(text, from);
    pieces.push(text.slice(from, end));
    from = end;
  }
  return pieces;
}

test("code is cut at words with the sign before them, at signs, at three digits and at blanks", () => {
  expect(piecesOf("const fooBar = it's(12345);\n\n  return x")).toEqual([
    "const",
    " foo",
    "Bar",
    " =",
    " it's",
    "(",
    "123",
    "45",
    ");\n\n",
    " ",
    " return",
    " x",
  ]);
});

test("a text beyond ASCII is cut as the expression cuts it, and halves of pairs are pieces too", () => {
  expect(piecesOf("naïve漢字 e\u0301 \ud83d x")).toEqual(["naïve漢字", " e\u0301", " \ud83d", " x"]);
});

test("counts are the tokenizer's own for whatever stands next to what", () => {
  const parts = [
    "a",
    "B",
    "É",
    "漢",
    "'s",
    "'LL",
    "'",
    "1",
    "456",
    "٣",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\u00a0",
    "//",
    "_",
    "-",
  ];
  const more = ["😀", "\u0301", "ǅ", "\ud83d", "\ude00", "\0", "ſ", "<|endoftext|>"];
  const random = randomFrom(7);
  const all = [...parts, ...more];
  for (let round = 0; round < 5_000; round++) {
    const text = Array.from(
      { length: 1 + Math.floor(random() * 12) },
      () => all[Math.floor(random() * all.length)],
    ).join("");
    expect([text, countTokens(text)]).toEqual([text, countByTokenizer(text, { disallowedSpecial: new Set() })]);
  }
});

test("a byte order mark counts two tokens more, because tokenizers do not agree on it", () => {
  expect([countTokens("using"), countTokens("\ufeff"), countTokens("\ufeffusing")]).toEqual([1, 3, 3]);
});
