import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensureWritable, writeWhole } from "./write-whole.ts";

test("a file is written with its folders, and nothing stands beside it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "allot-write-"));
  const path = join(folder, "docs", "api", "core.md");
  await writeWhole(path, "first");
  await writeWhole(path, "second");
  expect(readFileSync(path, "utf8")).toBe("second");
  expect(readdirSync(join(folder, "docs", "api"))).toEqual(["core.md"]);
  await rm(folder, { recursive: true });
});

test("a folder that is a file is told with its name", async () => {
  const folder = mkdtempSync(join(tmpdir(), "allot-write-"));
  writeFileSync(join(folder, "docs"), "a file");
  await expect(writeWhole(join(folder, "docs", "api.md"), "text")).rejects.toMatchObject({ code: "file-unusable" });
  expect(readFileSync(join(folder, "docs"), "utf8")).toBe("a file");
  await rm(folder, { recursive: true });
});

test.skipIf(!existsSync("/proc/self"))("a place in which nobody can make a folder is told at once", async () => {
  await expect(writeWhole("/proc/allot/deep/api.md", "text")).rejects.toMatchObject({ code: "file-unusable" });
});

test("whether it can be written is known before, and the look leaves nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "allot-write-"));
  writeFileSync(join(folder, "notes"), "a file");
  await ensureWritable(join(folder, "docs", "api.md"));
  await ensureWritable(join(folder, "notes"));
  await ensureWritable(folder);
  await expect(ensureWritable(join(folder, "notes", "api.md"))).rejects.toMatchObject({ code: "file-unusable" });
  expect(readdirSync(folder)).toEqual(["notes"]);
  await rm(folder, { recursive: true });
});

test.skipIf(!existsSync("/proc/self"))("a place in which nobody can write is known before", async () => {
  await expect(ensureWritable("/proc/allot/api.md")).rejects.toMatchObject({ code: "file-unusable" });
});
