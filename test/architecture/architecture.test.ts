import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readTree } from "./read-tree.ts";
import { breachesIn } from "./rules.ts";

const SRC = join(import.meta.dirname, "..", "..", "src");

describe("the tree", () => {
  const files = readTree(SRC);

  test("keeps floors, primitives, sizes, names, and has no cycle", () => {
    expect(breachesIn(files).map(({ rule, message }) => `${rule}: ${message}`)).toEqual([]);
  });

  test("was really read", () => {
    expect(files.length).toBeGreaterThan(120);
    expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(400);
    expect(new Set(files.map((file) => file.path.split("/")[0])).size).toBeGreaterThan(10);
  });
});

describe("a planted breach", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "allot-architecture-"));
    plant("foundation/units.ts", "export type NanoUsd = number;\n");
    plant("ledger/cost.ts", 'import type { NanoUsd } from "../foundation/units.ts";\nexport type Cost = NanoUsd;\n');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function plant(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  function found(): readonly string[] {
    return breachesIn(readTree(root)).map(({ rule, message }) => `${rule}: ${message}`);
  }

  test("is not seen where there is none", () => {
    expect(found()).toEqual([]);
  });

  test.each([
    ["import", 'import { cost } from "../ledger/cost.ts";\nexport const a = cost;\n'],
    ["type import", 'import type { Cost } from "../ledger/cost.ts";\nexport type A = Cost;\n'],
    ["re-export", 'export { cost } from "../ledger/cost.ts";\n'],
    ["re-export of everything", 'export * from "../ledger/cost.ts";\n'],
    ["re-export of a type", 'export type { Cost } from "../ledger/cost.ts";\n'],
    ["dynamic import", 'export const a = await import("../ledger/cost.ts");\n'],
    ["dynamic import of a template", "export const a = await import(`../ledger/cost.ts`);\n"],
    ["import type in a type", 'export type A = import("../ledger/cost.ts").Cost;\n'],
    [
      "require call",
      'declare const require: (name: string) => unknown;export const a = require("../ledger/cost.ts");\n',
    ],
  ])("of the floors by %s upwards is caught", (_kind, text) => {
    plant("storage/store.ts", text);
    expect(found()).toEqual([
      "floor: storage/store.ts:1 imports ledger/cost.ts: ledger (floor 2) is not below storage (1)",
    ]);
  });

  test("of the floors sideways is caught", () => {
    plant("providers/port.ts", 'import type { Cost } from "../ledger/cost.ts";\nexport type Port = Cost;\n');
    expect(found()).toEqual([
      "floor: providers/port.ts:1 imports ledger/cost.ts: ledger (floor 2) is not below providers (2)",
    ]);
  });

  test("of the floors by a test beside its source is caught", () => {
    plant("storage/store.test.ts", 'import "../ledger/cost.ts";\n');
    expect(found()).toEqual([
      "floor: storage/store.test.ts:1 imports ledger/cost.ts: ledger (floor 2) is not below storage (1)",
    ]);
  });

  test("of the source's border is caught, while tests may use the test support", () => {
    plant("ledger/hold.ts", 'import "../../test/support/clock.ts";\n');
    plant("ledger/hold.test.ts", 'import "../../test/support/clock.ts";\n');
    expect(found()).toEqual([
      "floor: ledger/hold.ts:1 imports ../test/support/clock.ts: code outside src is for tests only",
    ]);
  });

  test("of the design's folders is caught", () => {
    plant("gadgets/thing.ts", "export const thing = 1;\n");
    expect(found()).toEqual(["home: gadgets/thing.ts: src/gadgets is no folder of the design"]);
  });

  test("by a cycle of types is caught", () => {
    plant("ledger/a.ts", 'import type { B } from "./b.ts";\nexport type A = B;\n');
    plant("ledger/b.ts", 'import type { A } from "./a.ts";\nexport type B = A;\n');
    expect(found()).toEqual(["cycle: ledger/a.ts -> ledger/b.ts -> ledger/a.ts"]);
  });

  test.each([
    ["process.env", "export const home = process.env.HOME;\n"],
    ["process.env", 'export const home = process["env"].HOME;\n'],
    ["process.env", "export const home = globalThis.process.env.HOME;\n"],
    ["process.env", "const { env } = process;\nexport const home = env.HOME;\n"],
    ["node:sqlite", 'import { DatabaseSync } from "node:sqlite";\nexport const open = DatabaseSync;\n'],
    ["node:child_process", 'import { spawn } from "node:child_process";\nexport const run = spawn;\n'],
    ["Date.now", "export const at = Date.now();\n"],
    ["Date", "export const at = new Date();\n"],
    ["performance.now", "export const at = performance.now();\n"],
    ["setTimeout", "setTimeout(() => {}, 10);\n"],
    ["setInterval", "globalThis.setInterval(() => {}, 10);\n"],
    [
      "node:timers/promises",
      'import { setTimeout as sleep } from "node:timers/promises";\nexport const nap = sleep;\n',
    ],
    ["fetch", 'export const page = await fetch("http://127.0.0.1");\n'],
    ["@ai-sdk/openai", 'import { createOpenAI } from "@ai-sdk/openai";\nexport const model = createOpenAI;\n'],
    ["openworkflow", 'import { OpenWorkflow } from "openworkflow";\nexport const engine = OpenWorkflow;\n'],
    ["process.exit", "export function stop(): void {\n  process.exit(1);\n}\n"],
    ["console", 'export function say(): void {\n  console.log("x");\n}\n'],
  ])("by a foreign use of %s is caught", (primitive, text) => {
    plant("ledger/bad.ts", text);
    expect(found()).toHaveLength(1);
    expect(found()[0]).toMatch(/^primitive: ledger\/bad\.ts:\d uses /);
    expect(found()[0]).toContain(` uses ${primitive}, which belongs to `);
  });

  test("of the ceiling of a file is caught, and 400 lines are not too many", () => {
    plant("ledger/long.ts", "export {};\n".repeat(401));
    plant("ledger/full.ts", "export {};\n".repeat(400));
    expect(found()).toEqual(["file-size: ledger/long.ts has 401 lines; 400 is the ceiling"]);
  });

  test("of the ceiling of a folder is caught, tests not counted", () => {
    for (let file = 1; file <= 16; file++) plant(`routing/rule-${file}.ts`, "export {};\n");
    for (let file = 1; file <= 16; file++) plant(`throttle/rule-${file}.test.ts`, "export {};\n");
    expect(found()).toEqual(["folder-size: routing has 16 source files; split it by noun"]);
  });

  test.each([
    ["ledger/cost-utils.ts", "export {};\n", "utils"],
    ["ledger/helpers/cost.ts", "export {};\n", "helpers"],
    ["ledger/common.ts", "export {};\n", "common"],
    ["ledger/run-manager.ts", "export {};\n", "manager"],
    ["ledger/service.ts", "export {};\n", "service"],
    ["ledger/runs.ts", "export class RunManager {}\n", "RunManager"],
    ["ledger/runs.ts", "export interface ILedger {}\n", "ILedger"],
  ])("by the empty name of %s is caught", (path, text, word) => {
    plant(path, text);
    expect(found()).toEqual([`name: ${path}: "${word}" says nothing; name the noun`]);
  });

  test("by a file name that is not kebab-case is caught", () => {
    plant("ledger/costOf.ts", "export {};\n");
    expect(found()).toEqual(['name: ledger/costOf.ts: "costOf" is not kebab-case']);
  });

  test("by a file that does not parse is not passed over", () => {
    plant("ledger/broken.ts", "export const = 1;\n");
    expect(() => found()).toThrow("ledger/broken.ts does not parse");
  });
});
