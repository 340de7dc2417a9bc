import { expect, test } from "vitest";
import type { LimitLine } from "../../../app/figures/limits-report.ts";
import { hookAnswer } from "./hook-answer.ts";

const LINE: LimitLine = {
  name: "usd/day",
  scope: "session",
  of: "s1",
  window: "day",
  measure: "usd",
  limit: 50,
  used: 37,
  held: 0.5,
  share: 0.7599,
  level: "WARNING",
  resets_at: "2030-01-02T16:20:00.000Z",
  caps: "*",
  origin: "default",
};

test("a prompt near a limit is warned of, to the user and to the model", () => {
  expect(hookAnswer("UserPromptSubmit", { limit: LINE, stops: false })).toEqual({
    systemMessage: "allot: session s1 at 75% of $50 per day (WARNING); it frees up, from 16:20 UTC on",
    hookSpecificOutput: {
      hookEventName: "UserPromptSubmit",
      additionalContext: expect.stringContaining("hand well-defined work over") as string,
    },
  });
});

test("a tool call near a limit is not commented on", () => {
  expect(hookAnswer("PreToolUse", { limit: LINE, stops: false })).toBeUndefined();
  expect(hookAnswer("PreToolUse", undefined)).toBeUndefined();
});

test("at a limit of all sessions the turn ends with the limit's name", () => {
  const limit: LimitLine = { ...LINE, scope: "global", of: "", share: 0.93, level: "HARD", resets_at: null };
  expect(hookAnswer("PreToolUse", { limit, stops: true })).toEqual({
    continue: false,
    stopReason:
      "allot: all sessions at 93% of $50 per day (HARD); calls are refused until it frees up. See: allot limits",
  });
});
