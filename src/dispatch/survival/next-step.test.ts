import { describe, expect, test } from "vitest";
import { faultKindOf } from "./fault-kind.ts";
import { nextStep, type NextStep, type PastAttempt, type StepFacts } from "./next-step.ts";
import { GATEWAY, OWN_WORK } from "./policies.ts";
import type { Fault, FaultKind, SurvivalPolicy, Target } from "./survival.ts";

const TARGETS: readonly Target[] = [
  { provider: "anthropic", model: "a" },
  { provider: "openai", model: "b" },
  { provider: "google", model: "c" },
];

function fault(kind: FaultKind, more: Partial<Fault> = {}): Fault {
  return { code: "", kind, message: kind, ...more };
}

interface Case {
  readonly past: readonly (readonly [target: number, kind: FaultKind, more?: Partial<Fault>])[];
  readonly targets?: number;
  readonly policy?: Partial<SurvivalPolicy>;
  readonly waitedMs?: number;
  /** Not free. */
  readonly closed?: readonly number[];
  readonly resorted?: boolean;
  readonly random?: number;
  readonly windows?: readonly (number | null)[];
}

function after(given: Case): NextStep {
  const targets = TARGETS.slice(0, given.targets ?? 2);
  const { windows } = given;
  const facts: StepFacts = {
    plan: {
      targets,
      policy: { ...OWN_WORK, ...given.policy },
      ...(windows === undefined ? {} : { windowOf: (target: Target) => windows[targets.indexOf(target)] ?? null }),
    },
    past: given.past.map(([target, kind, more]): PastAttempt => ({ target, fault: fault(kind, more) })),
    waitedMs: given.waitedMs ?? 0,
    isFree: (target) => given.closed?.includes(target) !== true,
    resorted: given.resorted ?? false,
    random: () => given.random ?? 0,
  };
  return nextStep(facts);
}

const next = (target: number, resort = false): NextStep => ({ kind: "next", target, resort });
const retry = (target: number, waitMs: number): NextStep => ({ kind: "retry", target, waitMs });
const giveUp = (want: "attempts" | "hope" | "targets"): NextStep => ({ kind: "give-up", want });

describe("first of all", () => {
  test("the target that was asked for is asked", () => {
    expect(after({ past: [] })).toEqual(next(0));
  });

  test("one that is not free is passed over", () => {
    expect(after({ past: [], closed: [0] })).toEqual(next(1));
  });

  test("where none is free the first is asked all the same", () => {
    expect(after({ past: [], closed: [0, 1] })).toEqual(next(0, true));
  });
});

describe.each<FaultKind>(["overload", "time-out", "network", "malformed"])("after %s", (kind) => {
  test("the same target is asked once more, half the first pause later at least", () => {
    expect(after({ past: [[0, kind]] })).toEqual(retry(0, 500));
    expect(after({ past: [[0, kind]], random: 0.999 })).toEqual(retry(0, 1_000));
  });

  test("twice, the next target is asked", () => {
    expect(after({ past: [[0, kind], [0, kind]] })).toEqual(next(1)); // prettier-ignore
  });

  test("twice, and nobody else there, the same is asked a third time after twice the pause, and no fourth", () => {
    const twice = [[0, kind], [0, kind]] as const; // prettier-ignore
    expect(after({ past: twice, targets: 1 })).toEqual(retry(0, 1_000));
    expect(after({ past: [...twice, [0, kind]], targets: 1 })).toEqual(giveUp("targets"));
  });

  test("a named time is waited for in full", () => {
    expect(after({ past: [[0, kind, { retryAfterMs: 7_000 }]] })).toEqual(retry(0, 7_000));
    expect(after({ past: [[0, kind, { retryAfterMs: 7_000 }]], random: 0.5 })).toEqual(retry(0, 7_350));
  });

  test("a named time beyond the longest pause goes to the next target at once", () => {
    expect(after({ past: [[0, kind, { retryAfterMs: 30_001 }]] })).toEqual(next(1));
  });

  test("a pause that does not fit into what is left is not begun", () => {
    expect(after({ past: [[0, kind]], waitedMs: 119_500 })).toEqual(retry(0, 500));
    expect(after({ past: [[0, kind]], waitedMs: 119_501 })).toEqual(next(1));
    expect(after({ past: [[0, kind]], waitedMs: 119_501, targets: 1 })).toEqual(giveUp("targets"));
  });

  test("whose breaker has opened meanwhile, the next target is asked", () => {
    expect(after({ past: [[0, kind]], closed: [0] })).toEqual(next(1));
    expect(after({ past: [[0, kind]], closed: [0], targets: 1 })).toEqual(retry(0, 500));
  });

  test("attempts are kept for the targets that have not been asked", () => {
    const policy = { attemptsEach: 2, attemptsInAll: 4 };
    const past = [[0, kind], [0, kind], [1, kind]] as const; // prettier-ignore
    expect(after({ past, targets: 3, policy })).toEqual(next(2));
    expect(after({ past, targets: 2, policy })).toEqual(retry(1, 500));
  });
});

