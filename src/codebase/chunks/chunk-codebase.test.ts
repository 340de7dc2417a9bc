import fc from "fast-check";
import { countTokens as countByTokenizer } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import { makeCodebase, type MadeCodebase, type MadeFile } from "../../../test/support/made-codebase.ts";
import type { FileSymbol } from "../languages/languages.ts";
import { familyFactor } from "../tokens/families.ts";
import type { TokenFactor } from "../tokens/tokens.ts";
import { chunkCodebase } from "./chunk-codebase.ts";
import type { ChunkedCodebase, ChunkOptions } from "./chunks.ts";

const GPT = familyFactor("gpt-5");

/** A function of `lines` lines and its place behind `before`. */
function functionText(name: string, lines: number): string {
  const body = Array.from({ length: lines }, (_, line) => `  total += price(${line});\n`).join("");
  return `export function ${name}(price: Price): number {\n  let total = 0;\n${body}  return total;\n}\n`;
}

/** A file of functions, each a symbol, with an import before them. */
function fileOfFunctions(sizes: readonly number[]): MadeFile {
  const symbols: FileSymbol[] = [];
  const head = 'import type { Price } from "./price.ts";\n\n';
  let content = head;
  for (const [index, lines] of sizes.entries()) {
    const text = functionText(`total${index}`, lines);
    symbols.push({
      name: `total${index}`,
      kind: "function",
      signature: `function total${index}(price: Price): number`,
      start: content.length,
      end: content.length + text.length,
      line: content.split("\n").length,
      parent: -1,
      exported: true,
    });
    content += `${text}\n`;
  }
  const imported = { specifier: "./price.ts", names: ["Price"], start: 0, end: head.length - 2, typeOnly: true };
  return { content, symbols, imports: [{ ...imported, target: "src/price.ts" }] };
}

function chunk(made: MadeCodebase, options: Partial<ChunkOptions> & { maxTokens: number }): Promise<ChunkedCodebase> {
  return chunkCodebase(made.codebase, { factor: GPT, readBytes: made.readBytes, ...options });
}

/** What is wrong with the promises, in words; the tokenizer itself counts where `byTokenizer` says that it can. */
async function broken(made: MadeCodebase, chunked: ChunkedCodebase, byTokenizer = true): Promise<readonly string[]> {
  const wrong: string[] = [];
  const reached = new Map<string, number>();
  for (const { index, text, tokens, o200k, pieces } of chunked.chunks) {
    const truth = byTokenizer ? countByTokenizer(text, { disallowedSpecial: new Set() }) : o200k;
    if (truth > o200k) wrong.push(`chunk ${index} is ${truth} tokens, said to be ${o200k}`);
    if (truth * chunked.factor.factor > chunked.maxTokens + 1e-6) wrong.push(`chunk ${index} is above the limit`);
    if (tokens > chunked.maxTokens) wrong.push(`chunk ${index} says that it is above the limit`);
    for (const { path, start, end } of pieces) {
      if ((reached.get(path) ?? 0) !== start) wrong.push(`${path} goes on at ${start}, not ${reached.get(path) ?? 0}`);
      reached.set(path, end);
      if (!text.includes((await made.readBytes(path)).toString("utf8", start, end)))
        wrong.push(`${path}:${start} is not sent`);
    }
  }
  for (const { path, bytes } of made.codebase.files) {
    if (reached.get(path) !== bytes) wrong.push(`${path} ends at ${reached.get(path)} of ${bytes}`);
  }
  return wrong;
}

test("a small codebase is one chunk: what it is, what is in it, then critical files, then the others", async () => {
  const made = makeCodebase({
    "README.md": "# Shop\n",
    "src/cart.ts": { content: "export const cart = [];\n", isCritical: true },
    "src/api.ts": "export const api = 1;\n",
  });
  const chunked = await chunk(made, { maxTokens: 1000 });
  expect(chunked.chunks).toHaveLength(1);
  expect(chunked.chunks[0]?.text).toBe(
    [
      "# shop",
      "Files: 3, tokens: 15, modules: 2",
      "Languages: typescript 2, markdown 1",
      "Roles: code 2, docs 1",
      "## Table of contents",
      "### Critical modules",
      "- src.cart (5)",
      "### Supporting modules",
      "- src.api (7)",
      "## src/cart.ts",
      "```typescript",
      "export const cart = [];",
      "```",
      "## src/api.ts",
      "```typescript",
      "export const api = 1;",
      "```",
      "## README.md",
      "```markdown",
      "# Shop",
      "```",
      "",
    ].join("\n"),
  );
  expect(chunked.chunks[0]).toMatchObject({ index: 0, part: "overview", tokens: chunked.chunks[0]?.o200k });
  expect(chunked.chunks[0]?.pieces[0]).toEqual({
    path: "src/cart.ts",
    module: "src.cart",
    start: 0,
    end: 24,
    firstLine: 1,
    lastLine: 1,
    border: "file",
  });
});

