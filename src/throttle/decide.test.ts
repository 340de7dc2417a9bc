import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide, isPaced, withTimes } from "./decide.ts";
import { DEFAULT_THRESHOLDS } from "./levels.ts";
import { limitsFor, scopeKey } from "./limits.ts";
import {
  type Amounts,
  type Ask,
  type Limit,
  type LimitState,
  MEASURES,
  PRIORITIES,
  type Priority,
  SCOPES,
  WINDOWS,
} from "./throttle.ts";

function stateOf(settled: number, held = 0, limit: Partial<Limit> = {}): LimitState {
  const whole: Limit = { scope: "session", of: "*", window: "hour", measure: "tokens", amount: 100_000, ...limit };
  return { limit: whole, scopeKey: scopeKey(whole.scope, "a"), settled, held };
}

function askFor(priority: Priority, worst: Partial<Amounts> = { tokens: 1 }, clamp?: Ask["clamp"]): Ask {
  const amounts = { tokens: 0, nanoUsd: 0, requests: 0, ...worst };
  return { id: "c1", scopeKeys: ["session:a"], priority, worst: amounts, ...(clamp === undefined ? {} : { clamp }) };
}

/** One word for what happens at so many of 100,000 used: go, warned, queued, blocked, no-room. */
function word(used: number, priority: Priority): string {
  const decision = decide([stateOf(used)], askFor(priority), DEFAULT_THRESHOLDS);
  if (decision.kind === "admitted") return decision.warning === undefined ? "go" : "warned";
  if (decision.kind === "queued") return "queued";
  return decision.why === "level" ? "blocked" : "no-room";
}

describe("at every boundary, each priority", () => {
  // used of 100,000, then low, normal, high, critical
  test.each([
    [69_990, ["go", "go", "go", "go"]],
    [70_000, ["warned", "warned", "warned", "warned"]],
    [79_999, ["warned", "warned", "warned", "warned"]],
    [80_000, ["queued", "warned", "warned", "warned"]],
    [89_999, ["queued", "warned", "warned", "warned"]],
    [90_000, ["blocked", "blocked", "warned", "warned"]],
    [95_000, ["blocked", "blocked", "warned", "warned"]],
    [95_010, ["blocked", "blocked", "blocked", "warned"]],
    [100_000, ["blocked", "blocked", "blocked", "warned"]],
    [120_000, ["blocked", "blocked", "blocked", "warned"]],
  ])("%d of 100,000", (used, expected) => {
    expect(PRIORITIES.map((priority) => word(used, priority))).toEqual(expected);
  });
});

describe("every scope and window", () => {
  const cells = SCOPES.flatMap((scope) =>
    WINDOWS.flatMap((window) => MEASURES.map((measure) => [scope, window, measure] as const)),
  );
  test.each(cells)("%s, %s, %s refuses what does not fit, and takes what fills it", (scope, window, measure) => {
    const limit: Limit = { scope, of: "*", window, measure, amount: 1000 };
    const [applied] = limitsFor({ limits: [limit], thresholds: DEFAULT_THRESHOLDS, timeZone: "UTC" }, [
      scopeKey(scope, "a"),
    ]);
    const state: LimitState = { limit: applied!.limit, scopeKey: applied!.scopeKey, settled: 600, held: 0 };
    expect(decide([state], askFor("normal", { [measure]: 400 }), DEFAULT_THRESHOLDS).kind).toBe("admitted");
    expect(decide([state], askFor("normal", { [measure]: 401 }), DEFAULT_THRESHOLDS)).toMatchObject({
      kind: "refused",
      why: "room",
      limit: { limit },
      shortBy: 1,
    });
    const full = decide([{ ...state, settled: 1000 }], askFor("high", { [measure]: 1 }), DEFAULT_THRESHOLDS);
    expect(full).toMatchObject({ kind: "refused", why: isPaced(state) ? "level" : "room", limit: { limit } });
  });
});

