import { expect, test } from "vitest";
import { topicsOf } from "./topics.ts";
import { stemOf, wordsOf } from "./words.ts";

const pieces = (...names: string[]) => names.map((name) => ({ name, lines: 10 }));

test("a topic is a word frequent in its group and rare outside", () => {
  const groups = [
    pieces("addOption", "requiredOption", "parseOptions"),
    pieces("showHelp", "helpInformation", "helpOption"),
    pieces("exitCode", "exitOverride"),
  ];
  expect(topicsOf(groups, "command", new Set())).toEqual(["option", "help", "exit"]);
});

test("topics differ from each other, from files that are there, and never look like tests", () => {
  expect(
    topicsOf([pieces("readToken", "nextToken"), pieces("tokenEnd", "tokenStart")], "lexer", new Set(["token"])),
  ).toEqual(["token-next", "token-end"]);
  expect(topicsOf([pieces("test", "specs")], "x", new Set())).toEqual(["core"]);
});

test("words of a name are found in any spelling", () => {
  expect(wordsOf("parseHTTPHeader_two")).toEqual(["parse", "http", "header", "two"]);
  expect(["options", "class", "entries", "is", "status"].map(stemOf)).toEqual([
    "option",
    "class",
    "entry",
    "is",
    "status",
  ]);
});