test("a file above the limit is cut between its functions, and a later piece names its place and its imports", async () => {
  const made = makeCodebase({ "src/totals.ts": fileOfFunctions([8, 8, 8, 8, 8, 8]) });
  const { chunks } = await chunk(made, { maxTokens: 250, overview: 0 });
  expect(chunks.flatMap(({ pieces }) => pieces.map(({ border }) => border))).toEqual(["symbol", "symbol", "file"]);
  expect(chunks[1]?.text.split("\n").slice(0, 4)).toEqual([
    "## src/totals.ts, lines 29-54 of 80",
    'Imports: import type { Price } from "./price.ts";',
    "```typescript",
    "export function total2(price: Price): number {",
  ]);
  expect(await broken(made, await chunk(made, { maxTokens: 250 }))).toEqual([]);
});

test("a function that is above the limit by itself is cut at its lines, and what encloses a piece is named", async () => {
  const made = makeCodebase({ "src/totals.ts": fileOfFunctions([60]) });
  const { chunks } = await chunk(made, { maxTokens: 300, overview: 0 });
  expect(chunks.length).toBeGreaterThan(1);
  expect(chunks[0]?.pieces[0]?.border).toBe("line");
  expect(chunks[1]?.text.split("\n")[1]).toBe("Inside: function total0(price: Price): number");
});

test("a statement that is no symbol is not cut through where it fits", async () => {
  const block = (name: string): string =>
    `describe("${name}", () => {\n${'  it("adds", () => {\n    expect(1 + 1).toBe(2);\n  });\n'.repeat(4)}});\n\n`;
  const made = makeCodebase({ "src/add.test.ts": Array.from({ length: 12 }, (_, i) => block(`add ${i}`)).join("") });
  const { chunks } = await chunk(made, { maxTokens: 300, overview: 0 });
  for (const { text } of chunks) expect(text).toMatch(/^## .*\n```typescript\ndescribe\(/);
});

test("nine of ten borders and more are at symbols, and chunks are full, at every limit", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [
      `src/part${i % 7}/file${i}.ts`,
      fileOfFunctions(Array.from({ length: 3 + ((i * 7) % 19) }, (__, j) => (i * 5 + j * 3) % 23)),
    ]),
  );
  const made = makeCodebase(files);
  for (const maxTokens of [500, 1000, 4000, 6000, 8000]) {
    const chunked = await chunk(made, { maxTokens });
    expect(await broken(made, chunked)).toEqual([]);
    const borders = chunked.chunks.flatMap(({ pieces }) => pieces).filter(({ border }) => border !== "file");
    const atSymbols = borders.filter(({ border }) => border === "symbol");
    expect(atSymbols.length).toBeGreaterThanOrEqual(borders.length * 0.98);
    expect(chunked.fill).toBeGreaterThanOrEqual(0.85);
  }
});

test("contents cannot close their fence nor pass for a heading", async () => {
  const content = "```\n## src/other.ts\n```ts\n````\n".repeat(3);
  const made = makeCodebase({ "src/fences.ts": content });
  const { chunks } = await chunk(made, { maxTokens: 1000, overview: 0 });
  expect(chunks[0]?.text).toBe(`## src/fences.ts\n\`\`\`\`\`typescript\n${content}\`\`\`\`\`\n`);
});

test("a name with line ends and blanks stays on its line", async () => {
  const made = makeCodebase({ "src/new\nline  name.ts": "let a;\n" });
  const { chunks } = await chunk(made, { maxTokens: 1000, overview: 0 });
  expect(chunks[0]?.text).toBe("## src/new line name.ts\n```typescript\nlet a;\n```\n");
});

