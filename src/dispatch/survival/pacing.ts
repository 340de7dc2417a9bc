import type { TokenUsage } from "../../providers/provider.ts";
import { ByTarget } from "./by-target.ts";
import { type Counted, MINUTE_MS, type RateReading, readRateHeaders } from "./rate-headers.ts";
import type { Headers, Target } from "./survival.ts";

/*
 * Pacing ahead of the providers' rate limits, by what their answers say is left of them: with less than a tenth left the
 * requests are spread over the time until the limit is whole again; with nothing left they wait for that time.
 *
 * Invariants: what is left is never taken for more than the last report says, less all that began after the request that
 * brought it (a provider counts a request when it comes in); a report that is overtaken by a later request's is not
 * heeded; no wait is longer than the caller can bear. Each process paces what it sends itself; what others use of the
 * same limit shows in the reports.
 *
 * Rejected: limits of our own per provider (they change by account and by day, the headers tell them), a token bucket that
 * guesses the refill (providers count by fixed windows as well; until the reset nothing is taken for granted).
 */

/** Below this share of a limit requests are spread. */
const SPREAD_BELOW = 0.1;
/** A provider that names a longer time is asked again before: it may have been meant for one request. */
const LONGEST_CLOSED_MS = 300_000;
/** Weight of the newest request in the tokens that one is reckoned to use. */
const NEWEST = 0.2;

/** Refusals in a row by which a named time holds for all: one or two may have been meant for large requests. */
const REFUSALS_TO_CLOSE = 3;

/**
 * How long a request is to wait. out: nothing is left of a limit. closed: the provider refuses, and has said for how long. spread:
 * it would go through, but earlier than is good for the others.
 */
export interface Hold {
  readonly waitMs: number;
  readonly why: "out" | "closed" | "spread";
}

interface Meter extends Pick<RateReading, "counted" | "limit"> {
  remaining: number;
  resetAt: number;
  /** Requests that had begun when the one began that brought the report. */
  begun: number;
}

/** What is known of one target's limits. */
export class Pace {
  /** Requests that have begun, ever. */
  #begun = 0;
  /** Requests that wait for a moment they were given. */
  #waiting = 0;
  #meters: Meter[] = [];
  /** The request that brought the last report. */
  #reported = 0;
  #closedUntil = 0;
  #closedBy = 0;
  /** The request that was refused last, and how many have been since one was answered. */
  #refused = 0;
  #refusals = 0;
  #givenAt = Number.NEGATIVE_INFINITY;
  readonly #used: Record<Counted, number> = { requests: 1, tokens: 1, "input-tokens": 1, "output-tokens": 1 };

  get isIdle(): boolean {
    return this.#meters.length === 0 && this.#closedUntil === 0;
  }

  /** A request begins now; answers its number. */
  begin(now: number): number {
    if (this.#meters.length > 0) this.#givenAt = Math.max(this.#givenAt, now);
    return (this.#begun += 1);
  }

  /** How a request must be held; undefined: not at all. */
  hold(now: number): Hold | undefined {
    if (this.#closedUntil > now) return { waitMs: Math.ceil(this.#closedUntil - now), why: "closed" };
    this.#closedUntil = 0;
    let out = 0;
    let spread = 0;
    for (const meter of this.#meters) {
      if (meter.resetAt <= now) this.#refill(meter, now);
      const each = this.#used[meter.counted];
      const left = meter.remaining - (this.#begun - meter.begun + this.#waiting) * each;
      if (left < each) out = Math.max(out, meter.resetAt);
      else if (left < meter.limit * SPREAD_BELOW) spread = Math.max(spread, this.#nextAt(meter, left / each, now));
    }
    if (out > now) return { waitMs: Math.ceil(out - now), why: "out" };
    return spread > now ? { waitMs: Math.ceil(spread - now), why: "spread" } : undefined;
  }

  /** Takes the moment that `hold` gave; `release` once it has come. */
  reserve({ waitMs, why }: Hold, now: number): () => void {
    if (why !== "spread") return () => {};
    this.#givenAt = now + waitMs;
    this.#waiting += 1;
    return () => {
      this.#waiting -= 1;
    };
  }

  /** What an answer's headers say, brought by the request of that number; undefined: it is not known by which. */
  learn(headers: Headers, number: number | undefined, now: number): void {
    const report = readRateHeaders(headers, now);
    if (report === undefined) return;
    const by = number ?? this.#begun;
    if (report.retryAfterMs !== undefined) {
      if (number === undefined) this.#close(report.retryAfterMs, now);
      else this.refused(report.retryAfterMs, number, now);
    }
    if (report.readings.length === 0 || by < this.#reported) return;
    this.#reported = by;
    this.#meters = report.readings.map(({ counted, limit, remaining, resetMs }) => ({
      counted,
      limit,
      remaining,
      resetAt: now + resetMs,
      begun: by,
    }));
  }

  /** The provider refused the request of that number, and named a time. */
  refused(ms: number, number: number, now: number): void {
    // The same answer may be told of twice: by its headers, and as a fault.
    if (number !== this.#refused) this.#refusals += 1;
    this.#refused = Math.max(this.#refused, number);
    if (this.#refusals >= REFUSALS_TO_CLOSE) this.#close(ms, now);
  }

  /** The request of that number was answered well. */
  answered(number: number, usage: TokenUsage | undefined): void {
    if (number !== this.#refused) this.#refusals = 0;
    // One that began earlier says nothing of the time since.
    if (this.#closedUntil > 0 && number > this.#closedBy) this.#closedUntil = 0;
    if (usage === undefined || this.#meters.length === 0) return;
    const input = usage.inputTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
    this.#use("input-tokens", input);
    this.#use("output-tokens", usage.outputTokens);
    this.#use("tokens", input + usage.cacheReadTokens + usage.outputTokens);
  }

  #close(ms: number, now: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, now + Math.min(ms, LONGEST_CLOSED_MS));
    this.#closedBy = this.#begun;
  }

  #use(counted: Counted, tokens: number): void {
    const known = this.#used[counted];
    this.#used[counted] = Math.max(1, known === 1 ? tokens : known + NEWEST * (tokens - known));
  }

  /** The limit is whole again; until a report tells more, it is taken for one by the minute. */
  #refill(meter: Meter, now: number): void {
    meter.remaining = meter.limit;
    meter.begun = this.#begun;
    meter.resetAt = now + MINUTE_MS;
  }

  /** With so many requests left until the reset: when the next may go, evenly spread after the last. */
  #nextAt({ resetAt }: Meter, left: number, now: number): number {
    const from = Math.max(now, this.#givenAt);
    const interval = Math.max(0, resetAt - from) / left;
    return Math.min(resetAt, this.#givenAt + interval);
  }
}

/** The paces of all targets. */
export class Pacing {
  readonly #paces = new ByTarget(
    () => new Pace(),
    (pace) => pace.isIdle,
  );

  of(target: Target): Pace {
    return this.#paces.of(target);
  }
}

/**
 * A target as one attempt is given it. It carries the attempt's number among all of its target, so that the headers which
 * the attempt brings can be placed in the order of requests.
 */
export class AskedTarget implements Target {
  readonly provider: Target["provider"];
  readonly model: string;
  readonly #number: number;

  constructor({ provider, model }: Target, number: number) {
    this.provider = provider;
    this.model = model;
    this.#number = number;
  }

  static numberOf(target: Target): number | undefined {
    return #number in target ? target.#number : undefined;
  }
}
