import { expect, test } from "vitest";
import { withItem, withoutItem } from "./list-items.ts";

const OURS = '{"run":"allot hook"}';

test("an item is added behind the others, whose layout stays, and once only", () => {
  expect(withItem(undefined, OURS)).toBe(`[${OURS}]`);
  expect(withItem("[ ]", OURS)).toBe(`[${OURS}]`);
  expect(withItem('[{ "run" : "lint" }]', OURS)).toBe(`[{ "run" : "lint" }, ${OURS}]`);
  expect(withItem('[\n    {"run": "lint"}\n  ]', OURS)).toBe(`[\n    {"run": "lint"},\n    ${OURS}\n  ]`);
  expect(withItem(`[{ "run" : "allot hook" }]`, OURS)).toBe(`[{ "run" : "allot hook" }]`);
});

test("an item is taken out with its comma, and the others stay as they are", () => {
  expect(withoutItem(`[{ "run" : "lint" }, ${OURS}]`, OURS)).toBe('[{ "run" : "lint" }]');
  expect(withoutItem(`[${OURS}, { "run" : "lint" }]`, OURS)).toBe('[{ "run" : "lint" }]');
  expect(withoutItem(`[${OURS}]`, OURS)).toBe("[]");
  expect(withoutItem('[{ "run" : "lint" }]', OURS)).toBe('[{ "run" : "lint" }]');
});

test("an item that somebody has laid out anew is found by what it says", () => {
  expect(withoutItem('[{"run": "lint"}, {\n"run": "allot hook"}]', OURS)).toBe('[\n  {\n    "run": "lint"\n  }\n]');
});

test("what is no list is replaced by one", () => {
  expect(withItem('"off"', OURS)).toBe(`[${OURS}]`);
  expect(withoutItem('"off"', OURS)).toBe('"off"');
});
