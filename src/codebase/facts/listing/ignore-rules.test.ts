import { expect, test } from "vitest";
import { openIgnoreRules } from "./ignore-rules.ts";

function rulesOf(files: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const rules = openIgnoreRules(".allotignore", (path) => {
    asked.push(path);
    return files[path];
  });
  return { judge: (path: string) => rules.judge(path), asked };
}

test("a rule says which file it stands in", () => {
  const { judge } = rulesOf({ ".allotignore": "*.sql\n" });
  expect([judge("db/dump.sql"), judge("db/dump.ts")]).toEqual([{ by: ".allotignore: *.sql" }, null]);
});

test("a file deeper down has the last word for what is below it", () => {
  const { judge } = rulesOf({ ".allotignore": "*.sql\n", "db/.allotignore": "!keep.sql\n/local\n" });
  expect([judge("db/keep.sql"), judge("keep.sql"), judge("db/local/a.ts"), judge("local/a.ts")]).toEqual([
    "kept",
    { by: ".allotignore: *.sql" },
    { by: "db/.allotignore: /local" },
    null,
  ]);
});

test("nothing comes back below a folder that is left out", () => {
  const { judge } = rulesOf({ ".allotignore": "db/\n", "db/.allotignore": "!keep.sql\n" });
  expect(judge("db/keep.sql")).toEqual({ by: ".allotignore: db/" });
});

test("what is said of a folder holds for its files", () => {
  const { judge } = rulesOf({ ".allotignore": "vendor/*\n!vendor/ours/\n" });
  expect([judge("vendor/ours/a.go"), judge("vendor/theirs/a.go")]).toEqual(["kept", { by: ".allotignore: vendor/*" }]);
});

test("each folder's file is asked for once", () => {
  const { judge, asked } = rulesOf({});
  for (const path of ["a/b/x.ts", "a/b/y.ts", "a/z.ts"]) judge(path);
  expect(asked.toSorted()).toEqual([".allotignore", "a/.allotignore", "a/b/.allotignore"]);
});

test("names with line breaks, quotes and blanks are judged as they are", () => {
  const { judge } = rulesOf({ ".allotignore": "odd*\n" });
  expect([judge('odd\n"name".ts'), judge(' "x"\n.ts')]).toEqual([{ by: ".allotignore: odd*" }, null]);
});
