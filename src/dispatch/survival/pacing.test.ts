import { describe, expect, test } from "vitest";
import { openSqlitePlace } from "../../../test/support/store-place.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { processIdentity } from "../../foundation/process-identity.ts";
import { openStore } from "../../storage/storage.ts";
import { openSurvival } from "./open-survival.ts";
import { Pace } from "./pacing.ts";
import { GATEWAY, OWN_WORK } from "./policies.ts";
import type { AttemptRecord, Headers, Survival, SurvivalPolicy, Target } from "./survival.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const CLAUDE: Target = { provider: "anthropic", model: "claude" };
const GPT: Target = { provider: "openai", model: "gpt" };

/** So many requests a minute; each provider's way to count and to tell. */
interface Limited {
  ask(now: number): { readonly ok: boolean; readonly headers: Headers };
}

/** The provider's clock is not ours, and its minutes begin elsewhere. */
const SKEW_MS = 97_300;

/** Counts by the minute of its clock, and tells instants. */
function byTheMinute(limit: number): Limited {
  let minute = -1;
  let used = 0;
  return {
    ask(ours) {
      const now = ours + SKEW_MS;
      if (Math.floor(now / 60_000) !== minute) [minute, used] = [Math.floor(now / 60_000), 0];
      const ok = used < limit;
      if (ok) used += 1;
      const reset = (minute + 1) * 60_000;
      const headers = {
        date: new Date(now).toUTCString(),
        "anthropic-ratelimit-requests-limit": String(limit),
        "anthropic-ratelimit-requests-remaining": String(limit - used),
        "anthropic-ratelimit-requests-reset": new Date(reset).toISOString().replace(".000", ""),
        ...(ok ? {} : { "retry-after": String(Math.ceil((reset - now) / 1000)) }),
      };
      return { ok, headers };
    },
  };
}

/** A bucket that refills all the time, and tells durations. */
function byTheBucket(limit: number): Limited {
  let level = limit;
  let at = NOW;
  return {
    ask(now) {
      level = Math.min(limit, level + ((now - at) * limit) / 60_000);
      at = now;
      const ok = level >= 1;
      if (ok) level -= 1;
      const headers = {
        "x-ratelimit-limit-requests": String(limit),
        "x-ratelimit-remaining-requests": String(Math.floor(level)),
        "x-ratelimit-reset-requests": `${(((limit - level) * 60) / limit).toFixed(3)}s`,
      };
      return { ok, headers };
    },
  };
}

interface Load {
  /** Ms after the start at which requests come in. */
  readonly at: readonly number[];
  readonly policy?: SurvivalPolicy;
  readonly latencyMs?: number;
  /** False: the headers are not heard. */
  readonly learns?: boolean;
}

interface Seen {
  readonly refused: number;
  readonly answered: number;
  readonly longestWaitMs: number;
  readonly tookMs: number;
}

async function drive(
  provider: Limited,
  { at, policy = OWN_WORK, latencyMs = 800, learns = true }: Load,
): Promise<Seen> {
  await using place = await openSqlitePlace();
  const clock = new SteppedClock(NOW);
  await using store = await openStore({ ...place.settings, clock });
  await using survival = openSurvival({ store, clock, identity: processIdentity(), random: () => 0.5 });
  let refused = 0;
  let answered = 0;
  let last = NOW;
  const records: AttemptRecord[] = [];
  const one = async (): Promise<void> => {
    const { attempts } = await survival.run(
      { targets: [CLAUDE], policy },
      async ({ target }) => {
        const { ok, headers } = provider.ask(clock.now());
        await clock.sleep(latencyMs);
        if (learns) survival.learn(target, headers);
        if (ok) {
          answered += 1;
          return { kind: "done", value: "", facts: { status: 200 } };
        }
        refused += 1;
        return {
          kind: "fault",
          value: "",
          open: true,
          fault: { code: "provider-rate-limited", kind: "rate-limit", message: "429", status: 429 },
        };
      },
      new AbortController().signal,
    );
    last = clock.now();
    records.push(...attempts);
  };
  const running: Promise<void>[] = [];
  for (const ms of at) {
    await clock.move(NOW + ms - clock.now());
    running.push(one());
  }
  await clock.move(300_000);
  await Promise.all(running);
  return { refused, answered, longestWaitMs: Math.max(...records.map(({ waitedMs }) => waitedMs)), tookMs: last - NOW };
}

/** So many requests a minute, evenly, for so long. */
function steady(aMinute: number, minutes: number): number[] {
  return Array.from({ length: Math.floor(aMinute * minutes) }, (_, index) => Math.round((index * 60_000) / aMinute));
}

