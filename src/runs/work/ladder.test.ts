import { expect, test } from "vitest";
import { nextAgentRung, nextRung, type Attempt, type WorkerTier } from "./ladder.ts";

const ALL: WorkerTier[] = ["exact", "small", "big"];
const refused = (tier: WorkerTier, fingerprint: string, advised = false): Attempt => ({
  tier,
  advised,
  outcome: { kind: "refused", fingerprint },
});

test("the first attempt is made on the task's own tier", () => {
  expect(nextRung("small", [], ALL)).toEqual({ kind: "attempt", tier: "small", evidence: "none" });
});

test("a task for a tier that the run does not have goes to the next dearer one", () => {
  expect(nextRung("small", [], ["exact", "big"])).toEqual({ kind: "attempt", tier: "big", evidence: "none" });
});

test("a model task in a run without models goes to the user", () => {
  expect(nextRung("small", [], ["exact"])).toEqual({
    kind: "user",
    reason: "the task needs a small model and this run has none",
  });
});

test("a first failure goes back to the same worker with its output", () => {
  expect(nextRung("small", [refused("small", "a")], ALL)).toEqual({
    kind: "attempt",
    tier: "small",
    evidence: "failure",
  });
});

test("a second, different failure goes back once more", () => {
  expect(nextRung("small", [refused("small", "a"), refused("small", "b")], ALL)).toEqual({
    kind: "attempt",
    tier: "small",
    evidence: "failure",
  });
});

test("the same failure twice buys advice of the big model", () => {
  expect(nextRung("small", [refused("small", "a"), refused("small", "a")], ALL)).toEqual({
    kind: "attempt",
    tier: "small",
    evidence: "advice",
  });
});

test("a failure seen before the last one counts as the same failure", () => {
  const history = [refused("small", "a"), refused("small", "b"), refused("small", "a")];
  expect(nextRung("small", history, ALL)).toEqual({ kind: "attempt", tier: "small", evidence: "advice" });
});

test("an advised attempt that fails hands over to the big model", () => {
  const history = [refused("small", "a"), refused("small", "a"), refused("small", "c", true)];
  expect(nextRung("small", history, ALL)).toEqual({ kind: "attempt", tier: "big", evidence: "handover" });
});

test("a worker that gives up is not asked again", () => {
  const history: Attempt[] = [{ tier: "small", advised: false, outcome: { kind: "gave-up", reason: "unclear" } }];
  expect(nextRung("small", history, ALL)).toEqual({ kind: "attempt", tier: "big", evidence: "handover" });
});

test("the big model that fails alike twice leaves it to the user", () => {
  const history = [refused("big", "a"), refused("big", "a")];
  expect(nextRung("big", history, ALL)).toEqual({
    kind: "user",
    reason: "the big tier failed the same way again, and no dearer tier is left",
  });
});

test("exact steps that fail are never repeated", () => {
  expect(nextRung("exact", [refused("exact", "a")], ALL)).toEqual({
    kind: "attempt",
    tier: "small",
    evidence: "handover",
  });
  expect(nextRung("exact", [refused("exact", "a")], ["exact"])).toEqual({
    kind: "user",
    reason: "the exact tier did not pass the gates, and no dearer tier is left",
  });
});

test("a reached limit is not answered with a dearer model", () => {
  const history: Attempt[] = [
    {
      tier: "small",
      advised: false,
      outcome: { kind: "broken", code: "limit-reached", reason: "the run's limit of $2 is reached" },
    },
  ];
  expect(nextRung("small", history, ALL)).toEqual({ kind: "user", reason: "the run's limit of $2 is reached" });
});

test("even failures that always change end after eight attempts", () => {
  let distinct = 0;
  const history: Attempt[] = [];
  for (;;) {
    const rung = nextRung("exact", history, ALL);
    if (rung.kind !== "attempt") break;
    history.push(refused(rung.tier, `failure-${distinct++}`, rung.evidence === "advice"));
  }
  expect(history.map(({ tier, advised }) => (advised ? `${tier} advised` : tier))).toEqual([
    "exact",
    "small",
    "small",
    "small",
    "small advised",
    "big",
    "big",
    "big",
  ]);
});

test("an agent's refused result goes back to its session twice, also with the same failure, and then to the user", () => {
  const failure = { kind: "attempt", tier: "small", evidence: "failure" };
  expect(nextAgentRung([])).toEqual({ kind: "attempt", tier: "small", evidence: "none" });
  expect(nextAgentRung([refused("small", "a")])).toEqual(failure);
  expect(nextAgentRung([refused("small", "a"), refused("small", "a")])).toEqual(failure);
  expect(nextAgentRung([refused("small", "a"), refused("small", "a"), refused("small", "b")])).toEqual({
    kind: "user",
    reason: "still refused after 2 fix rounds",
  });
});

test("an agent that came to no end is not asked again", () => {
  const outcome = { kind: "broken" as const, code: "timed-out", reason: "the agent did not end within its time" };
  expect(nextAgentRung([{ tier: "small", advised: false, outcome }])).toEqual({ kind: "user", reason: outcome.reason });
});
