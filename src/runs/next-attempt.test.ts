import { describe, expect, test } from "vitest";
import { type FailedAttempt, nextAttempt, type NextAttempt } from "./next-attempt.ts";

const OVERLOAD: FailedAttempt = { model: 0, code: "provider-overloaded", retryable: true };
const ONE = { models: 1, alone: false };
const TWO = { models: 2, alone: false };

/** What follows while every attempt ends in the same fault: "model@wait" for each one after the first. */
function played(fault: Omit<FailedAttempt, "model">, bounds: { models: number; alone: boolean }): string[] {
  const past: FailedAttempt[] = [{ ...fault, model: 0 }];
  const steps: string[] = [];
  for (;;) {
    const next: NextAttempt = nextAttempt(past, bounds);
    if (next.kind === "end") return steps;
    steps.push(`${next.model}@${next.waitMs}`);
    past.push({ ...fault, model: next.model });
  }
}

describe("a fault that may pass", () => {
  test("is tried again twice, each pause twice as long", () => {
    expect(played(OVERLOAD, ONE)).toEqual(["0@1000", "0@2000"]);
  });

  test("is tried for longer where nobody else can do the work", () => {
    expect(played(OVERLOAD, { models: 1, alone: true })).toEqual(["0@1000", "0@2000", "0@4000", "0@8000", "0@16000"]);
  });

  test("goes on to the next model after three attempts, without a pause", () => {
    expect(played(OVERLOAD, { models: 2, alone: true })).toEqual(["0@1000", "0@2000", "1@0", "1@1000", "1@2000"]);
  });

  test("is not tried before the time that the provider named", () => {
    expect(nextAttempt([{ ...OVERLOAD, retryAfterMs: 7_000 }], ONE)).toEqual({
      kind: "again",
      model: 0,
      waitMs: 7_000,
    });
  });

  test("that is a rate limit without a time is left alone for 30 s first", () => {
    const limited = { code: "provider-rate-limited", retryable: true };
    expect(played(limited, ONE)).toEqual(["0@30000", "0@60000"]);
    expect(played(limited, TWO)).toEqual(["0@30000", "1@0", "1@30000", "1@60000"]);
  });

  test("goes on to the next model at once where the provider wants a long pause", () => {
    const limited = { code: "provider-rate-limited", retryable: true, retryAfterMs: 90_000 };
    expect(played(limited, TWO)).toEqual(["1@0", "1@90000", "1@90000"]);
  });

  test("ends where all pauses together would pass five minutes", () => {
    expect(played({ ...OVERLOAD, retryAfterMs: 300_001 }, ONE)).toEqual([]);
    expect(played({ ...OVERLOAD, retryAfterMs: 140_000 }, { models: 1, alone: true })).toEqual([
      "0@140000",
      "0@140000",
    ]);
  });
});

describe("a fault that does not pass", () => {
  test("ends the call", () => {
    expect(played({ code: "provider-rejected", retryable: false }, TWO)).toEqual([]);
    expect(played({ code: "content-refused", retryable: false }, TWO)).toEqual([]);
    expect(played({ code: "provider-auth", retryable: false }, ONE)).toEqual([]);
  });

  test("goes on to the next model where it lies in the key or in the window", () => {
    expect(played({ code: "provider-auth", retryable: false }, TWO)).toEqual(["1@0"]);
    expect(played({ code: "window-overflow", retryable: false }, TWO)).toEqual(["1@0"]);
  });
});
