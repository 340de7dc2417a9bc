import { countTokens as countByTokenizer } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { makeCodebase, type MadeCodebase, type MadeFile } from "../../../test/support/made-codebase.ts";
import { familyFactor } from "../tokens/families.ts";
import type { PackedCodebase } from "./chunks.ts";
import { packCodebase } from "./pack-codebase.ts";

const GPT = familyFactor("gpt-5");

/** A file with one exported function of `lines` lines that imports `targets`. */
function file(name: string, lines: number, targets: readonly string[] = [], changes = 0): MadeFile {
  const content = `export function ${name}(): number {\n${"  step(1, 2, 3);\n".repeat(lines)}}\n`;
  const symbol = {
    name,
    kind: "function",
    signature: `function ${name}(): number`,
    start: 0,
    end: content.length,
  } as const;
  const imported = { names: [], start: 0, end: 0, typeOnly: false };
  return {
    content,
    changes,
    symbols: [{ ...symbol, line: 1, parent: -1, exported: true }],
    imports: targets.map((target) => ({ ...imported, specifier: target, target })),
  };
}

function pack(
  { codebase, readBytes }: MadeCodebase,
  maxTokens: number,
  near?: readonly string[],
): Promise<PackedCodebase> {
  return packCodebase(codebase, { maxTokens, factor: GPT, readBytes, ...(near === undefined ? {} : { near }) });
}

const SHOP = makeCodebase({
  "src/cart/cart.ts": file("cart", 20, ["src/price/price.ts"]),
  "src/cart/cart.test.ts": file("testCart", 20),
  "src/price/price.ts": file("price", 20),
  "src/user/user.ts": file("user", 20, ["src/cart/cart.ts"]),
  "src/often/often.ts": file("often", 20, [], 90),
  "src/other/other.ts": file("other", 20),
  "config/shop.yaml": { content: `port: 80\nhosts:\n  - a\n  - b\nname: shop\n${"  # nothing\n".repeat(60)}` },
});

test("what the work is about is whole and first, then its test; the rest is shown by signatures", async () => {
  const { files, text } = await pack(SHOP, 650, ["src/cart/cart.ts"]);
  expect(files.slice(0, 2)).toEqual([
    { path: "src/cart/cart.ts", as: "whole" },
    { path: "src/cart/cart.test.ts", as: "whole" },
  ]);
  expect(files.filter(({ as }) => as === "signatures").map(({ path }) => path)).toContain("src/other/other.ts");
  expect(text).toContain("## src/other/other.ts (signatures; typescript, 227 tokens)\n- function other(): number\n");
  expect(text.startsWith("## src/cart/cart.ts\n```typescript\nexport function cart(): number {\n")).toBe(true);
});

test("what imports it and what it imports come before the rest", async () => {
  const { files } = await pack(SHOP, 900, ["src/cart/cart.ts"]);
  const order = files.map(({ path }) => path);
  for (const neighbour of ["src/price/price.ts", "src/user/user.ts"]) {
    expect(order.indexOf(neighbour)).toBeLessThan(order.indexOf("src/other/other.ts"));
  }
});

test("without a hint, what is changed most comes first", async () => {
  const { files } = await pack(SHOP, 500);
  expect(files[0]).toEqual({ path: "src/often/often.ts", as: "whole" });
});

test("a file without symbols is shown by its outermost lines", async () => {
  const { text } = await pack(SHOP, 420, ["src/cart/cart.ts"]);
  expect(text).toContain("- port: 80\n- hosts:\n- name: shop\n");
});

test("no pack is above its budget, however small", async () => {
  for (const maxTokens of [200, 201, 250, 333, 500, 800, 1600]) {
    const { text, tokens } = await pack(SHOP, maxTokens, ["src/user/user.ts"]);
    expect(countByTokenizer(text)).toBe(tokens);
    expect(tokens).toBeLessThanOrEqual(maxTokens);
  }
});

test("with room for everything, everything is whole", async () => {
  const { files } = await pack(SHOP, 20_000);
  expect(files.map(({ as }) => as)).toEqual(Array.from({ length: 7 }, () => "whole"));
});

test("where not all signatures fit, the others are named", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 120 }, (_, i) => [`src/f${i}.ts`, file(`aFunctionOfNumber${i}`, 30)]),
  );
  const { files } = await pack(makeCodebase(many), 4000);
  expect(files.some(({ as }) => as === "signatures")).toBe(true);
  expect(files.some(({ as }) => as === "names")).toBe(true);
});

test("a secret stands in no signature and no outline", async () => {
  const secret = "sk-live-0123456789abcdef";
  const line = `export const key = "${secret}";\n`;
  const content = line + "// note\n".repeat(200);
  const start = line.indexOf(secret);
  const secrets = [{ rule: "api-key", start, end: start + secret.length, line: 1 }];
  const symbol = { name: "key", kind: "constant", signature: line.trim(), start: 0, end: line.length } as const;
  const made = makeCodebase({
    "src/key.ts": { content, secrets, symbols: [{ ...symbol, line: 1, parent: -1, exported: true }] },
    "src/outline.ts": { content, secrets },
  });
  const { text, files } = await pack(made, 250);
  expect(files.map(({ as }) => as)).toEqual(["signatures", "signatures"]);
  expect(text).not.toContain("0123456789abcdef");
  expect(text).toContain("- constant key\n");
});

test("the same codebase gives the same pack", async () => {
  expect(await pack(SHOP, 500)).toEqual(await pack(SHOP, 500));
});
