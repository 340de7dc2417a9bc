import { expect, test } from "vitest";
import { withTree } from "../../../test/support/script-servers.ts";
import { isWithin } from "./folders.ts";
import type { ServerReader } from "./server-reader.ts";
import { readServers } from "./servers.ts";

test("a reader is asked once, only where a file below the folders has its words, and answers are in order", async () => {
  const asked: string[] = [];
  const reader = (name: string, word: string): ServerReader => ({
    frameworks: [name],
    mayServe: (_path, text) => text.includes(word),
    read: () => {
      asked.push(name);
      const route = (path: string, line: number) => ({ method: "GET", path, framework: name, file: "a.py", line });
      return Promise.resolve({ routes: [route("/b", 2), route("/a", 1)], unresolved: [] });
    },
  });
  const files = { "in/a.py": "one", "in/b.py": "one", "out/c.py": "two" };
  const reading = await withTree(files, (tree) =>
    readServers(tree, ["in"], [reader("first", "one"), reader("second", "two")]),
  );
  expect(asked).toEqual(["first"]);
  expect(reading.routes.map(({ path }) => path)).toEqual(["/a", "/b"]);
});

test("a folder means what is below it, and no folder means all", () => {
  expect([
    isWithin("a/b.ts", ["a"]),
    isWithin("ab/c.ts", ["a/"]),
    isWithin("x.ts", []),
    isWithin("x.ts", ["."]),
    isWithin("a/x.ts", ["./a/"]),
  ]).toEqual([true, false, true, true, true]);
});
