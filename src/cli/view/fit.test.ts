import { expect, test } from "vitest";
import { displayWidth } from "../../foundation/table.ts";
import { columnsOf, fitLine, fitTable, shownCommand, wrapText } from "./fit.ts";

const io = (columns: number | undefined, env: Record<string, string> = {}) =>
  ({ stdout: columns === undefined ? {} : { columns }, env }) as Parameters<typeof columnsOf>[0];

test("the terminal says how wide a screen is, then COLUMNS, then it is 100", () => {
  expect(columnsOf(io(132, { COLUMNS: "80" }))).toBe(132);
  expect(columnsOf(io(undefined, { COLUMNS: "80" }))).toBe(80);
  expect(columnsOf(io(undefined, { COLUMNS: "wide" }))).toBe(100);
  expect(columnsOf(io(3))).toBe(40);
});

test("a line that is too wide is cut with its colours kept and closed", () => {
  expect(fitLine("\u001b[32mintegrated\u001b[39m and more", 8)).toBe("\u001b[32mintegra…\u001b[39m");
  expect(fitLine("日本語のテキスト", 7)).toBe("日本語…");
  expect(fitLine("fits", 4)).toBe("fits");
});

test("text is broken between words, and a long word stays whole", () => {
  expect(wrapText("one two three", 9, "  - ", "    ")).toEqual(["  - one", "    two", "    three"]);
  expect(wrapText("see /a/very/long/path now", 10)).toEqual(["see", "/a/very/long/path", "now"]);
});

test("a table gives up room where it may, in order, and never passes the width", () => {
  const rows = [
    ["1", "a title that is rather long", "", "a remark that is long too"],
    ["22", "short", "", "x"],
  ];
  const lines = fitTable(rows, {
    columns: 40,
    giving: [
      { column: 3, least: 10 },
      { column: 1, least: 8 },
    ],
  });
  expect(lines).toEqual(["1   a title that is rather …  a remark …", "22  short                     x"]);
  expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(40);
});

test("columns that are empty everywhere leave no gap", () => {
  expect(
    fitTable(
      [
        ["a", "", "b"],
        ["c", "", "d"],
      ],
      { columns: 80 },
    ),
  ).toEqual(["a  b", "c  d"]);
});

test("what allot puts before a command to find the project's programs is not shown", () => {
  expect(shownCommand('PATH="$PWD/node_modules/.bin:$PATH"; export PATH; node --test', 40)).toBe("node --test");
});

test("a column may give a second time, after others gave", () => {
  const rows = [["a title that is rather long", "a remark that is long", "$0.000158"]];
  const giving = [
    { column: 0, least: 16 },
    { column: 1, least: 6 },
    { column: 0, least: 8 },
  ];
  expect(fitTable(rows, { columns: 30, giving })).toEqual(["a title th…  a rem…  $0.000158"]);
});