test("secrets are overwritten in place, also in signatures, and the ranges still cover every byte", async () => {
  const secret = "sk-live-0123456789abcdef0123456789abcdef";
  const line = `const key = "${secret}";\n`;
  const content = line + functionText("totals", 60);
  const start = line.indexOf(secret);
  const symbol = { kind: "constant", parent: -1, exported: false, line: 1 } as const;
  const made = makeCodebase({
    "src/keys.ts": {
      content,
      secrets: [{ rule: "api-key", start, end: start + secret.length, line: 1 }],
      symbols: [{ ...symbol, name: "key", signature: line.trim(), start: 0, end: content.length }],
    },
  });
  const chunked = await chunk(made, { maxTokens: 300 });
  const sent = chunked.chunks.map(({ text }) => text).join("");
  expect(sent).toContain('const key = "[redacted:api-key]**********************";');
  expect(sent).not.toContain("0123456789abcdef");
  expect(sent).toContain("Inside: constant key\n");
  expect(chunked.chunks.flatMap(({ pieces }) => pieces).at(-1)?.end).toBe(content.length);
});

test("every module is in the table of contents, at 500 tokens and with thousands of them, and each text keeps the limit", async () => {
  const files = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`src/part${i % 40}/module-${i}.ts`, "\n"]));
  const made = makeCodebase(files);
  const chunked = await chunk(made, { maxTokens: 500 });
  const overview = chunked.chunks.filter(({ part }) => part === "overview");
  const named = overview.map(({ text }) => text).join("");
  expect(made.codebase.modules.filter(({ name }) => !named.includes(`- ${name}\n`))).toEqual([]);
  expect(await broken(made, chunked)).toEqual([]);
});

test("equal contents at another commit give the same bytes", async () => {
  const made = makeCodebase({ "src/totals.ts": fileOfFunctions([8, 30, 3]) });
  const one = await chunk(made, { maxTokens: 300 });
  const other = await chunk({ ...made, codebase: { ...made.codebase, commit: "f00" } }, { maxTokens: 300 });
  expect(other).toEqual(one);
});

test("after one line of one file most chunks are still the same", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [`src/f${i}.ts`, fileOfFunctions([i % 9, 4])]),
  );
  const before = await chunk(makeCodebase(files), { maxTokens: 4000 });
  const { content, ...rest } = fileOfFunctions([3, 4]);
  const after = await chunk(
    makeCodebase({ ...files, "src/f57.ts": { ...rest, content: `${String(content)}// x\n` } }),
    {
      maxTokens: 4000,
    },
  );
  const known = new Set(before.chunks.map(({ id }) => id));
  // The overview tells the tokens of each module.
  expect(after.chunks.filter(({ id }) => !known.has(id)).length).toBeLessThanOrEqual(3);
});

test("only the wanted files are cut, and no overview is sent where none is wanted", async () => {
  const made = makeCodebase({ "a.ts": "let a;\n", "b.ts": "let b;\n" });
  const { chunks } = await chunk(made, { maxTokens: 500, only: ["b.ts"], overview: 0 });
  expect(chunks.map(({ text }) => text)).toEqual(["## b.ts\n```typescript\nlet b;\n```\n"]);
});

test("a file that has changed since it was read is not sent: its secrets are unknown", async () => {
  const { codebase } = makeCodebase({ "a.ts": "let a;\n" });
  const readBytes = (): Promise<Buffer> => Promise.resolve(Buffer.from("let b;\n"));
  await expect(chunk({ codebase, readBytes }, { maxTokens: 500 })).rejects.toMatchObject({ code: "plan-stale" });
});

test("a limit without room for code is refused", async () => {
  const made = makeCodebase({ "a.ts": "let a;\n" });
  await expect(chunk(made, { maxTokens: 199 })).rejects.toMatchObject({ code: "config-invalid" });
});

