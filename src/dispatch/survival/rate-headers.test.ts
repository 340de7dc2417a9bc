import { describe, expect, test } from "vitest";
import { readRateHeaders } from "./rate-headers.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");

/** Milliseconds until the reset, for a written one. */
function resetMs(reset: string | undefined, more: Record<string, string> = {}): number | undefined {
  const headers = {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "45",
    ...(reset === undefined ? {} : { "x-ratelimit-reset-requests": reset }),
    ...more,
  };
  return readRateHeaders(headers, NOW)?.readings[0]?.resetMs;
}

describe("rate-limit headers", () => {
  test("of Anthropic tell all four limits, with resets as instants", () => {
    const headers = {
      "anthropic-ratelimit-requests-limit": "1000",
      "anthropic-ratelimit-requests-remaining": "999",
      "anthropic-ratelimit-requests-reset": "2026-11-21T12:00:01Z",
      "anthropic-ratelimit-tokens-limit": "90000",
      "anthropic-ratelimit-tokens-remaining": "88000",
      "anthropic-ratelimit-tokens-reset": "2026-11-21T12:00:02Z",
      "anthropic-ratelimit-input-tokens-limit": "80000",
      "anthropic-ratelimit-input-tokens-remaining": "79000",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-21T12:00:03Z",
      "anthropic-ratelimit-output-tokens-limit": "10000",
      "anthropic-ratelimit-output-tokens-remaining": "9000",
      "anthropic-ratelimit-output-tokens-reset": "2026-11-21T12:00:04.500Z",
    };
    expect(readRateHeaders(headers, NOW)).toEqual({
      retryAfterMs: undefined,
      readings: [
        { counted: "requests", limit: 1000, remaining: 999, resetMs: 1_000 },
        { counted: "tokens", limit: 90000, remaining: 88000, resetMs: 2_000 },
        { counted: "input-tokens", limit: 80000, remaining: 79000, resetMs: 3_000 },
        { counted: "output-tokens", limit: 10000, remaining: 9000, resetMs: 4_500 },
      ],
    });
  });

  test("of OpenAI tell requests and tokens, with resets as durations", () => {
    const headers = {
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-limit-tokens": "150000",
      "x-ratelimit-remaining-requests": "59",
      "x-ratelimit-remaining-tokens": "149984",
      "x-ratelimit-reset-requests": "1s",
      "x-ratelimit-reset-tokens": "6m0s",
    };
    expect(readRateHeaders(headers, NOW)?.readings).toEqual([
      { counted: "requests", limit: 60, remaining: 59, resetMs: 1_000 },
      { counted: "tokens", limit: 150000, remaining: 149984, resetMs: 360_000 },
    ]);
  });

  test.each([
    ["120ms", 120],
    ["1s", 1_000],
    ["7.66s", 7_660],
    ["2m59.56s", 179_560],
    ["1h2m3s", 3_723_000],
    ["12", 12_000],
    [String(NOW / 1000 + 30), 30_000],
    [String(NOW + 5_000), 5_000],
    ["2026-11-21T13:00:05+01:00", 5_000],
    ["2026-11-21T11:00:00Z", 0],
  ])("a reset of %s is %i ms away", (written, ms) => {
    expect(resetMs(written)).toBe(ms);
  });

  test.each([undefined, "soon", ""])("a reset of %s is reckoned as an even refill by the minute", (written) => {
    expect(resetMs(written)).toBe(15_000);
  });

  test("an instant is measured against the provider's own clock where it tells the time", () => {
    expect(resetMs("2026-11-21T12:10:10Z", { date: "Sat, 21 Nov 2026 12:10:00 GMT" })).toBe(10_000);
  });

  test.each([
    [{ "retry-after": "20" }, 20_000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "Sat, 21 Nov 2026 12:00:09 GMT" }, 9_000],
    [{ "retry-after-ms": "1500", "retry-after": "2" }, 1_500],
  ])("%j is a time to wait", (headers, ms) => {
    expect(readRateHeaders(headers, NOW)).toEqual({ readings: [], retryAfterMs: ms });
  });

  test.each([
    {},
    { "content-type": "application/json" },
    { "x-ratelimit-remaining-requests": "5" },
    { "x-ratelimit-remaining-requests": "many", "x-ratelimit-limit-requests": "10" },
    { "x-ratelimit-remaining-requests": "0", "x-ratelimit-limit-requests": "0" },
    { "x-ratelimit-remaining-requests": "-1", "x-ratelimit-limit-requests": "10" },
    { "retry-after": "later" },
  ])("%j tell nothing", (headers) => {
    expect(readRateHeaders(headers, NOW)).toBeUndefined();
  });

  test("that stand twice are read once", () => {
    const headers = { "x-ratelimit-remaining-tokens": ["3", "4"], "x-ratelimit-limit-tokens": ["10", "10"] };
    expect(readRateHeaders(headers, NOW)?.readings).toEqual([
      { counted: "tokens", limit: 10, remaining: 3, resetMs: 42_000 },
    ]);
  });
});
