import { expect, test } from "vitest";
import type { ToolOutcome } from "./agent-tool.ts";
import { readerTools } from "./reader-tools.ts";

const FILES: Record<string, string> = {
  "src/a.ts": "import { b } from './b.ts';\nexport const a = b + 1;\n",
  "src/b.ts": "export const b = 1;\nexport const B = 2;\n",
  "src/deep/c.py": "def c():\r\n    return 'a+b'\r\n",
  "README.md": "# a\n",
};

function call(name: string, input: unknown, files = FILES): Promise<ToolOutcome> {
  const tool = readerTools({ list: () => Object.keys(files), read: (path) => files[path] }).find(
    (candidate) => candidate.spec.name === name,
  );
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool.run(input);
}

test.each([
  [undefined, "README.md\nsrc/a.ts\nsrc/b.ts\nsrc/deep/c.py"],
  ["src/**", "src/a.ts\nsrc/b.ts\nsrc/deep/c.py"],
  ["*.py", "src/deep/c.py"],
  ["src/deep", "src/deep/c.py"],
  ["./src/", "src/a.ts\nsrc/b.ts\nsrc/deep/c.py"],
  ["src/*.{ts,md}", "src/a.ts\nsrc/b.ts"],
])("the glob %j lists its files", async (glob, expected) => {
  expect((await call("list_files", glob === undefined ? {} : { glob })).output).toBe(expected);
});

test("a list that is too long says how much it left out", async () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_value, index) => [`f${index}.ts`, ""]));
  expect((await call("list_files", {}, many)).output).toMatch(/\[600 more; use a narrower glob\]$/);
});

test("reads ranges, and only files of the tree", async () => {
  expect((await call("read_file", { path: "src/a.ts", first_line: 2 })).output).toBe(
    "src/a.ts, lines 2 to 2 of 2:\n2\texport const a = b + 1;",
  );
  for (const path of ["../etc/passwd", "/etc/passwd", "constructor", "src"])
    expect((await call("read_file", { path })).failed).toBe(true);
});

test("searches for plain text, signs of expressions taken literally", async () => {
  expect((await call("search", { pattern: "a+b" })).output).toBe("src/deep/c.py:2: return 'a+b'");
  expect((await call("search", { pattern: "const b" })).output).toBe("src/b.ts:1: export const b = 1;");
  expect((await call("search", { pattern: "const b", ignore_case: true })).output).toBe(
    "src/b.ts:1: export const b = 1;\nsrc/b.ts:2: export const B = 2;",
  );
  expect((await call("search", { pattern: "nowhere" })).output).toBe("No match.");
});

test("searches by expression within a glob", async () => {
  expect((await call("search", { pattern: "^export (const|let) [ab]\\b", regex: true, glob: "src/*.ts" })).output).toBe(
    "src/a.ts:2: export const a = b + 1;\nsrc/b.ts:1: export const b = 1;",
  );
});

test("at most a hundred matches are shown", async () => {
  const { output } = await call("search", { pattern: "x" }, { "a.txt": "x\n".repeat(250) });
  expect(output.split("\n")).toHaveLength(101);
  expect(output).toMatch(/\[150 more matches; narrow it down\]$/);
});

test.each(["(a+)+$", "(a|a)*$", "(a?a)+$", "(?:x*)*y", "((ab)+c)*", "(a{1,9}){1,9}b", "(\\w+)\\1"])(
  "the expression %s is refused for its form",
  async (pattern) => {
    const outcome = await call("search", { pattern, regex: true });
    expect(outcome).toMatchObject({
      failed: true,
      output: expect.stringContaining("The pattern cannot be searched for"),
    });
  },
);

test.each(["(abc)+", "[(+*]+x?", "\\(a+\\)+", "(?=foo)bar", "a(b|c)d", "x{3}"])(
  "the expression %s is fine",
  async (pattern) => {
    expect((await call("search", { pattern, regex: true })).failed).toBe(false);
  },
);

test("an expression that is slow for all that is stopped", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 50 }, (_value, index) => [`f${index}`, `${"a".repeat(990)}\n`.repeat(50)]),
  );
  const before = performance.now();
  const outcome = await call("search", { pattern: "a*a*a*a*a*b", regex: true }, files);
  expect(outcome).toEqual({
    failed: true,
    output: "The search took too long; use a simpler pattern or a narrower glob.",
  });
  expect(performance.now() - before).toBeLessThan(15_000);
});

test("a broken expression is explained", async () => {
  expect((await call("search", { pattern: "(a", regex: true })).output).toContain("it is no regular expression");
});

test("what is too large to search is named", async () => {
  const { output } = await call("search", { pattern: "x" }, { "big.min.js": "x".repeat(1_000_001), "a.txt": "x" });
  expect(output).toBe("a.txt:1: x\n[not searched, too large: big.min.js]");
});
