import { describe, expect, test } from "vitest";
import { openWorkTrial, type SpecChange } from "../../../test/support/work-trial.ts";
import { countTokens } from "../../codebase/tokens/count-tokens.ts";
import { STRATEGIES } from "../strategies.ts";
import type { Section } from "../work.ts";

const FILES = {
  "src/price.ts": [
    "/** What a line costs. */",
    "export function price(line: number): number {",
    "  return line * 2;",
    "}",
    "export interface Bill {",
    "  readonly total: number;",
    "}",
    "function hidden(): void {}",
    "",
  ].join("\n"),
  "src/shop.ts":
    'import { price } from "./price.ts";\nimport express from "express";\n\nexport const shop = (): number => price(1) + express();\n',
  "src/app.ts": 'import { shop } from "./shop.ts";\n\nexport const app = shop();\n',
  "test/shop.test.ts": 'import { shop } from "../src/shop.ts";\n\nexpect(shop()).toBe(2);\n',
};

/** What stands before the code of src/shop.ts. */
async function contextOf(include: readonly Section[], change: SpecChange = {}): Promise<string> {
  const trial = await openWorkTrial({ files: FILES });
  const plan = await trial.plan({
    target: { by: "paths", paths: ["src/shop.ts"] },
    ...change,
    strategy: { ...STRATEGIES.analyze, include, ...change.strategy },
  });
  return plan.parts[0]?.context ?? "";
}

describe("a part is told", () => {
  test("signatures of what it imports, and foreign packages by name; nothing hidden, no insides", async () => {
    const context = await contextOf(["dependencies"]);
    expect(context).toContain("src/price.ts: export function price(line: number): number");
    expect(context).toContain("packages: express");
    expect(context).not.toMatch(/hidden|line \* 2|Bill/);
  });

  test("which modules it imports, and not who imports it", async () => {
    const context = await contextOf(["target_module"]);
    expect(context).toContain("src.shop: imports src.price");
    expect(context).not.toContain("src.app");
  });

  test("how tests use it", async () => {
    expect(await contextOf(["examples"])).toContain("test/shop.test.ts: expect(shop()).toBe(2);");
  });

  test("who uses it, where the whole context is wanted", async () => {
    expect(await contextOf(["metadata"], { context: "full" })).toContain("src/app.ts uses shop of src/shop.ts");
    expect(await contextOf(["metadata"], { context: "minimal" })).not.toContain("src/app.ts");
  });

  test("what the project is, without figures that change every day", async () => {
    const context = await contextOf(["metadata"]);
    expect(context).toContain("languages: typescript");
    expect(context).not.toMatch(/\d+ files|\d+ tokens/);
  });
});

test("what has no room is counted, and the room is kept", async () => {
  const imports = Array.from({ length: 80 }, (_, index) => `import { f${index} } from "./f${index}.ts";`);
  const others = Object.fromEntries(
    Array.from({ length: 80 }, (_, index) => [
      `src/f${index}.ts`,
      `export function f${index}(a: number, b: string): void {}\n`,
    ]),
  );
  const trial = await openWorkTrial({
    files: { ...others, "src/all.ts": `${imports.join("\n")}\nexport const all = 1;\n` },
  });
  const plan = await trial.plan({
    target: { by: "paths", paths: ["src/all.ts"] },
    strategy: { maxTokens: 2_500, maxOutputTokens: 300, include: ["dependencies"] },
  });
  const context = plan.parts[0]?.context ?? "";
  expect(context).toMatch(/\(\d+ more are not shown\)/);
  expect(countTokens(context)).toBeLessThan(450);
});
