import { expect, test } from "vitest";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { isAllotError } from "../../foundation/errors.ts";
import type { CallOptions, ModelAnswer, ModelRequest, Provider } from "../../providers/provider.ts";
import { type CallBounds, withinTime } from "./within-time.ts";

const ANSWER: ModelAnswer = {
  text: "done",
  toolCalls: [],
  finish: "stop",
  usage: {
    inputTokens: 1,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 1,
    reasoningTokens: 0,
    estimated: false,
  },
  model: "m",
  responseId: "",
};

const REQUEST: ModelRequest = {
  model: "m",
  system: "",
  messages: [],
  tools: [],
  toolChoice: "auto",
  maxOutputTokens: 1_000,
};

/** A provider that shows a sign of life at each of the given seconds and answers at the last one, if it is let. */
function trial(signsAtS: readonly number[], answersAtS: number, given: Partial<CallBounds> & { tokens?: number } = {}) {
  const clock = new SteppedClock(1_000_000);
  const asked: { streamed: boolean; aborted: boolean } = { streamed: false, aborted: false };
  const provider: Provider = {
    name: "anthropic",
    capabilities: { canLookup: false, tools: true, images: true },
    async call(_request, { signal, onDelta }: CallOptions) {
      asked.streamed = onDelta !== undefined;
      signal.addEventListener("abort", () => (asked.aborted = true));
      let at = 0;
      for (const second of [...signsAtS, answersAtS]) {
        await clock.sleep((second - at) * 1000, signal);
        at = second;
        onDelta?.({ text: "" });
      }
      return ANSWER;
    },
  };
  let outcome = "";
  const call = withinTime(
    provider,
    { ...REQUEST, maxOutputTokens: given.tokens ?? REQUEST.maxOutputTokens },
    {
      signal: new AbortController().signal,
      onDelta: undefined,
      timeoutMs: 60_000,
      idleMs: 30_000,
      clock,
      ...given,
    },
  ).then(
    ({ text }) => (outcome = text),
    (error: unknown) => (outcome = isAllotError(error) ? `${error.code}: ${error.message}` : String(error)),
  );
  return {
    asked,
    async after(seconds: number): Promise<string> {
      await clock.move(seconds * 1000);
      return outcome;
    },
    call,
  };
}

test("a short answer that is not streamed has its time as a whole", async () => {
  expect(await trial([], 59).after(60)).toBe("done");
  const late = trial([], 3_600);
  expect(await late.after(59)).toBe("");
  expect(await late.after(2)).toBe("provider-timeout: anthropic gave no whole answer within 60000 ms");
  expect(late.asked).toEqual({ streamed: false, aborted: true });
});

test("an answer that may get longer is streamed, and has its time until its first sign only", async () => {
  const signs = Array.from({ length: 20 }, (_, index) => 50 + index * 25);
  const long = trial(signs, 540, { tokens: 1_025 });
  expect(await long.after(500)).toBe("");
  expect(await long.after(41)).toBe("done");
  expect(long.asked.streamed).toBe(true);
});

test("a stream without a first sign ends when its time is over", async () => {
  const silent = trial([], 3_600, { onDelta: () => {} });
  expect(await silent.after(59)).toBe("");
  expect(await silent.after(2)).toBe("provider-timeout: anthropic gave no sign of an answer within 60000 ms");
});

test("a stream that falls silent ends after the idle limit, counted from its last sign", async () => {
  const stalled = trial([1, 20], 3_600, { onDelta: () => {} });
  expect(await stalled.after(49)).toBe("");
  expect(await stalled.after(2)).toBe("provider-timeout: anthropic fell silent for 30000 ms");
  expect(stalled.asked.aborted).toBe(true);
});

test("a stream that never ends is ended after half an hour", async () => {
  const signs = Array.from({ length: 400 }, (_, index) => (index + 1) * 10);
  const endless = trial(signs, 5_000, { onDelta: () => {} });
  expect(await endless.after(1_790)).toBe("");
  expect(await endless.after(20)).toBe("provider-timeout: anthropic was still answering after 1800000 ms");
});

test("who listens is told of every sign", async () => {
  let told = 0;
  await trial([1, 2, 3], 4, { onDelta: () => (told += 1) }).after(5);
  expect(told).toBe(4);
});

test("a caller who leaves ends the call at once", async () => {
  const stop = new AbortController();
  const left = trial([], 3_600, { signal: stop.signal });
  await left.after(1);
  stop.abort(new Error("left"));
  expect(await left.after(0)).toBe("Error: left");
});