describe.each([
  ["counts by the minute", byTheMinute],
  ["refills all the time", byTheBucket],
])("a provider that %s", (_name, open) => {
  test("refuses nothing at a steady 95 % of its limit, and nobody waits for longer than a second", async () => {
    const seen = await drive(open(100), { at: steady(95, 4) });
    expect(seen).toMatchObject({ refused: 0, answered: 380 });
    expect(seen.longestWaitMs).toBeLessThanOrEqual(1_000);
  });

  test("refuses nothing at 95 % that comes in bursts", async () => {
    const bursts = Array.from({ length: 12 }, (_, burst) => Array.from({ length: 19 }, () => burst * 12_000)).flat();
    expect(await drive(open(100), { at: bursts })).toMatchObject({ refused: 0, answered: 228 });
  });

  test("refuses nothing at 95 % of answers that take ten seconds", async () => {
    const seen = await drive(open(100), { at: steady(95, 4), latencyMs: 10_000 });
    expect(seen).toMatchObject({ refused: 0, answered: 380 });
  });

  test("that is asked for more than its limit refuses nothing, as what is too much waits", async () => {
    const at = steady(90, 3);
    const seen = await drive(open(60), { at });
    expect(seen).toMatchObject({ refused: 0, answered: 270 });
    expect(seen.longestWaitMs).toBeGreaterThan(1_000);
    expect((await drive(open(60), { at, learns: false })).refused).toBeGreaterThan(20);
  });
});

describe("the pace of a target", () => {
  const headers = (remaining: number, resetS = 60, limit = 100): Headers => ({
    "x-ratelimit-limit-requests": String(limit),
    "x-ratelimit-remaining-requests": String(remaining),
    "x-ratelimit-reset-requests": `${resetS}s`,
  });

  /** A pace that has heard of so many left. */
  function heard(remaining: number, resetS = 60): Pace {
    const pace = new Pace();
    pace.learn(headers(remaining, resetS), pace.begin(NOW), NOW);
    return pace;
  }

  test("holds nobody while nothing is known, or a tenth is left", () => {
    expect(new Pace().hold(NOW)).toBeUndefined();
    expect(heard(10).hold(NOW)).toBeUndefined();
  });

  test("spreads what is left over the time until the reset, below a tenth", () => {
    const pace = heard(6);
    expect(pace.hold(NOW)).toBeUndefined();
    pace.begin(NOW);
    expect(pace.hold(NOW)).toEqual({ waitMs: 12_000, why: "spread" });
    pace.begin(NOW + 12_000);
    expect(pace.hold(NOW + 12_000)).toEqual({ waitMs: 12_000, why: "spread" });
  });

  test("gives each of those who wait a moment of its own", () => {
    const pace = heard(5);
    pace.begin(NOW);
    const waits: number[] = [];
    for (let hold = pace.hold(NOW); hold?.why === "spread"; hold = pace.hold(NOW)) {
      waits.push(hold.waitMs);
      pace.reserve(hold, NOW);
    }
    expect(waits).toEqual([15_000, 30_000, 45_000, 60_000]);
    expect(pace.hold(NOW)).toEqual({ waitMs: 60_000, why: "out" });
  });

  test("waits for the reset where nothing is left, and takes the limit for whole after it", () => {
    const pace = heard(0, 20);
    expect(pace.hold(NOW + 5_000)).toEqual({ waitMs: 15_000, why: "out" });
    expect(pace.hold(NOW + 20_000)).toBeUndefined();
    for (let sent = 0; sent < 100; sent += 1) pace.begin(NOW + 20_000);
    expect(pace.hold(NOW + 20_000)).toEqual({ waitMs: 60_000, why: "out" });
  });

  test("counts those that began after the request that brought the report", () => {
    const pace = new Pace();
    const first = pace.begin(NOW);
    for (let sent = 0; sent < 30; sent += 1) pace.begin(NOW);
    pace.learn(headers(30), first, NOW + 1_000);
    expect(pace.hold(NOW + 1_000)).toEqual({ waitMs: 60_000, why: "out" });
  });

  test("does not heed a report that a later request's has overtaken", () => {
    const pace = new Pace();
    const [first, second] = [pace.begin(NOW), pace.begin(NOW)];
    pace.learn(headers(0), second, NOW);
    pace.learn(headers(90), first, NOW);
    expect(pace.hold(NOW)).toEqual({ waitMs: 60_000, why: "out" });
  });

  test("reckons tokens by what requests have used lately", () => {
    const pace = new Pace();
    const usage = {
      inputTokens: 300,
      cacheReadTokens: 5_000,
      cacheWrite5mTokens: 200,
      cacheWrite1hTokens: 0,
      outputTokens: 50,
      reasoningTokens: 0,
      estimated: false,
    };
    const left = (tokens: number): Headers => ({
      "anthropic-ratelimit-input-tokens-limit": "10000",
      "anthropic-ratelimit-input-tokens-remaining": String(tokens),
      "anthropic-ratelimit-input-tokens-reset": "2026-11-21T12:00:30Z",
    });
    const number = pace.begin(NOW);
    pace.learn(left(9_000), number, NOW);
    pace.answered(number, usage);
    expect(pace.hold(NOW)).toBeUndefined();
    pace.learn(left(499), pace.begin(NOW), NOW);
    expect(pace.hold(NOW)).toEqual({ waitMs: 30_000, why: "out" });
  });

  test("is closed by three refusals in a row for the time that was named, five minutes at most", () => {
    const pace = new Pace();
    const [first, second, third] = [pace.begin(NOW), pace.begin(NOW), pace.begin(NOW)];
    pace.refused(7_000, first, NOW);
    pace.learn({ "retry-after": "7" }, first, NOW);
    expect(pace.hold(NOW)).toBeUndefined();
    pace.refused(7_000, second, NOW);
    pace.learn({ "retry-after": "7" }, second, NOW);
    expect(pace.hold(NOW)).toBeUndefined();
    pace.refused(3_600_000, third, NOW);
    expect(pace.hold(NOW)).toEqual({ waitMs: 300_000, why: "closed" });
    expect(pace.hold(NOW + 300_000)).toBeUndefined();
  });

  test("is not closed by refusals with an answer between them", () => {
    const pace = new Pace();
    for (let round = 0; round < 5; round += 1) {
      pace.refused(7_000, pace.begin(NOW), NOW);
      pace.answered(pace.begin(NOW), undefined);
    }
    expect(pace.hold(NOW)).toBeUndefined();
  });

  test("that is closed opens by the answer to a request that began since", () => {
    const pace = new Pace();
    const early = pace.begin(NOW);
    pace.learn({ "retry-after": "20" }, undefined, NOW);
    pace.answered(early, undefined);
    expect(pace.hold(NOW)).toEqual({ waitMs: 20_000, why: "closed" });
    pace.answered(pace.begin(NOW), undefined);
    expect(pace.hold(NOW)).toBeUndefined();
  });
});

