import { expect, test } from "vitest";
import { treeMap } from "./tree-map.ts";

const FILES = [
  { path: "src/app/main.ts", bytes: 1500 },
  { path: "src/app/view/page.ts", bytes: 800 },
  { path: "README.md", bytes: 90 },
];

test("files stand under their folders with their sizes", () => {
  expect(treeMap(FILES, 1_000)).toBe(
    ["src/", "  app/", "    view/", "      page.ts (800 B)", "    main.ts (1.5 kB)", "README.md (90 B)"].join("\n"),
  );
});

test("where there is no room the deepest folders become one counted line", () => {
  expect(treeMap(FILES, 60)).toBe(["src/", "  app/ (2 files, 2.3 kB)", "README.md (90 B)"].join("\n"));
  expect(treeMap(FILES, 45)).toBe(["src/ (2 files, 2.3 kB)", "README.md (90 B)"].join("\n"));
});

test("a map is never longer than asked for", () => {
  const many = Array.from({ length: 500 }, (_, index) => ({ path: `file-${index}.ts`, bytes: 1 }));
  expect(treeMap(many, 300).length).toBeLessThanOrEqual(300);
});
