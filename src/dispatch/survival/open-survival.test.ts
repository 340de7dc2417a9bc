import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openSqlitePlace } from "../../../test/support/store-place.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { AllotError } from "../../foundation/errors.ts";
import { processIdentity } from "../../foundation/process-identity.ts";
import { openStore } from "../../storage/storage.ts";
import { openSurvival } from "./open-survival.ts";
import { GATEWAY, OWN_WORK } from "./policies.ts";
import type { Attempted, AttemptStep, Fault, FaultKind, Survival, SurvivalPlan, Target } from "./survival.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const CLAUDE: Target = { provider: "anthropic", model: "claude" };
const GPT: Target = { provider: "openai", model: "gpt" };
const GEMINI: Target = { provider: "google", model: "gemini" };
const WORKS: Attempted<string> = { kind: "done", value: "yes", facts: { status: 200 } };

function fails(kind: FaultKind, more: Partial<Fault> = {}, open = true): Attempted<string> {
  return { kind: "fault", value: `no: ${kind}`, open, fault: { code: kind, kind, message: `${kind}!`, ...more } };
}

async function opened<T>(work: (survival: Survival, clock: SteppedClock) => Promise<T>): Promise<T> {
  await using place = await openSqlitePlace();
  const clock = new SteppedClock(NOW);
  await using store = await openStore({ ...place.settings, clock });
  await using survival = openSurvival({ store, clock, identity: processIdentity(), random: () => 0 });
  return await work(survival, clock);
}

/** Answers in turn, the last one for ever; keeps the steps. */
function script(...ends: readonly Attempted<string>[]): {
  readonly steps: AttemptStep[];
  readonly attempt: (step: AttemptStep) => Promise<Attempted<string>>;
} {
  const steps: AttemptStep[] = [];
  const attempt = (step: AttemptStep): Promise<Attempted<string>> => {
    steps.push(step);
    return Promise.resolve(ends[Math.min(steps.length, ends.length) - 1]!);
  };
  return { steps, attempt };
}

const plan = (...targets: Target[]): SurvivalPlan => ({ targets, policy: OWN_WORK });
const nobody = new AbortController().signal;

