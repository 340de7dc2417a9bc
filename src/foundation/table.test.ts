import { expect, test } from "vitest";
import { alignRows, clip, displayWidth } from "./table.ts";

test("columns are as wide as their widest cell, figures stand right", () => {
  expect(
    alignRows(
      [
        ["name", "cost"],
        ["a", "$1"],
        ["long name", "$10.25"],
      ],
      ["left", "right"],
    ),
  ).toEqual(["name         cost", "a              $1", "long name  $10.25"]);
});

test("colour codes take no width", () => {
  expect(
    alignRows([
      ["\u001b[32mok\u001b[39m", "x"],
      ["fine", "y"],
    ]),
  ).toEqual(["\u001b[32mok\u001b[39m    x", "fine  y"]);
});

test("wide characters take two columns", () => {
  expect(displayWidth("日本✅")).toBe(6);
});

test("a text is cut where the room ends and says so", () => {
  expect(clip("one\n  two three", 8)).toBe("one two…");
  expect(clip("short", 8)).toBe("short");
});
