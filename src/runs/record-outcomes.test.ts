import { expect, test } from "vitest";
import { openDetector } from "../routing/detector/detector.ts";
import { lessonsOf, typeOfTask } from "./record-outcomes.ts";
import type { AttemptRecord, RunModel } from "./run.ts";

const SMALL: RunModel = { provider: "anthropic", id: "claude-haiku-5-5", label: "Claude Haiku 5.5" };
const BIG: RunModel = { provider: "anthropic", id: "claude-sonnet-5-5", label: "Claude Sonnet 5.5" };
const SPEC = { id: "20261121-143002-7kq2", repo: "/repo", small: SMALL, big: BIG };

function attempts(...tiers: readonly AttemptRecord["tier"][]): readonly AttemptRecord[] {
  return tiers.map((tier, index) => ({
    round: index + 1,
    tier,
    model: tier,
    evidence: "none",
    outcome: "refused",
    why: "",
    rev: undefined,
  }));
}

function ends(tiers: readonly AttemptRecord["tier"][], kind: "accepted" | "escalated") {
  return lessonsOf(SPEC, { number: 3, kind, attempts: attempts(...tiers) }, "ui", "ann", 7).map(
    (lesson) => `${lesson.model} ${lesson.kind}`,
  );
}

test("a model whose first try was accepted is remembered as accepted", () => {
  expect(ends(["small"], "accepted")).toEqual(["claude-haiku-5-5 accepted"]);
});

test("a model that needed a second try is remembered as redone", () => {
  expect(ends(["small", "small"], "accepted")).toEqual(["claude-haiku-5-5 redone"]);
});

test("a model that handed over to the big one is remembered as escalated, the big one by its own end", () => {
  expect(ends(["small", "small", "big"], "accepted")).toEqual([
    "claude-haiku-5-5 escalated",
    "claude-sonnet-5-5 accepted",
  ]);
});

test("where the user had to decide, every model that tried is remembered as escalated", () => {
  expect(ends(["small", "big"], "escalated")).toEqual(["claude-haiku-5-5 escalated", "claude-sonnet-5-5 escalated"]);
});

test("exact steps teach nothing, because no model did them", () => {
  expect(ends(["exact"], "accepted")).toEqual([]);
});

test("a lesson of a run holds no words of the plan, and the same end has the same id", () => {
  const task = { number: 3, kind: "accepted", attempts: attempts("small") } as const;
  const [first] = lessonsOf(SPEC, task, "ui", "ann", 7);
  const [again] = lessonsOf(SPEC, task, "ui", "ann", 9);
  expect(first).toMatchObject({ features: [], repo: "/repo", user: "ann", type: "ui" });
  expect(again?.id).toBe(first?.id);
});

test("a mini-task is of the type of its title, else of the goal, else coding", () => {
  const detector = openDetector();
  const types = [
    typeOfTask("Write unit tests for the parser module", "Write a README for this project", detector),
    typeOfTask("Step two", "Write a README for this project", detector),
    typeOfTask("Step two", "", detector),
  ];
  expect(types).toEqual(["testing", "documentation", "coding"]);
});