describe("a call", () => {
  test("is decided by the worst of its limits, held and settled together", () => {
    const states = [stateOf(10_000), stateOf(85_000, 6_000, { scope: "global", window: "day" })];
    expect(decide(states, askFor("normal"), DEFAULT_THRESHOLDS)).toMatchObject({
      kind: "refused",
      level: "HARD",
      limit: { scopeKey: "global:" },
    });
  });

  test("is refused by the one limit it does not fit under, whatever room the others have", () => {
    const money = stateOf(0, 0, { measure: "nanoUsd", amount: 5_000 });
    const decision = decide([stateOf(0), money], askFor("normal", { tokens: 10, nanoUsd: 5_001 }), DEFAULT_THRESHOLDS);
    expect(decision).toMatchObject({ kind: "refused", why: "room", level: "NONE", shortBy: 1, limit: money });
  });

  test("of critical priority goes past every limit", () => {
    const decision = decide([stateOf(120_000)], askFor("critical", { tokens: 500_000 }), DEFAULT_THRESHOLDS);
    expect(decision).toMatchObject({ kind: "admitted", level: "CRITICAL", held: { tokens: 500_000 } });
  });

  test("that costs nothing goes on where only money is short, as a free local model does", () => {
    const money = stateOf(5_000, 0, { measure: "nanoUsd", amount: 5_000 });
    expect(decide([stateOf(0), money], askFor("low", { tokens: 10 }), DEFAULT_THRESHOLDS)).toMatchObject({
      kind: "admitted",
      level: "NONE",
    });
  });

  test("under no limit goes", () => {
    expect(decide([], askFor("low"), DEFAULT_THRESHOLDS)).toMatchObject({ kind: "admitted", level: "NONE" });
  });

  test("of low priority that is larger than the limit is refused, not queued for ever", () => {
    expect(decide([stateOf(85_000)], askFor("low", { tokens: 100_001 }), DEFAULT_THRESHOLDS)).toMatchObject({
      kind: "refused",
      why: "room",
      level: "SOFT",
      shortBy: 85_001,
    });
  });

  test("may use a budget to its last token: levels pace only what refills", () => {
    const budget = stateOf(99_000, 0, { scope: "budget", window: "ever" });
    expect(decide([budget], askFor("low", { tokens: 1_000 }), DEFAULT_THRESHOLDS).kind).toBe("admitted");
    expect(decide([budget], askFor("low", { tokens: 1_001 }), DEFAULT_THRESHOLDS)).toMatchObject({ why: "room" });
  });

  test("under a limit of 0 is refused", () => {
    const decision = decide([stateOf(0, 0, { amount: 0 })], askFor("high"), DEFAULT_THRESHOLDS);
    expect(decision).toMatchObject({ kind: "refused", why: "level", level: "CRITICAL" });
  });
});

describe("max_tokens", () => {
  const worstOf = (maxTokens: number): Amounts => ({ tokens: 300 + maxTokens, nanoUsd: 0, requests: 1 });
  const ask = askFor("normal", worstOf(4000), { maxTokens: 4000, leastTokens: 256, worstOf });

  test("is kept where it fits", () => {
    expect(decide([stateOf(50_000)], ask, DEFAULT_THRESHOLDS)).toEqual({
      kind: "admitted",
      level: "NONE",
      held: { tokens: 4300, nanoUsd: 0, requests: 1 },
    });
  });

  test("is made just as small as it must be", () => {
    const limit = { amount: 10_000 };
    expect(decide([stateOf(6_500, 200, limit)], ask, DEFAULT_THRESHOLDS)).toMatchObject({
      kind: "admitted",
      clampedTo: 3000,
      held: { tokens: 3300 },
    });
  });

  test("is not made smaller than is of use; what is short is counted from there", () => {
    const small = { amount: 4_000 };
    expect(decide([stateOf(2_700, 744, small)], ask, DEFAULT_THRESHOLDS)).toMatchObject({ clampedTo: 256 });
    expect(decide([stateOf(2_700, 745, small)], ask, DEFAULT_THRESHOLDS)).toMatchObject({ why: "room", shortBy: 1 });
  });
});

