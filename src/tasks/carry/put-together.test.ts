import { describe, expect, test } from "vitest";
import { answered, openWorkTrial, saying, type WorkTrial } from "../../../test/support/work-trial.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { AskAnswer, AskRequest } from "../work.ts";

const SMALL = { strategy: { maxTokens: 1_200, maxOutputTokens: 400 } };

function files(count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const lines = Array.from({ length: 40 }, (__, line) => `  total += values[${line}] * ${line + index};`);
      return [`src/m${index}/f.js`, `export function f${index}(values) {\n${lines.join("\n")}\n}\n`];
    }),
  );
}

const isTogether = ({ schema }: AskRequest): boolean => schema === null;

function together(trial: WorkTrial): readonly AskRequest[] {
  return trial.asked.filter(isTogether);
}

test("notes become one text level by level, and every part is in them", async () => {
  const trial = await openWorkTrial({
    files: files(9),
    answer: (request) =>
      isTogether(request) ? `Joined. ${request.prompt.match(/f\d of/g)?.join(" ")}` : part(request),
  });
  const result = await trial.run(SMALL);
  expect(result.complete).toBe(true);
  expect(together(trial).length).toBeGreaterThan(2);
  for (let index = 0; index < 9; index += 1) expect(result.text).toContain(`f${index} of`);
});

function part({ prompt }: AskRequest): string {
  return saying(`${/export function (f\d)/.exec(prompt)?.[1]} of the sums.`);
}

test("one part needs no putting together", async () => {
  const trial = await openWorkTrial({ files: files(1), answer: part });
  const result = await trial.run(SMALL);
  expect([result.calls, result.text.includes("f0 of the sums.")]).toEqual([1, true]);
});

test("documentation stands one after the other, and is not written anew", async () => {
  const trial = await openWorkTrial({
    files: files(3),
    answer: ({ prompt }) => {
      const name = /export function (f\d)/.exec(prompt)?.[1];
      return `## src/m${name?.slice(1)}/f.js\n\n### \`${name}(values)\`\n\nSums.`;
    },
  });
  const result = await trial.run({ ...SMALL, kind: "document" });
  expect([result.calls, result.complete]).toEqual([3, true]);
  const order = [0, 1, 2].map((index) => result.text.indexOf(`## src/m${index}/f.js`));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(order[0]).toBeGreaterThan(0);
});

test("a model that keeps to the shape of parts is read all the same", async () => {
  const trial = await openWorkTrial({ files: files(2), answer: () => saying("All of it adds.") });
  const result = await trial.run(SMALL);
  expect(result.text).toMatch(/^# Analysis\n\nAll of it adds\.\n/);
});

describe("where it goes wrong", () => {
  test("notes that are too long for the model are halved", async () => {
    const trial = await openWorkTrial({
      files: files(4),
      answer: (request): string | AskAnswer => {
        if (!isTogether(request)) return saying("A note. ".repeat(20));
        const notes = request.prompt.split("\n## ").length - 1;
        return notes > 2 ? { kind: "too-long", cost: nanoUsd(0), limitTokens: null, message: "long" } : "Joined.";
      },
    });
    const result = await trial.run(SMALL);
    expect([result.complete, result.problems, result.text.includes("Joined.")]).toEqual([true, [], true]);
  });

  test("the result is incomplete, shows the answers one after the other, and only that is asked the next time", async () => {
    let isDown = true;
    const trial = await openWorkTrial({
      files: files(3),
      answer: (request) =>
        isTogether(request)
          ? isDown
            ? { kind: "failed", code: "provider-overloaded", message: "busy", cost: nanoUsd(0) }
            : answered("Joined.")
          : part(request),
    });
    const first = await trial.run(SMALL);
    expect([first.complete, first.notRead, first.problems]).toEqual([
      false,
      [],
      ["the answers were not put together: busy"],
    ]);
    expect(first.text).toContain("## src/m1/f.js\n\nf1 of the sums.");
    isDown = false;
    const before = trial.asked.length;
    const second = await trial.run(SMALL);
    expect([second.complete, trial.asked.length - before]).toEqual([true, 1]);
  });
});

test("a plan knows the questions of every level", async () => {
  const trial = await openWorkTrial({
    files: files(9),
    answer: (request) => (isTogether(request) ? "Joined." : part(request)),
  });
  const plan = await trial.plan(SMALL);
  await trial.run(SMALL);
  expect(plan.reduce.length).toBe(together(trial).length);
  expect(plan.estimate.calls).toBe(trial.asked.length);
});
