import { expect, test } from "vitest";
import { answerWith } from "../../../test/support/translating-server.ts";
import { EMPTY_SEAL, isSeal, openSeal, type Seal, sealAnswer, unsealTurn } from "./seal.ts";

const CALLS = [{ id: "toolu_a_call_9", name: "weather", input: { town: "Bern", days: 2 } }];
const RAW = {
  provider: "anthropic",
  parts: [
    { type: "reasoning", text: "Hm.", providerMetadata: { anthropic: { signature: "c2ln" } } },
    { type: "text", text: "Let me " },
    { type: "text", text: "look." },
    { type: "tool-call", toolCallId: "call_9", toolName: "weather", input: '{"town":"Bern","days":2}' },
  ],
};
const ANSWER = answerWith({
  text: "Let me look.",
  toolCalls: [{ ...CALLS[0], id: "call_9" } as (typeof CALLS)[0]],
  raw: RAW,
});

function sealed(answer: typeof ANSWER): Seal {
  return openSeal(sealAnswer(answer) ?? "") as Seal;
}

test("a turn comes out of its seal as its provider made it, with the ids it gave", () => {
  expect(unsealTurn(sealed(ANSWER), "Let me look.", CALLS)).toEqual({ raw: RAW, ids: ["call_9"] });
});

test("a seal holds neither texts nor inputs that the history has anyway", () => {
  const text = "x".repeat(50_000);
  const raw = { ...RAW, parts: [RAW.parts[0], { type: "text", text }, RAW.parts[3]] };
  expect((sealAnswer({ ...ANSWER, text, raw }) ?? "").length).toBeLessThan(500);
});

test("a turn whose words or calls the client changed is not made what it was", () => {
  expect(unsealTurn(sealed(ANSWER), "Let me look!!", CALLS)).toBe(undefined);
  expect(unsealTurn(sealed(ANSWER), "Let me look.", [])).toBe(undefined);
  expect(unsealTurn(sealed(ANSWER), "Let me look.", [{ id: "1", name: "time", input: {} }])).toBe(undefined);
  expect(unsealTurn(sealed(ANSWER), "Let me look.", [...CALLS, ...CALLS])).toBe(undefined);
});

test("Ollama's thinking goes back as Ollama's", () => {
  const answer = { ...ANSWER, raw: { provider: "ollama", thinking: "Hm." } };
  expect(unsealTurn(sealed(answer), "Let me look.", CALLS)).toEqual({
    raw: { provider: "ollama", thinking: "Hm." },
    ids: ["call_9"],
  });
});

test("a turn that says all in words, or has only the ids of items beside them, needs no seal", () => {
  const parts = [{ type: "text", text: "Hi", providerMetadata: { openai: { itemId: "msg_1" } } }];
  expect(sealAnswer(answerWith({ text: "Hi", raw: { provider: "openai", parts } }))).toBe(undefined);
  expect(sealAnswer(answerWith({ text: "Hi" }))).toBe(undefined);
});

test("what is no seal opens to nothing, whatever it looks like", () => {
  const made = (value: unknown): string => `allot2.${Buffer.from(JSON.stringify(value)).toString("base64url")}`;
  const junk = [
    EMPTY_SEAL,
    "",
    "c2ln",
    "allot2.%%%",
    made(7),
    made(null),
    made({ provider: "anthropic" }),
    made({ provider: "anthropic", parts: [{ type: "text", length: "9" }, { type: "file" }, null] }),
  ];
  for (const text of junk) expect(openSeal(text)).toBe(undefined);
  expect([isSeal(EMPTY_SEAL), isSeal("allot1.e30"), isSeal("c2ln"), isSeal(7)]).toEqual([true, true, false, false]);
});