test("a refusal names the limit that has room again last, and never where one never has", () => {
  const hour = stateOf(96_000);
  const day = stateOf(99_000, 0, { window: "day" });
  const refused = decide([hour, day], askFor("high", { tokens: 5_000 }), DEFAULT_THRESHOLDS);
  if (refused.kind !== "refused") throw new Error("it was not refused");
  expect(refused.blocks.map(({ most }) => most)).toEqual([95_000, 95_000]);
  const soon = withTimes(refused, 1_000, ({ state }) => (state === hour ? 61_000 : 31_000));
  expect(soon).toMatchObject({ limit: hour, freeAt: 61_000, retryAfterMs: 60_000 });
  const never = withTimes(refused, 1_000, ({ state }) => (state === hour ? 61_000 : null));
  expect(never).toMatchObject({ limit: day, freeAt: null, retryAfterMs: null });
});

describe("for any limits and any call", () => {
  const limits = fc.record({
    window: fc.constantFrom("hour", "day", "ever" as const),
    scope: fc.constantFrom("session", "global", "budget" as const),
    measure: fc.constantFrom(...MEASURES),
    amount: fc.nat(10_000),
    settled: fc.nat(11_000),
    held: fc.nat(3_000),
  });
  const states = fc.array(
    limits.map(({ settled, held, ...limit }) => stateOf(settled, held, limit)),
    { maxLength: 6 },
  );
  const asks = fc
    .record({
      priority: fc.constantFrom(...PRIORITIES),
      input: fc.nat(2_000),
      maxTokens: fc.integer({ min: 1, max: 5_000 }),
      least: fc.integer({ min: 1, max: 500 }),
      rate: fc.nat(5),
      clamps: fc.boolean(),
    })
    .map(({ priority, input, maxTokens, least, rate, clamps }) => {
      const worstOf = (max: number): Amounts => ({ tokens: input + max, nanoUsd: (input + max) * rate, requests: 1 });
      const clamp = { maxTokens, leastTokens: Math.min(least, maxTokens), worstOf };
      return askFor(priority, worstOf(maxTokens), clamps ? clamp : undefined);
    });
  const fitsAll = (all: readonly LimitState[], amounts: Amounts): boolean =>
    all.every(
      ({ limit, settled, held }) =>
        amounts[limit.measure] === 0 || settled + held + amounts[limit.measure] <= limit.amount,
    );

  test("what is admitted fits under every limit it uses, except critical", () => {
    fc.assert(
      fc.property(states, asks, (all, ask) => {
        const decision = decide(all, ask, DEFAULT_THRESHOLDS);
        if (decision.kind !== "admitted" || ask.priority === "critical") return;
        expect(fitsAll(all, decision.held)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("what is refused for room fits in no form, and a clamp leaves no room for one token more", () => {
    fc.assert(
      fc.property(states, asks, (all, ask) => {
        const decision = decide(all, ask, DEFAULT_THRESHOLDS);
        if (decision.kind === "refused" && decision.why === "room") {
          const least = ask.clamp === undefined ? ask.worst : ask.clamp.worstOf(ask.clamp.leastTokens);
          expect(fitsAll(all, least)).toBe(false);
          expect(decision.shortBy).toBeGreaterThan(0);
        }
        if (decision.kind === "admitted" && decision.clampedTo !== undefined && ask.clamp !== undefined) {
          expect(fitsAll(all, ask.clamp.worstOf(decision.clampedTo + 1))).toBe(false);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("a refusal is lifted once its limits are down at what they let through, and not one unit earlier", () => {
    fc.assert(
      fc.property(states, asks, (all, ask) => {
        const decision = decide(all, ask, DEFAULT_THRESHOLDS);
        if (decision.kind !== "refused" || decision.blocks.some(({ most }) => most < 0)) return;
        const at = (figures: ReadonlyMap<LimitState, number>): string =>
          decide(
            all.map((state) => ({
              ...state,
              settled: figures.get(state) ?? state.settled,
              held: figures.has(state) ? 0 : state.held,
            })),
            ask,
            DEFAULT_THRESHOLDS,
          ).kind;
        const enough = new Map(decision.blocks.map(({ state, most }) => [state, most]));
        expect(at(enough)).toBe("admitted");
        for (const { state, most } of decision.blocks) {
          expect(at(new Map([...enough, [state, most + 1]]))).not.toBe("admitted");
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("deciding moves nothing", () => {
    fc.assert(
      fc.property(states, asks, (all, ask) => {
        const before = structuredClone(all);
        decide(all, ask, DEFAULT_THRESHOLDS);
        expect(all).toEqual(before);
      }),
    );
  });
});