describe("after a rate limit", () => {
  test("another target is asked at once", () => {
    expect(after({ past: [[0, "rate-limit", { retryAfterMs: 1 }]] })).toEqual(next(1));
  });

  test("and nobody else free, the named time is waited for, and a little more", () => {
    const past = [[0, "rate-limit", { retryAfterMs: 4_000 }]] as const;
    expect(after({ past, targets: 1 })).toEqual(retry(0, 4_000));
    expect(after({ past, closed: [1], random: 0.5 })).toEqual(retry(0, 4_200));
  });

  test("without a time it is 30 s, then 60 s", () => {
    expect(after({ past: [[0, "rate-limit"]], targets: 1 })).toEqual(retry(0, 30_000));
    const twice = [[0, "rate-limit"], [0, "rate-limit"]] as const; // prettier-ignore
    expect(after({ past: twice, targets: 1, waitedMs: 30_000 })).toEqual(retry(0, 60_000));
  });

  test("a time that is longer than what is left is not begun", () => {
    const past = [[0, "rate-limit", { retryAfterMs: 20_001 }]] as const;
    expect(after({ past, targets: 1, policy: GATEWAY })).toEqual(giveUp("targets"));
    expect(after({ past: [[0, "rate-limit"]], targets: 1, policy: GATEWAY })).toEqual(giveUp("targets"));
  });

  test("that would take too long, a target that is not free is asked, once", () => {
    const past = [[0, "rate-limit", { retryAfterMs: 500_000 }]] as const;
    expect(after({ past, closed: [1] })).toEqual(next(1, true));
    expect(after({ past, closed: [1], resorted: true })).toEqual(giveUp("targets"));
  });
});

describe("after a window overflow", () => {
  const past = [[0, "window-overflow"]] as const;

  test("the same target is not asked again", () => {
    expect(after({ past, targets: 1 })).toEqual(giveUp("targets"));
  });

  test.each([
    ["larger", [100, 101, null], 1],
    ["unknown", [100, null, null], 1],
    ["the same, the one after it", [100, 100, 101], 2],
    ["smaller, the one after it", [100, 99, null], 2],
    ["anything where the first one's is unknown", [null, 1, null], 1],
  ])("a window that is %s is asked", (_what, windows, target) => {
    expect(after({ past, targets: 3, windows })).toEqual(next(target));
  });

  test("what is no larger stays passed over when another fault follows", () => {
    const later = [...past, [1, "credentials"]] as const;
    expect(after({ past: later, targets: 3, windows: [100, 200, 100] })).toEqual(giveUp("targets"));
  });
});

describe("what a provider said no to", () => {
  test("rejected: nothing is tried any more", () => {
    expect(after({ past: [[0, "rejected"]] })).toEqual(giveUp("hope"));
    expect(after({ past: [[0, "rejected", { status: 400 }]] })).toEqual(giveUp("hope"));
  });

  test.each([402, 429])("rejected with %i, as the account has no money: another's may have some", (status) => {
    expect(after({ past: [[0, "rejected", { status }]] })).toEqual(next(1));
  });

  test("refused credentials: the next target, never the same again", () => {
    expect(after({ past: [[0, "credentials"]] })).toEqual(next(1));
    expect(after({ past: [[0, "credentials"]], targets: 1 })).toEqual(giveUp("targets"));
  });

  test("refused content: the next target only where that is allowed", () => {
    expect(after({ past: [[0, "content-refusal"]] })).toEqual(giveUp("hope"));
    expect(after({ past: [[0, "content-refusal"]], policy: { refusalFallsBack: true } })).toEqual(next(1));
  });
});

test("when the attempts are used up nothing more is tried, whoever is left", () => {
  const past = Array.from({ length: 6 }, (_, index) => [index < 3 ? 0 : 1, "network"] as const);
  expect(after({ past, targets: 3 })).toEqual(giveUp("attempts"));
});

test.each<[string, FaultKind]>([
  ["provider-rate-limited", "rate-limit"],
  ["provider-overloaded", "overload"],
  ["provider-timeout", "time-out"],
  ["provider-unreachable", "network"],
  ["provider-cut", "network"],
  ["provider-malformed", "malformed"],
  ["window-overflow", "window-overflow"],
  ["content-refused", "content-refusal"],
  ["provider-auth", "credentials"],
  ["provider-not-configured", "credentials"],
  ["provider-rejected", "rejected"],
  ["limit-reached", "rejected"],
  ["interrupted", "rejected"],
  ["no code of ours", "rejected"],
])("%s is a fault of kind %s", (code, kind) => {
  expect(faultKindOf(code)).toBe(kind);
});