describe("a request", () => {
  test("that is answered at once is one attempt", () =>
    opened(async (survival) => {
      const { steps, attempt } = script(WORKS);
      expect(await survival.run(plan(CLAUDE, GPT), attempt, nobody)).toEqual({
        value: "yes",
        target: CLAUDE,
        attempts: [
          { number: 1, target: CLAUDE, waitedMs: 0, startedAt: NOW, tookMs: 0, outcome: "answered", status: 200 },
        ],
      });
      expect(steps).toEqual([{ target: CLAUDE, number: 1 }]);
    }));

  test("is tried again after a pause, then goes to the next target, and every attempt is told of", () =>
    opened(async (survival, clock) => {
      const { steps, attempt } = script(fails("overload", { status: 529 }), fails("time-out"), WORKS);
      const run = survival.run(plan(CLAUDE, GPT), attempt, nobody);
      await clock.move(499);
      expect(steps).toHaveLength(1);
      await clock.move(1);
      const { value, target, attempts, fellBackWhy } = await run;
      expect([value, target, fellBackWhy]).toEqual(["yes", GPT, "anthropic/claude: time-out!"]);
      expect(attempts).toEqual([
        {
          number: 1,
          target: CLAUDE,
          waitedMs: 0,
          startedAt: NOW,
          tookMs: 0,
          outcome: "overload",
          code: "overload",
          message: "overload!",
        },
        {
          number: 2,
          target: CLAUDE,
          waitedMs: 500,
          startedAt: NOW + 500,
          tookMs: 0,
          outcome: "time-out",
          code: "time-out",
          message: "time-out!",
        },
        {
          number: 3,
          target: GPT,
          waitedMs: 0,
          startedAt: NOW + 500,
          tookMs: 0,
          outcome: "answered",
          status: 200,
        },
      ]);
      expect(steps.map(({ insteadOf }) => insteadOf)).toEqual([
        undefined,
        undefined,
        { target: CLAUDE, fault: { code: "time-out", kind: "time-out", message: "time-out!" } },
      ]);
    }));

  test("says of each target before the one that served why it did not", () =>
    opened(async (survival) => {
      const { steps, attempt } = script(fails("rate-limit"), fails("credentials"), WORKS);
      const { fellBackWhy } = await survival.run(plan(CLAUDE, GPT, GEMINI), attempt, nobody);
      expect(fellBackWhy).toBe("anthropic/claude: rate-limit!; openai/gpt: credentials!");
      expect(steps[2]?.insteadOf?.target).toEqual(GPT);
    }));

  test("waits a named time out where nobody else is there", () =>
    opened(async (survival, clock) => {
      const { steps, attempt } = script(fails("rate-limit", { retryAfterMs: 40_000 }), WORKS);
      const run = survival.run(plan(CLAUDE), attempt, nobody);
      await clock.move(39_999);
      expect(steps).toHaveLength(1);
      await clock.move(1);
      expect((await run).attempts).toMatchObject([
        { outcome: "rate-limit" },
        { outcome: "answered", waitedMs: 40_000 },
      ]);
    }));

  test("waits after a rate limit without a time for the reset that its headers told", () =>
    opened(async (survival, clock) => {
      const { steps, attempt } = script(fails("rate-limit"), WORKS);
      const headers = {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "7s",
      };
      const learning = (step: AttemptStep): Promise<Attempted<string>> => {
        if (step.number === 1) survival.learn(step.target, headers);
        return attempt(step);
      };
      const run = survival.run(plan(CLAUDE), learning, nobody);
      await clock.move(6_999);
      expect(steps).toHaveLength(1);
      await clock.move(1);
      expect((await run).attempts).toMatchObject([{ outcome: "rate-limit" }, { outcome: "answered", waitedMs: 7_000 }]);
    }));

  test("that a gateway's client waits for is not held for a rate limit without a time", () =>
    opened(async (survival) => {
      const { steps, attempt } = script(fails("rate-limit"));
      const { value, attempts } = await survival.run({ targets: [CLAUDE], policy: GATEWAY }, attempt, nobody);
      expect([value, attempts.length, steps.length]).toEqual(["no: rate-limit", 1, 1]);
    }));

  test("is not tried again once its reader was shown a part of the answer", () =>
    opened(async (survival) => {
      const { steps, attempt } = script(fails("network", {}, false), WORKS);
      const { value, attempts } = await survival.run(plan(CLAUDE, GPT), attempt, nobody);
      expect([value, attempts.length, steps.length]).toEqual(["no: network", 1, 1]);
    }));

  test("is stopped while it waits, with its caller's reason, and nothing more is begun", () =>
    opened(async (survival, clock) => {
      const { steps, attempt } = script(fails("overload"), WORKS);
      const caller = new AbortController();
      const run = survival.run(plan(CLAUDE), attempt, caller.signal);
      const ended = run.catch((error: unknown) => error);
      await clock.move(100);
      caller.abort(new AllotError("interrupted", "the client was closed"));
      expect(await ended).toMatchObject({ code: "interrupted", message: "the client was closed" });
      await clock.move(100_000);
      expect(steps).toHaveLength(1);
    }));

  test("whose caller left beforehand is not begun", () =>
    opened(async (survival) => {
      const { steps, attempt } = script(WORKS);
      await expect(survival.run(plan(CLAUDE), attempt, AbortSignal.abort())).rejects.toMatchObject({
        code: "interrupted",
      });
      expect(steps).toEqual([]);
    }));

  test("that has waited is asked, though others have found its one target broken meanwhile", () =>
    opened(async (survival, clock) => {
      const { steps, attempt } = script(fails("rate-limit", { retryAfterMs: 100_000 }), WORKS);
      const run = survival.run(plan(CLAUDE), attempt, nobody);
      await clock.move(99_999);
      const once = { targets: [CLAUDE], policy: { ...OWN_WORK, attemptsEach: 1, totalWaitMs: 0 } };
      const other = script(fails("overload", { retryAfterMs: 60_000 }));
      for (let failure = 0; failure < 5; failure += 1) await survival.run(once, other.attempt, nobody);
      expect([steps.length, survival.breakers().length]).toEqual([1, 1]);
      await clock.move(1);
      expect((await run).value).toBe("yes");
    }));

  test("that has waited goes to the next target where others have found its own broken meanwhile", () =>
    opened(async (survival, clock) => {
      const { attempt } = script(fails("overload", { retryAfterMs: 9_000 }), WORKS);
      const run = survival.run(plan(CLAUDE, GPT), attempt, nobody);
      await clock.move(8_999);
      const once = { targets: [CLAUDE], policy: { ...OWN_WORK, attemptsEach: 1, totalWaitMs: 0 } };
      for (let failure = 0; failure < 4; failure += 1)
        await survival.run(once, script(fails("network")).attempt, nobody);
      await clock.move(1);
      expect((await run).target).toEqual(GPT);
    }));

  test("waits for a time that a provider named to three others in a row, not to one or two", () =>
    opened(async (survival, clock) => {
      const once = { targets: [CLAUDE], policy: { ...OWN_WORK, attemptsEach: 1 } };
      const refused = script(fails("rate-limit", { retryAfterMs: 3_000 }));
      await survival.run(once, refused.attempt, nobody);
      await survival.run(once, refused.attempt, nobody);
      expect((await survival.run(plan(CLAUDE), script(WORKS).attempt, nobody)).attempts[0]?.waitedMs).toBe(0);
      await survival.run(once, refused.attempt, nobody);
      await survival.run(once, refused.attempt, nobody);
      await survival.run(once, refused.attempt, nobody);
      const run = survival.run(plan(CLAUDE), script(WORKS).attempt, nobody);
      await clock.move(3_000);
      expect((await run).attempts).toMatchObject([{ target: CLAUDE, waitedMs: 3_000 }]);
    }));

  test("passes over a window that is no larger, and says so", () =>
    opened(async (survival) => {
      const { attempt } = script(fails("window-overflow"), WORKS);
      const windowOf = ({ model }: Target): number => (model === "gemini" ? 1_000_000 : 200_000);
      const { target, attempts } = await survival.run({ ...plan(CLAUDE, GPT, GEMINI), windowOf }, attempt, nobody);
      expect(target).toEqual(GEMINI);
      expect(attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
        [1, "window-overflow"],
        [2, "skipped"],
        [3, "answered"],
      ]);
    }));

  test("whose attempt throws hands the error on", () =>
    opened(async (survival) => {
      const attempt = (): Promise<Attempted<string>> => Promise.reject(new Error("a bug"));
      await expect(survival.run(plan(CLAUDE, GPT), attempt, nobody)).rejects.toThrow("a bug");
    }));
});

