import type { Headers } from "./survival.ts";

/** What a provider counts. Anthropic's "input" leaves out what was read from a cache. */
export type Counted = "requests" | "tokens" | "input-tokens" | "output-tokens";

/** How much of one limit is left, as an answer's headers say. */
export interface RateReading {
  readonly counted: Counted;
  readonly limit: number;
  readonly remaining: number;
  /** Until the limit is whole again, from when the headers were written. */
  readonly resetMs: number;
}

export interface RateReport {
  readonly readings: readonly RateReading[];
  readonly retryAfterMs: number | undefined;
}

interface Names {
  readonly counted: Counted;
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

/** Sources: the providers' pages on rate limits. The second family is OpenAI's, which most others have taken over. */
const NAMES: readonly Names[] = [
  ...(["requests", "tokens", "input-tokens", "output-tokens"] as const).map((counted) => ({
    counted,
    limit: `anthropic-ratelimit-${counted}-limit`,
    remaining: `anthropic-ratelimit-${counted}-remaining`,
    reset: `anthropic-ratelimit-${counted}-reset`,
  })),
  ...(["requests", "tokens"] as const).map((counted) => ({
    counted,
    limit: `x-ratelimit-limit-${counted}`,
    remaining: `x-ratelimit-remaining-${counted}`,
    reset: `x-ratelimit-reset-${counted}`,
  })),
];

/** The window that limits are said to be of where nobody says more: so many a minute. */
export const MINUTE_MS = 60_000;

/**
 * The rate limits that an answer's headers tell; undefined where they tell nothing. `now`: epoch ms at which they were
 * read. A reset without a time is reckoned as a limit by the minute that refills evenly. Pure.
 */
export function readRateHeaders(headers: Headers, now: number): RateReport | undefined {
  let readings: RateReading[] | undefined;
  for (const names of NAMES) {
    const written = headers[names.remaining];
    if (written === undefined) continue;
    const remaining = amount(one(written));
    const limit = amount(one(headers[names.limit]));
    if (remaining === undefined || limit === undefined || limit <= 0) continue;
    const resetMs = resetIn(one(headers[names.reset]), headers, now) ?? MINUTE_MS * Math.max(0, 1 - remaining / limit);
    (readings ??= []).push({ counted: names.counted, limit, remaining, resetMs });
  }
  const retryAfterMs = retryAfter(headers, now);
  if (readings === undefined && retryAfterMs === undefined) return undefined;
  return { readings: readings ?? [], retryAfterMs };
}

function one(value: Headers[string]): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

function amount(written: string | undefined): number | undefined {
  if (written === undefined || written.trim() === "") return undefined;
  const value = Number(written);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** "1s", "6m0s", "120ms", "1h2m3.5s"; seconds; an instant as RFC 3339 or in seconds or ms of the epoch. */
function resetIn(written: string | undefined, headers: Headers, now: number): number | undefined {
  if (written === undefined) return undefined;
  const plain = amount(written);
  if (plain !== undefined) {
    if (plain > 1e11) return Math.max(0, plain - serverNow(headers, now));
    return plain > 1e9 ? Math.max(0, plain * 1000 - serverNow(headers, now)) : plain * 1000;
  }
  const duration = durationMs(written.trim());
  if (duration !== undefined) return duration;
  const at = Date.parse(written);
  return Number.isFinite(at) ? Math.max(0, at - serverNow(headers, now)) : undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationMs(written: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(written)) return undefined;
  let sum = 0;
  for (const [, figure, unit] of written.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    sum += Number(figure) * (UNIT_MS[unit ?? ""] ?? 0);
  }
  return Math.ceil(sum);
}

/** The provider's own clock, where it tells: an instant of its own is measured against that, not against ours. */
function serverNow(headers: Headers, now: number): number {
  const at = Date.parse(one(headers["date"]) ?? "");
  return Number.isFinite(at) ? at : now;
}

function retryAfter(headers: Headers, now: number): number | undefined {
  const inMs = amount(one(headers["retry-after-ms"]));
  if (inMs !== undefined) return Math.ceil(inMs);
  const written = one(headers["retry-after"]);
  const seconds = amount(written);
  if (written === undefined || seconds !== undefined)
    return seconds === undefined ? undefined : Math.ceil(seconds * 1000);
  const at = Date.parse(written);
  return Number.isFinite(at) ? Math.max(0, at - serverNow(headers, now)) : undefined;
}
