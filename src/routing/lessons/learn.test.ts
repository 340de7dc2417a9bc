import { describe, expect, test } from "vitest";
import { TASK_TYPES, type TaskType } from "../routing.ts";
import { learntShares, shifted } from "./learn.ts";
import { lessonOf } from "./lesson-store.ts";
import type { Lesson } from "./lesson.ts";
import { likeness, textFeatures } from "./text-features.ts";

const ANN = { user: "ann", repo: "/repo" };

/** Shares of a detector that is 99% sure of ui. */
const SURE_OF_UI = Object.fromEntries(TASK_TYPES.map((type) => [type, type === "ui" ? 0.99 : 0.01 / 7])) as Record<
  TaskType,
  number
>;

function said(text: string, type: TaskType, whose: Partial<Lesson> = {}): Lesson {
  const features = textFeatures(text);
  return { ...lessonOf({ ...ANN, features, type, agent: "codex", model: "m", kind: "said", at: 0 }), ...whose };
}

function after(text: string, lessons: readonly Lesson[], owner = ANN) {
  return learntShares(SURE_OF_UI, textFeatures(text), lessons, owner);
}

describe("features of a text", () => {
  test("are numbers of 17 bits, so that several words share each and none can be read back", () => {
    const features = textFeatures("Rotate the master password hunter2 of the billing database");
    expect(features.length).toBe(6);
    expect(features.every((feature) => Number.isInteger(feature) && feature >= 0 && feature < 2 ** 17)).toBe(true);
  });

  test("do not depend on order, case, endings or filler words", () => {
    expect(textFeatures("Fixing the Login buttons")).toEqual(textFeatures("login button, please fix"));
  });

  test("of a very long text are at most 64", () => {
    expect(textFeatures(Array.from({ length: 5_000 }, (_, n) => `word${n}`).join(" ")).length).toBe(64);
  });

  test("words in other scripts count too", () => {
    expect(likeness(textFeatures("修复 登录 按钮"), textFeatures("登录 按钮 修复"))).toBe(1);
  });

  test("of writing without spaces are pairs of characters, so that similar texts are found alike", () => {
    const [taught, similar, other] = ["修复登录按钮样式", "修复注销按钮样式", "部署生产环境"].map(textFeatures);
    expect(likeness(taught ?? [], similar ?? [])).toBeGreaterThan(0.5);
    expect(likeness(taught ?? [], other ?? [])).toBe(0);
  });

  test("texts that share only a common verb are hardly alike", () => {
    expect(likeness(textFeatures("Fix the login button"), textFeatures("Fix the invoice export"))).toBeLessThan(0.2);
  });
});

describe("one lesson", () => {
  const lesson = said("Fix the login button styling", "coding");

  test("turns the very same text, however sure the words are", () => {
    const { shares } = after("Fix the login button styling", [lesson]);
    expect(shares.coding).toBeCloseTo(0.95 + 0.05 * (0.01 / 7), 10);
  });

  test("moves similar texts, the less similar the less", () => {
    const moved = ["Restyle: fix login button styling", "Fix the logout button styling", "Fix the login page"].map(
      (text) => after(text, [lesson]).shares.coding,
    );
    expect(moved).toEqual(moved.toSorted((a, b) => b - a));
    expect(moved[0]).toBeGreaterThan(0.6);
    expect(moved[1]).toBeGreaterThan(0.2);
  });

  test.each(["Write a README for this project", "Compare Redis and Memcached", "Deploy the staging cluster", "Fix it"])(
    "leaves the unrelated text %o as it was, to the bit",
    (text) => {
      expect(after(text, [lesson])).toEqual({ shares: SURE_OF_UI, moves: [] });
    },
  );

  test("is another user's own", () => {
    expect(after("Fix the login button styling", [lesson], { ...ANN, user: "bob" }).moves).toEqual([]);
  });

  test("counts half in another repository", () => {
    expect(after("Fix the login button styling", [lesson], { ...ANN, repo: "/other" }).moves[0]?.by).toBeCloseTo(
      0.475,
      10,
    );
  });
});

describe("many lessons", () => {
  test("never take the whole decision, and the shares add up to 1", () => {
    const lessons = Array.from({ length: 500 }, (_, n) =>
      said("Fix the login button styling", "coding", { id: `${n}` }),
    );
    const { shares, moves } = after("Fix the login button styling", lessons);
    expect(moves).toMatchObject([{ type: "coding", lessons: 500, by: 0.98 }]);
    expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  test("that disagree share the decision", () => {
    const lessons = [said("Fix the login button styling", "coding"), said("Fix the login button styling", "testing")];
    const { shares } = after("Fix the login button styling", lessons);
    expect(shares.coding).toBeCloseTo(shares.testing, 12);
  });
});

test("whatever is taught, the taught type never loses, and texts without a word in common stay as they are", () => {
  const words = "invoice button cluster parser cache login export header token socket index theme".split(" ");
  for (let seed = 1; seed <= 300; seed += 1) {
    const pick = (n: number): string => words[(seed * 7 + n * (1 + (seed % 5))) % words.length] ?? "";
    const taught = [pick(0), pick(1), pick(2), pick(3)];
    const asked = [pick(1), pick(2), pick(4), pick(5)];
    const type = TASK_TYPES[seed % TASK_TYPES.length] ?? "ui";
    const { shares, moves } = after(asked.join(" "), [said(taught.join(" "), type)]);
    expect(shares[type]).toBeGreaterThanOrEqual(SURE_OF_UI[type]);
    if (!asked.some((word) => taught.includes(word))) expect(moves).toEqual([]);
  }
});

test("what became of tasks moves no type", () => {
  const outcome = { ...said("Fix the login button styling", "coding"), kind: "escalated" as const };
  expect(after("Fix the login button styling", [outcome]).moves).toEqual([]);
});

test("log odds towards a type decide between close ones and not against a clear one", () => {
  const close = { ...SURE_OF_UI, ui: 0.5, coding: 0.49 };
  expect(shifted(close, "coding", 2).coding).toBeGreaterThan(0.85);
  expect(shifted(SURE_OF_UI, "coding", 2).ui).toBeGreaterThan(0.98);
});
