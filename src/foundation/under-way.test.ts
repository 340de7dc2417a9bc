import { expect, test } from "vitest";
import { UnderWay } from "./under-way.ts";

test("what has entered is there until it leaves, and its place is taken again", () => {
  const underWay = new UnderWay<{ readonly name: string }>();
  const first = underWay.enter({ name: "first" });
  underWay.enter({ name: "second" });
  underWay.leave(first);
  expect([underWay.size, underWay.all()]).toEqual([1, [{ name: "second" }]]);
  expect(underWay.enter({ name: "third" })).toBe(first);
  expect([underWay.size, underWay.all()]).toEqual([2, [{ name: "third" }, { name: "second" }]]);
});
