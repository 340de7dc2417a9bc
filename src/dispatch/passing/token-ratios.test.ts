import { expect, test } from "vitest";
import { TokenRatios } from "./token-ratios.ts";

const usage = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  reasoningTokens: 0,
  estimated: false,
});

test("a model's own tokens by bytes and letters are learnt from what it told, and no other's", () => {
  const ratios = new TokenRatios();
  expect([ratios.input("a", 1_000), ratios.output("a", 1_000)]).toEqual([undefined, undefined]);
  ratios.learn("a", 1_000, 400, usage(300, 100));
  expect([ratios.input("a", 2_000), ratios.output("a", 40)]).toEqual([600, 10]);
  expect([ratios.input("b", 1_000), ratios.output("b", 1_000)]).toEqual([undefined, undefined]);
});

test("a request is reckoned from the one nearest in size; what no text can weigh does not grow with it", () => {
  const ratios = new TokenRatios();
  ratios.learn("a", 1_000, 0, usage(300, 1));
  ratios.learn("a", 100_000, 0, usage(20_000, 1));
  expect([ratios.input("a", 1_100), ratios.input("a", 110_000), ratios.input("a", 10)]).toEqual([330, 22_000, 3]);
  // Three thousand tokens in a hundred bytes: all but a few of them come from elsewhere.
  ratios.learn("b", 100, 0, usage(3_000, 1));
  expect([ratios.input("b", 120), ratios.input("b", 20)]).toEqual([3_005, 2_980]);
});

test("an answer whose text was not looked at teaches the input only", () => {
  const ratios = new TokenRatios();
  ratios.learn("a", 1_000, undefined, usage(300, 100));
  expect([ratios.input("a", 1_000), ratios.output("a", 1_000)]).toEqual([300, undefined]);
});

test("the text of the first answers is wanted, and then of one in sixty-four", () => {
  const ratios = new TokenRatios();
  const wanted: number[] = [];
  for (let answer = 0; answer < 200; answer += 1) {
    const isWanted = ratios.wantsText("a");
    if (isWanted) wanted.push(answer);
    ratios.learn("a", 1_000, isWanted ? 400 : undefined, usage(300, 100));
  }
  expect(wanted).toEqual([0, 1, 2, 3, 4, 69, 134, 199]);
});

test("tokens take up as many letters as the model's do, or four each where nothing is known", () => {
  const ratios = new TokenRatios();
  expect(ratios.letters("a", 50)).toBe(200);
  ratios.learn("a", 1_000, 300, usage(300, 100));
  expect(ratios.letters("a", 50)).toBeCloseTo(150);
});
