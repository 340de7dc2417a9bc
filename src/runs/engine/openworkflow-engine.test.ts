import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { engineConformance } from "./engine.conformance.ts";
import { openEngine } from "./openworkflow-engine.ts";

const root = mkdtempSync(join(tmpdir(), "allot-engine-"));
let places = 0;
const newPlace = () => join(root, `${places++}`, "engine.db");

afterAll(() => rmSync(root, { recursive: true, force: true }));

engineConformance("OpenWorkflow on SQLite", newPlace, (file, options) => openEngine({ file, ...options }));

test("the file is readable by its owner only", async () => {
  const file = newPlace();
  await using engine = await openEngine({
    file,
    runId: "r",
    bodies: { main: async (flow) => flow.step("s", () => 1) },
  });
  await engine.start("main", null);
  for (const name of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(name).mode & 0o077).toBe(0);
});

test("a place that cannot be used is said to be unusable", async () => {
  const plain = newPlace().replace("/engine.db", "");
  writeFileSync(plain, "not a database, and no folder either");
  await expect(openEngine({ file: join(plain, "engine.db"), runId: "r", bodies: {} })).rejects.toMatchObject({
    code: "storage-unusable",
  });
  await expect(openEngine({ file: plain, runId: "r", bodies: {} })).rejects.toMatchObject({ code: "storage-unusable" });
});
