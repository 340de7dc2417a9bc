import { expect, test } from "vitest";
import type { Piece } from "../../codebase/chunks/chunks.ts";
import type { FileFacts } from "../../codebase/facts/facts.ts";
import { checkPlaces } from "./check-places.ts";
import type { SaidFinding } from "./read-answer.ts";

const TEXTS: Readonly<Record<string, string>> = {
  "src/a.ts": "import x\n\nexport function add(a, b) {\n  return a + b;\n}\n",
  "src/b.ts": "one\ntwo\n",
};
const FILES = Object.keys(TEXTS).map((path) => ({ path }) as FileFacts);
const SHOWN = Object.entries(TEXTS).map(([path, text]): Piece => ({
  path,
  module: null,
  start: 0,
  end: text.length,
  firstLine: 1,
  lastLine: text.split("\n").length - 1,
  border: "file",
}));

async function check(change: Partial<SaidFinding>) {
  const bare = { title: "T", detail: "D", severity: "low", aspect: null } as const;
  const said = { ...bare, path: "src/a.ts", firstLine: null, lastLine: null, quote: null, ...change };
  const [finding] = await checkPlaces([said], SHOWN, { files: FILES }, (path) =>
    Promise.resolve(Buffer.from(TEXTS[path] ?? "")),
  );
  return finding;
}

test("lines that are there are a place", async () => {
  const finding = await check({ firstLine: 3, lastLine: 5 });
  expect(finding).toMatchObject({ place: { path: "src/a.ts", firstLine: 3, lastLine: 5 }, by: "model", detail: "D" });
});

test("a line that was copied says where it stands, whatever number was given", async () => {
  const finding = await check({ firstLine: 1, lastLine: 2, quote: "return   a + b;" });
  expect(finding?.place).toEqual({ path: "src/a.ts", firstLine: 4, lastLine: 5 });
});

test("a file may be named by the end of its path, or with a folder before it", async () => {
  expect((await check({ path: "b.ts", firstLine: 2 }))?.place?.path).toBe("src/b.ts");
  expect((await check({ path: "./src/b.ts", firstLine: 2 }))?.place?.path).toBe("src/b.ts");
  expect((await check({ path: "shop/src/b.ts", firstLine: 2 }))?.place?.path).toBe("src/b.ts");
});

test.each([
  ["a file that is not there", { path: "src/z.ts", firstLine: 1 }, "src/z.ts:1"],
  ["a line below the end", { firstLine: 99 }, "src/a.ts:99"],
  ["a line above the start", { firstLine: 0 }, "src/a.ts:0"],
])("%s is no place, and said so", async (_, said, told) => {
  const finding = await check(said);
  expect([finding?.place, finding?.detail]).toEqual([null, `D (the place that was given, ${told}, is not there)`]);
});

test("a finding without a place stays one", async () => {
  expect(await check({ path: null })).toMatchObject({ place: null, detail: "D" });
});
