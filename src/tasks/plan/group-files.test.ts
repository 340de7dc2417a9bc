import { describe, expect, test } from "vitest";
import { randomFrom } from "../../../test/support/seeded-random.ts";
import { groupFiles, type SizedFile } from "./group-files.ts";

const paths = (groups: readonly (readonly SizedFile[])[]): readonly string[][] =>
  groups.map((group) => group.map(({ path }) => path));

function tree(seed: number, files: number): readonly SizedFile[] {
  const random = randomFrom(seed);
  return Array.from({ length: files }, (_, index) => ({
    path: `src/area${Math.floor(random() * 12)}/part${Math.floor(random() * 4)}/file${index}.ts`,
    size: 20 + Math.floor(random() * random() * 900),
  }));
}

test("a border stands between folders rather than inside one", () => {
  const files = ["a/1", "a/2", "a/3", "a/4", "b/1", "b/2"].map((path) => ({ path, size: 100 }));
  expect(paths(groupFiles(files, 500))).toEqual([
    ["a/1", "a/2", "a/3", "a/4"],
    ["b/1", "b/2"],
  ]);
});

test("a file that is too large stands by itself, and its neighbours together", () => {
  const files = [
    { path: "a", size: 10 },
    { path: "b", size: 900 },
    { path: "c", size: 10 },
  ];
  expect(paths(groupFiles(files, 100))).toEqual([["a", "c"], ["b"]]);
});

describe("over trees of any shape", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("tree %i: each file once, none above the room, three quarters full", (seed) => {
    const files = tree(seed, 400);
    const groups = groupFiles(files, 1_000);
    expect(
      groups
        .flat()
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(files.map(({ path }) => path).toSorted());
    const sizes = groups.map((group) => group.reduce((sum, { size }) => sum + size, 0));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
    expect(sizes.reduce((sum, size) => sum + size, 0) / (1_000 * sizes.length)).toBeGreaterThan(0.75);
  });

  test("a line more in one file moves a border in one of twelve cases at most, and few borders then", () => {
    const files = tree(9, 400);
    const names = (groups: readonly (readonly SizedFile[])[]): readonly string[] =>
      paths(groups).map((own) => own.join());
    const before = new Set(names(groupFiles(files, 3_000)));
    const moved = files.map((_, changed) => {
      const grown = files.map((file, index) => (index === changed ? { ...file, size: file.size + 15 } : file));
      return names(groupFiles(grown, 3_000)).filter((group) => !before.has(group)).length;
    });
    expect(moved.filter((count) => count > 0).length / files.length).toBeLessThan(1 / 12);
    expect(moved.reduce((sum, count) => sum + count, 0) / files.length).toBeLessThan(0.2);
  });
});
