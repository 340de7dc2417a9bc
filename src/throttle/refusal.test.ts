import { describe, expect, test } from "vitest";
import { amountText, durationText, refusalText } from "./refusal.ts";
import type { Limit, Refused } from "./throttle.ts";

const NOW = Date.parse("2026-03-10T12:00:00Z");

function refusal(change: Partial<Refused>, limit: Partial<Limit> = {}, held = 0): Refused {
  return {
    kind: "refused",
    why: "level",
    level: "HARD",
    limit: {
      limit: { scope: "session", of: "*", window: "hour", measure: "tokens", amount: 100_000, ...limit },
      scopeKey: limit.scope === "global" ? "global:" : "session:my_session",
      settled: 92_000,
      held,
    },
    shortBy: 0,
    retryAfterMs: 720_000,
    freeAt: NOW + 720_000,
    ...change,
  };
}

describe("a refusal", () => {
  test("by its level says so in the guide's words, then whose limit, how far, when again, and what helps", () => {
    expect(refusalText(refusal({}), NOW)).toBe(
      "Request throttled: HARD. Token limit exceeded. " +
        "Limit session tokens/hour for session my_session: 92,000 tokens of 100,000 tokens used. " +
        "Room again in 12 min (2026-03-10T12:12:00Z) if nothing else is spent. " +
        "What helps: wait; priority high; `allot limits` shows and changes limits.",
    );
  });

  test("for room says how much is missing, and what is held", () => {
    const text = refusalText(
      refusal({ why: "room", level: "NONE", shortBy: 1_500 }, {}, 2_000),
      NOW,
      "claude-haiku-4-5",
    );
    expect(text).toContain("Request throttled: NONE. Token limit exceeded. ");
    expect(text).toContain("94,000 tokens of 100,000 tokens used, 2,000 tokens of it held. ");
    expect(text).toContain("This call may need 1,500 tokens more than is left. ");
    expect(text).toContain("Room again once less is held, else in 12 min (2026-03-10T12:12:00Z) if nothing else");
    expect(text).toContain("What helps: wait; a smaller max_tokens; the cheaper claude-haiku-4-5; ");
  });

  test.each([
    [
      "nanoUsd",
      "Request throttled: CRITICAL. Cost limit exceeded. Limit global usd/month for all sessions: $0.000092 of",
    ],
    [
      "requests",
      "Request throttled: CRITICAL. Request limit exceeded. Limit global requests/month for all sessions: 92,000 requests of",
    ],
  ] as const)("under a limit of %s names that", (measure, start) => {
    const text = refusalText(refusal({ level: "CRITICAL" }, { scope: "global", window: "month", measure }), NOW);
    expect(text.startsWith(start)).toBe(true);
    expect(text).toContain("priority critical");
  });

  test("that no waiting lifts says so", () => {
    const text = refusalText(refusal({ freeAt: null, retryAfterMs: null }), NOW);
    expect(text).toContain("Waiting does not help. What helps: priority high;");
  });

  test("of the guard says what it saw, and how the session goes on", () => {
    const reason = "The same prompt came 10 times in 60 s from session my_session.";
    expect(refusalText(refusal({ why: "stopped", level: "NONE", reason }), NOW)).toBe(
      "Request throttled: NONE. Stopped by the runaway guard. The same prompt came 10 times in 60 s from session my_session. " +
        "What helps: look at what the session does, then `allot limits resume my_session`.",
    );
  });
});

test("amounts and durations are for people", () => {
  const limit = { measure: "nanoUsd" } as const;
  expect([amountText(limit, 4_750_000_000), amountText({ measure: "tokens" }, 84_000)]).toEqual([
    "$4.75",
    "84,000 tokens",
  ]);
  expect([44_001, 89_000, 90_001, 5_340_000, 10_800_000, 11_100_000].map(durationText)).toEqual([
    "45 s",
    "89 s",
    "2 min",
    "89 min",
    "3 h",
    "3 h 5 min",
  ]);
});