/** Nothing is left for so long. */
function out(seconds: number): Headers {
  return {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": `${seconds}s`,
  };
}

describe("where the wait is longer than may be waited", () => {
  async function trial(work: (survival: Survival, clock: SteppedClock) => Promise<void>): Promise<void> {
    await using place = await openSqlitePlace();
    const clock = new SteppedClock(NOW);
    await using store = await openStore({ ...place.settings, clock });
    await using survival = openSurvival({ store, clock, identity: processIdentity(), random: () => 0 });
    await work(survival, clock);
  }
  const ask = (survival: Survival, targets: readonly Target[]) =>
    survival.run(
      { targets, policy: GATEWAY },
      async ({ target, insteadOf }) => ({
        kind: "done",
        value: [target.model, insteadOf?.fault.kind],
        facts: { status: 200 },
      }),
      new AbortController().signal,
    );

  test("the next target is asked, and the record says why", () =>
    trial(async (survival) => {
      survival.learn(CLAUDE, out(21));
      const { value, attempts, fellBackWhy } = await ask(survival, [CLAUDE, GPT]);
      expect(value).toEqual(["gpt", "rate-limit"]);
      expect(attempts.map(({ outcome, number }) => [number, outcome])).toEqual([
        [1, "skipped"],
        [2, "answered"],
      ]);
      expect(fellBackWhy).toBe("anthropic/claude: nothing is left of its rate limit for 21 s");
    }));

  test("and nobody else there, it is asked at once: the provider has the word", () =>
    trial(async (survival) => {
      survival.learn(CLAUDE, out(21));
      const { value, attempts } = await ask(survival, [CLAUDE]);
      expect(value).toEqual(["claude", undefined]);
      expect(attempts).toMatchObject([{ outcome: "answered", waitedMs: 0 }]);
    }));

  test("else it is waited out, and the wait is told", () =>
    trial(async (survival, clock) => {
      survival.learn(CLAUDE, out(20));
      const asked = ask(survival, [CLAUDE, GPT]);
      await clock.move(20_000);
      const { value, attempts } = await asked;
      expect(value).toEqual(["claude", undefined]);
      expect(attempts).toMatchObject([{ outcome: "answered", waitedMs: 20_000, startedAt: NOW + 20_000 }]);
    }));

  test("a target that refuses for a while is left for the next at once, and waited for where there is none", () =>
    trial(async (survival, clock) => {
      survival.learn(CLAUDE, { "retry-after": "5" });
      const { value, fellBackWhy } = await ask(survival, [CLAUDE, GPT]);
      expect([value, fellBackWhy]).toEqual([["gpt", "rate-limit"], "anthropic/claude: it refuses for 5 s"]); // prettier-ignore
      const asked = ask(survival, [CLAUDE]);
      await clock.move(5_000);
      expect((await asked).attempts).toMatchObject([{ target: CLAUDE, outcome: "answered", waitedMs: 5_000 }]);
    }));
});