const KINDS: readonly FaultKind[] = [
  "rate-limit",
  "overload",
  "time-out",
  "network",
  "malformed",
  "window-overflow",
  "content-refusal",
  "credentials",
  "rejected",
];

interface Ended {
  readonly kind: FaultKind | "done";
  readonly open: boolean;
  readonly retryAfterMs: number | undefined;
  readonly leaves: boolean;
}

const ended: fc.Arbitrary<Ended> = fc.record({
  kind: fc.constantFrom(...KINDS, "done" as const),
  open: fc.boolean(),
  retryAfterMs: fc.option(fc.integer({ min: 0, max: 200_000 }), { nil: undefined }),
  leaves: fc.boolean(),
});

test("attempts and waits are bounded, and nothing follows an answer, a part that was shown, or a caller that left", () =>
  opened(async (survival, clock) => {
    const policies = fc.record({
      attemptsEach: fc.integer({ min: 1, max: 4 }),
      attemptsInAll: fc.integer({ min: 1, max: 7 }),
      baseMs: fc.integer({ min: 0, max: 5_000 }),
      mostMs: fc.integer({ min: 0, max: 30_000 }),
      rateLimitBaseMs: fc.integer({ min: 0, max: 60_000 }),
      totalWaitMs: fc.integer({ min: 0, max: 120_000 }),
      refusalFallsBack: fc.boolean(),
    });
    const targets = fc.constantFrom([CLAUDE], [CLAUDE, GPT], [CLAUDE, GPT, GEMINI], [GEMINI, CLAUDE]);
    // One survival for all of them: breakers open and limits run out on the way.
    const request = fc.asyncProperty(
      policies,
      targets,
      fc.array(ended, { maxLength: 12 }),
      async (policy, asked, ends) => {
        const caller = new AbortController();
        let over: string | undefined;
        let begun = 0;
        const attempt = ({ target }: AttemptStep): Promise<Attempted<string>> => {
          expect(over).toBeUndefined();
          expect(caller.signal.aborted).toBe(false);
          const end = ends[begun] ?? { kind: "overload", open: true, retryAfterMs: undefined, leaves: false };
          begun += 1;
          if (end.leaves) caller.abort();
          if (end.kind === "done") over = "answered";
          else if (!end.open) over = "shown";
          if (end.retryAfterMs !== undefined) survival.learn(target, { "retry-after-ms": String(end.retryAfterMs) });
          const { kind, open, retryAfterMs } = end;
          return Promise.resolve(
            kind === "done" ? WORKS : fails(kind, retryAfterMs === undefined ? {} : { retryAfterMs }, open),
          );
        };
        const began = clock.now();
        let endedAt: number | undefined;
        const run = survival
          .run({ targets: asked, policy }, attempt, caller.signal)
          .finally(() => (endedAt = clock.now()));
        const settled = run.then(
          (survived) => survived,
          (error: unknown) => error as AllotError,
        );
        await clock.move(policy.totalWaitMs + 1);
        expect(endedAt).toBeDefined();
        const outcome = await settled;
        expect(begun).toBeLessThanOrEqual(policy.attemptsInAll);
        expect((endedAt ?? Number.POSITIVE_INFINITY) - began).toBeLessThanOrEqual(policy.totalWaitMs);
        if (outcome instanceof AllotError) {
          expect([outcome.code, caller.signal.aborted]).toEqual(["interrupted", true]);
          return;
        }
        const made = outcome.attempts.filter((record) => record.outcome !== "skipped");
        expect([begun > 0, made.length]).toEqual([true, begun]);
        expect(outcome.attempts.map(({ number }) => number)).toEqual(outcome.attempts.map((_, index) => index + 1));
        for (const target of asked) {
          expect(made.filter((record) => record.target === target).length).toBeLessThanOrEqual(policy.attemptsEach);
        }
        expect(made.reduce((sum, { waitedMs }) => sum + waitedMs, 0)).toBeLessThanOrEqual(policy.totalWaitMs);
      },
    );
    await fc.assert(request, { numRuns: 500 });
  }));