describe("hostile files keep every promise", () => {
  test.each([
    ["a line of 1.25 MB", `const text = "${"abc, def; (ghi) => jkl ".repeat(56_000)}";`],
    ["200,000 line ends", "\n".repeat(200_000)],
    ["200,000 blanks", " ".repeat(200_000)],
    ["blanks and line ends", " \n".repeat(100_000)],
    ["no blank in 300,000 letters", "abcdefghij".repeat(30_000)],
    ["special tokens", "<|endoftext|><|im_start|>\n".repeat(3000)],
    ["a run of 20,000 fence marks", `${"`".repeat(20_000)}\n${"~".repeat(20_000)}\n`],
    ["Chinese without a blank", "漢字仮名交文".repeat(8000)],
    ["line ends of Windows behind a byte order mark", "\uFEFFexport const a = 1;\r\n\r\n".repeat(2000)],
    ["an empty file", ""],
    ["a file without a last line end", "let a;\nlet b;"],
    ["bytes that are no UTF-8", Buffer.from("gr\xfc\xdfe und \xff\xfe\n".repeat(3000), "latin1")],
    ["a character cut in two", Buffer.from([0x61, 0xe6, 0xbc])],
    ["joined emoji", "👩‍👩‍👧‍👦".repeat(5000)],
  ])("%s", async (_name, content) => {
    const made = makeCodebase({ "src/hostile.ts": content, "src/plain.ts": "let a;\n" });
    for (const maxTokens of [200, 500, 8000]) {
      const chunked = await chunk(made, { maxTokens });
      expect(await broken(made, chunked, false)).toEqual([]);
    }
  });
});

/** Lines that join each other's tokens at their borders, or look like what stands around them. */
const line = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "\t",
    "```",
    "~~~~",
    "## a.ts",
    "// x",
    "/",
    "}",
    "  return a + b;",
    "\r",
    "漢字仮名",
    "\uFEFF",
  ),
  fc.constantFrom("<|endoftext|>", "x".repeat(300), " ".repeat(300), "=".repeat(400), "'''", "é".repeat(40), "👩‍👩‍👧"),
  fc.string({ maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 30 }),
);
const content = fc
  .tuple(fc.array(line, { maxLength: 60 }), fc.constantFrom("\n", "\r\n", "\n\n", "\n  "), fc.boolean())
  .map(([lines, between, ends]) => lines.join(between).toWellFormed() + (ends ? "\n" : ""));
const factor = fc
  .constantFrom("gpt-5", "claude-opus-4-7", "grok-4", "ollama/x")
  .map((model): TokenFactor => familyFactor(model));

test("whatever the contents, limits and factors: nothing is above the limit, nothing is lost, twice gives the same", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(content, { maxLength: 8 }),
      fc.integer({ min: 200, max: 900 }),
      factor,
      async (contents, maxTokens, times) => {
        const made = makeCodebase(Object.fromEntries(contents.map((text, i) => [`src/d${i % 3}/f${i}.ts`, text])));
        const chunked = await chunk(made, { maxTokens, factor: times });
        expect(await broken(made, chunked)).toEqual([]);
        expect(await chunk(made, { maxTokens, factor: times })).toEqual(chunked);
      },
    ),
    { numRuns: 150 },
  );
});

/** Ranges that lie in each other or apart, at any byte: readers may be wrong about where a line begins. */
const symbolsOf = (length: number): fc.Arbitrary<readonly FileSymbol[]> =>
  fc
    .array(fc.tuple(fc.nat(length), fc.nat(length), fc.constantFrom("class", "function", "section")), { maxLength: 12 })
    .map((ranges) => {
      const sorted = ranges
        .map(([a, b, kind]) => ({ start: Math.min(a, b), end: Math.max(a, b), kind }))
        .sort((a, b) => a.start - b.start || b.end - a.end);
      const symbols: FileSymbol[] = [];
      for (const { start, end, kind } of sorted) {
        const parent = symbols.findLastIndex((symbol) => symbol.start <= start && end <= symbol.end);
        const last = symbols.at(-1);
        // Those of one level do not overlap.
        if (
          last !== undefined &&
          symbols.some((other) => other.start < end && start < other.end && !(other.start <= start && end <= other.end))
        )
          continue;
        symbols.push({
          name: `s${start}`,
          kind,
          signature: `${kind} s${start}\n`,
          start,
          end,
          line: 1,
          parent,
          exported: true,
        });
      }
      return symbols;
    });

test("wherever symbols are said to be, every byte is sent once and no chunk is above the limit", async () => {
  const files = fc.array(
    content.chain((text) =>
      fc.record({ content: fc.constant(text.repeat(3)), symbols: symbolsOf(Buffer.byteLength(text) * 3) }),
    ),
    { minLength: 1, maxLength: 3 },
  );
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 200, max: 400 }), factor, async (contents, maxTokens, times) => {
      const made = makeCodebase(Object.fromEntries(contents.map((file, i) => [`src/f${i}.ts`, file])));
      expect(await broken(made, await chunk(made, { maxTokens, factor: times }))).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
