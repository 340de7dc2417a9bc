import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readCodebase } from "../../facts/read-codebase.ts";
import { familyFactor } from "../../tokens/families.ts";
import { chunkCodebase } from "../chunk-codebase.ts";
import type { ChunkedCodebase } from "../chunks.ts";

let folder: string;
let cacheFolder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "allot-kept-chunks-"));
  cacheFolder = mkdtempSync(join(tmpdir(), "allot-kept-chunks-"));
  writeFileSync(join(folder, "a.ts"), "export const café = 1;\n");
  writeFileSync(join(folder, "b.ts"), 'import { café } from "./a.ts";\n\nexport const b = café;\n');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  rmSync(cacheFolder, { recursive: true });
});

async function cut(maxTokens = 600, kept = true): Promise<ChunkedCodebase> {
  const codebase = await readCodebase(folder);
  return chunkCodebase(codebase, { maxTokens, factor: familyFactor("gpt-5.5"), ...(kept ? { cacheFolder } : {}) });
}

function files(): readonly string[] {
  return readdirSync(cacheFolder).filter((name) => name.endsWith(".chunks"));
}

test("chunks that are kept are those that were cut", async () => {
  const without = await cut(600, false);
  expect(await cut()).toEqual(without);
  expect(files()).toHaveLength(1);
  expect(await cut()).toEqual(without);
  expect(without.chunks.map(({ text }) => text).join("")).toContain("café");
});

test("a change of a file is cut anew", async () => {
  await cut();
  writeFileSync(join(folder, "a.ts"), "export const café = 2;\n");
  const { chunks } = await cut();
  expect(chunks.map(({ text }) => text).join("")).toContain("café = 2");
});

test("a kept file is read back by whoever asks with the same options only", async () => {
  await cut(600);
  await cut(700);
  expect(files()).toHaveLength(2);
});

test("a damaged file counts as none", async () => {
  const before = await cut();
  const [name = ""] = files();
  const bytes = readFileSync(join(cacheFolder, name));
  bytes.write("XX", bytes.length - 40);
  writeFileSync(join(cacheFolder, name), bytes);
  expect(await cut()).toEqual(before);
  writeFileSync(join(cacheFolder, name), "short");
  expect(await cut()).toEqual(before);
});

test("the four latest are kept, whatever is asked", async () => {
  for (const limit of [400, 500, 600, 700, 800, 900]) await cut(limit);
  expect(files()).toHaveLength(4);
});

test("nobody else may read what is kept", async () => {
  await cut();
  const { statSync } = await import("node:fs");
  expect(statSync(join(cacheFolder, files()[0] ?? "")).mode & 0o077).toBe(0);
});
