import { expect, test } from "vitest";
import { displayWidth } from "../../foundation/table.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { PlannedTask, RunEvent } from "../../runs/events.ts";
import { paint } from "./colour.ts";
import { frame, numbers } from "./frame.ts";
import { EMPTY_PICTURE, fold, resumed } from "./run-state.ts";

const planned = (number: number, title: string, tier: PlannedTask["tier"] = "small"): PlannedTask => ({
  number,
  title,
  tier,
  model: tier === "exact" ? "exact steps" : "Claude Haiku 5.5",
  dependsOn: Array.from({ length: number - 1 }, (_, index) => index + 1),
  inputTokens: 3000,
  outputTokens: 800,
  cost: nanoUsd(700_000),
  seconds: 18,
});

const started: RunEvent = {
  kind: "run-started",
  run: "20261121-143002-7kq2",
  goal: "Add a flag",
  repo: "/r",
  base: "b",
  models: "big Opus, small Haiku (a key is set)",
};
const plan = (count: number): RunEvent => ({
  kind: "plan-ready",
  planner: "Opus",
  folder: "/r/.allot",
  tasks: Array.from({ length: count }, (_, index) =>
    planned(index + 1, `A title that goes on for quite some time, number ${index + 1}`),
  ),
  warnings: [],
});
const begun: RunEvent = {
  kind: "task-started",
  task: 1,
  title: "Flag",
  tier: "small",
  round: 2,
  model: "Claude Haiku 5.5",
  evidence: "failure",
};
const paid = (task: string): RunEvent => ({
  kind: "call-settled",
  task,
  model: "Haiku",
  inputTokens: 1200,
  outputTokens: 34,
  cost: nanoUsd(12_000_000),
  replayed: false,
});
const integrated: RunEvent = { kind: "integrated", task: 1, rev: "abc", merged: false };

const drawn = (events: readonly RunEvent[], size = { columns: 80, rows: 24 }) =>
  frame(events.reduce(fold, EMPTY_PICTURE), paint(false), size, 0, 1.5);

test("a mini-task at work shows who it is, on which tier, with which tokens and dollars", () => {
  const screen = drawn([started, { ...plan(1), tasks: [planned(1, "Flag")] } as RunEvent, begun, paid("1")], {
    columns: 120,
    rows: 24,
  });
  expect(screen).toContain(
    "⠋  1  Flag  small  Claude Haiku 5.5, try 2  1,234 tok  $0.012  again, with the failing output",
  );
  expect(screen).toContain("0 of 1 done  1,200 in + 34 out tokens  $0.012  1.5 s");
});

test.each([40, 80, 130])("no line is wider than a screen of %i columns", (columns) => {
  const screen = drawn([started, plan(6), begun, paid("1"), { kind: "note", text: "a remark ".repeat(40) }], {
    columns,
    rows: 24,
  });
  expect(Math.max(...screen.split("\n").map(displayWidth))).toBeLessThanOrEqual(columns);
});

test("a long plan is shown around what is at work, and never higher than the screen", () => {
  const over = Array.from({ length: 10 }, (_, index): RunEvent => ({
    kind: "integrated",
    task: index + 1,
    rev: "abc",
    merged: false,
  }));
  const screen = drawn([started, plan(40), ...over]);
  expect(screen.split("\n").length).toBeLessThan(24);
  expect(screen).toContain("… 9 above, 9 of them done");
  expect(screen).toContain("… 18 more below");
});

test("calls of a fix round and of a task done again count for their task", () => {
  const picture = [
    plan(2),
    { ...begun, task: 3, title: "Fix round 1" } as RunEvent,
    paid("fix-1"),
    paid("2-rebased"),
    paid("plan"),
  ].reduce(fold, EMPTY_PICTURE);
  expect(picture.tasks.map(({ tokens }) => tokens)).toEqual([0, 1234, 1234]);
  expect(picture.cost).toBe(36_000_000);
});

test("a run that goes on begins what was under way again and keeps what is done", () => {
  const picture = resumed([plan(2), integrated, { ...begun, task: 2 } as RunEvent].reduce(fold, EMPTY_PICTURE));
  expect(picture.tasks.map(({ state }) => state)).toEqual(["integrated", "waiting"]);
});

test("numbers in a row are drawn together", () => {
  expect(numbers([1, 2, 3, 5, 8, 9])).toBe("1-3, 5, 8, 9");
});
