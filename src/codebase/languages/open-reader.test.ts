import { expect, test } from "vitest";
import type { Language, SourceFacts } from "./languages.ts";
import { openReader } from "./open-reader.ts";

async function read(language: Language, path: string, text: string): Promise<SourceFacts> {
  const reader = await openReader(language);
  if (reader === undefined) throw new Error(`${language} has no reader`);
  return reader.read(path, text);
}

/** Kind, name, whether exported, signature, and the bytes themselves. */
function told(facts: SourceFacts, text: string): string[] {
  const bytes = Buffer.from(text);
  return facts.symbols.map(
    ({ kind, name, exported, signature, start, end, parent }) =>
      `${parent < 0 ? "" : `${facts.symbols[parent]?.name} > `}${exported ? "" : "- "}${kind} ${name} | ${signature} | ${JSON.stringify(bytes.subarray(start, end).toString())}`,
  );
}

function imported(facts: SourceFacts, text: string): string[] {
  const bytes = Buffer.from(text);
  return facts.imports.map(
    ({ specifier, names, start, end, typeOnly }) =>
      `${typeOnly ? "types of " : ""}${specifier} {${names.join(" ")}} ${bytes.subarray(start, end).toString()}`,
  );
}

test("languages without symbols have no reader", async () => {
  for (const language of ["json", "yaml", "toml", "sql", "html", "text"] as const)
    expect(await openReader(language)).toBe(undefined);
});

test("TypeScript: comments and decorators belong to their symbol, members stand inside their class, signatures are one line", async () => {
  const text = [
    "// é of the file",
    "",
    "/** doc ü */",
    "@dec() export class A extends B {",
    "  // one",
    "  @inject() private run(a: number): void {}",
    "  get size() { return 1 }",
    "}",
    "export async function f<T>(",
    "  a: string, // why",
    "): Promise<T> { return 1 } // after",
    "type T = { a: 1 };",
    "",
  ].join("\n");
  expect(told(await read("typescript", "a.ts", text), text)).toEqual([
    'class A | export class A extends B | "/** doc ü */\\n@dec() export class A extends B {\\n  // one\\n  @inject() private run(a: number): void {}\\n  get size() { return 1 }\\n}\\n"',
    'A > - method run | private run(a: number): void | "  // one\\n  @inject() private run(a: number): void {}\\n"',
    'A > method size | get size() | "  get size() { return 1 }\\n"',
    'function f | export async function f<T>(a: string): Promise<T> | "export async function f<T>(\\n  a: string, // why\\n): Promise<T> { return 1 } // after\\n"',
    '- type T | type T = { a: 1 } | "type T = { a: 1 };\\n"',
  ]);
});

test("TypeScript: every way of importing is found, with what it takes and whether for types only", async () => {
  const text = [
    'import type { A } from "./a";',
    'import b, { c as d, type E } from "./b.js";',
    'export * from "./x"; export { q } from "./q";',
    'import L = require("./legacy");',
    'const { z } = require("./z");',
    "const lazy = () => import(`./lazy`), not = () => import(name);",
    'type T = import("./types").Foo;',
    '// require("./comment")',
    "const words = \"require('./text')\";",
    'const file = new URL("./worker.ts", import.meta.url);',
  ].join("\n");
  expect(imported(await read("typescript", "a.ts", text), text)).toEqual([
    'types of ./a {A} import type { A } from "./a";',
    './b.js {default c E} import b, { c as d, type E } from "./b.js";',
    './x {*} export * from "./x";',
    './q {q} export { q } from "./q";',
    './legacy {*} import L = require("./legacy");',
    './z {z} const { z } = require("./z");',
    "./lazy {*} import(`./lazy`)",
    'types of ./types {Foo} import("./types").Foo',
    './worker.ts {} new URL("./worker.ts", import.meta.url)',
  ]);
});

test("JavaScript: what module.exports names is exported; functions of objects and blocks of tests are members", async () => {
  const text = [
    "module.exports = { foo, baz() {} };",
    "function foo() {}",
    "function own() {}",
    "exports.q = (x) => x;",
    "A.prototype.run = function () {};",
    'describe("x", () => { it("y", () => {}); });',
  ].join("\n");
  expect(
    (await read("javascript", "a.js", text)).symbols.map(({ kind, name, exported, parent }) => [
      kind,
      name,
      exported,
      parent,
    ]),
  ).toEqual([
    ["constant", "module.exports", true, -1],
    ["method", "baz", true, 0],
    ["function", "foo", true, -1],
    ["function", "own", false, -1],
    ["function", "q", true, -1],
    ["method", "run", true, -1],
    ["section", 'describe("x")', false, -1],
    ["section", 'it("y")', false, 6],
  ]);
});

test("a Vue file is read by its script, at the places of the whole file", async () => {
  const text =
    '<template>é</template>\n<script setup lang="ts">\nimport X from "./X.vue";\nconst f = (a: number) => 1;\n</script>\n';
  const facts = await read("javascript", "a.vue", text);
  expect(told(facts, text)).toEqual(['- function f | const f = (a: number) | "const f = (a: number) => 1;\\n"']);
  expect(imported(facts, text)).toEqual(['./X.vue {default} import X from "./X.vue";']);
});

test("a script that does not parse is read by its lines", async () => {
  const text = 'import a from "./a";\nexport function one( {\nclass Two {}\n';
  const facts = await read("typescript", "a.ts", text);
  expect(facts.symbols.map(({ name, exported }) => [name, exported])).toEqual([
    ["one", true],
    ["Two", false],
  ]);
  expect(facts.imports.map(({ specifier }) => specifier)).toEqual(["./a"]);
});

test("Python: decorators and comments belong to their symbol; __all__ says what is exported; imports anywhere", async () => {
  const text = [
    "import os, a.b as c",
    "from . import x, y as z",
    "if TYPE_CHECKING:",
    "    from .models import User",
    "# über",
    "@dec",
    "class A(B):",
    "    def run(self): pass",
    "    def _own(self): pass",
    "async def g(a: int = 1) -> str:",
    "    from .late import late",
    'K = {"a": 1}',
    '__all__ = ["A", "K"]',
    'if __name__ == "__main__": g()',
    "",
  ].join("\n");
  const facts = await read("python", "a.py", text);
  expect(told(facts, text)).toEqual([
    'class A | class A(B) | "# über\\n@dec\\nclass A(B):\\n    def run(self): pass\\n    def _own(self): pass\\n"',
    'A > method run | def run(self) | "    def run(self): pass\\n"',
    'A > - method _own | def _own(self) | "    def _own(self): pass\\n"',
    '- function g | async def g(a: int = 1) -> str | "async def g(a: int = 1) -> str:\\n    from .late import late\\n"',
    'constant K | K = {"a": 1} | "K = {\\"a\\": 1}\\n"',
  ]);
  expect(imported(facts, text)).toEqual([
    "os {*} import os, a.b as c",
    "a.b {*} import os, a.b as c",
    ". {x y} from . import x, y as z",
    "types of .models {User} from .models import User",
    ".late {late} from .late import late",
  ]);
  expect(facts.entry).toBe('if __name__ == "__main__"');
});

test("Go: upper case is exported; groups fall into their names without a gap", async () => {
  const text =
    'package main\nimport (\n b "x/y"\n "z"\n)\n// S é\ntype S struct { a int }\nconst (\n\tOne = 1\n\ttwo = 2\n)\nfunc (s *S) Run(a int) error { return nil }\nfunc main() {}\n';
  const facts = await read("go", "a.go", text);
  expect(told(facts, text)).toEqual([
    'class S | type S struct | "// S é\\ntype S struct { a int }\\n"',
    'constant One | One = 1 | "const (\\n\\tOne = 1\\n"',
    '- constant two | two = 2 | "\\ttwo = 2\\n)\\n"',
    'method Run | func (s *S) Run(a int) error | "func (s *S) Run(a int) error { return nil }\\n"',
    '- function main | func main() | "func main() {}\\n"',
  ]);
  expect(imported(facts, text)).toEqual(['x/y {*} b "x/y"', 'z {*} "z"']);
  expect(facts.entry).toBe("func main");
});

test("Java: annotations are no part of the signature; members of an interface are public", async () => {
  const text =
    "package a;\nimport a.b.C;\nimport static a.D.*;\n/** doc */\n@Ann\npublic class A {\n  public static final int K = 1;\n  private int x;\n  @Override public void m(int a) throws E { }\n}\ninterface I { void f(); }\n";
  const facts = await read("java", "A.java", text);
  expect(
    facts.symbols.map(({ kind, name, exported, signature, parent }) => [kind, name, exported, signature, parent]),
  ).toEqual([
    ["class", "A", true, "public class A", -1],
    ["constant", "K", true, "public static final int K = 1", 0],
    ["method", "m", true, "public void m(int a) throws E", 0],
    ["interface", "I", false, "interface I", -1],
    ["method", "f", false, "void f()", 3],
  ]);
  expect(imported(facts, text)).toEqual(["a.b.C {C} import a.b.C;", "a.D.* {*} import static a.D.*;"]);
});

test("Rust: attributes belong to their item; a use tree is one import a path", async () => {
  const text =
    "use crate::a::{b, c::{d, e as f}};\nmod foo;\n/// doc\n#[derive(Debug)]\npub struct S { a: i32 }\nimpl T for S { fn f(&self) {} }\nfn own() {}\n";
  const facts = await read("rust", "src/lib.rs", text);
  expect(told(facts, text)).toEqual([
    'class S | pub struct S | "/// doc\\n#[derive(Debug)]\\npub struct S { a: i32 }\\n"',
    'class impl T for S | impl T for S | "impl T for S { fn f(&self) {} }\\n"',
    'impl T for S > method f | fn f(&self) | "fn f(&self) {}"',
    '- function own | fn own() | "fn own() {}\\n"',
  ]);
  expect(facts.imports.map(({ specifier, names }) => [specifier, ...names])).toEqual([
    ["crate::a", "b"],
    ["crate::a::c", "d", "e"],
    ["self::foo", "*"],
  ]);
});

test.each([
  [
    "ruby",
    "a.rb",
    'require_relative "x"\nclass A\n  def m(a)\n  end\n  private\n  def own; end\nend\n',
    ["class A + class A", "method m + def m(a)", "method own - def own"],
    ["./x"],
  ],
  [
    "php",
    "a.php",
    "<?php\nuse App\\{User, Post as P};\nrequire __DIR__ . '/x.php';\nclass A { private function m(): int { return 1; } }\nfunction f($a) {}\n",
    ["class A + class A", "method m - private function m(): int", "function f + function f($a)"],
    ["App\\User", "App\\Post", "./x.php"],
  ],
  [
    "cpp",
    "a.cpp",
    '#include "a.h"\n#include <vector>\nnamespace n { class C { int own(); public: int f() const { return 1; } }; }\nstatic int h(int a) { return 1; }\nint C::g() { return 1; }\n',
    [
      "module n + namespace n",
      "class C + class C",
      "method own - int own()",
      "method f + int f() const",
      "function h - static int h(int a)",
      "method C::g + int C::g()",
    ],
    ["a.h", "<vector>"],
  ],
  [
    "c",
    "a.h",
    "struct s { int a; };\ntypedef struct { int q; } t;\n#define MAX(a, b) (a)\nint *make(void);\n",
    [
      "class s + struct s",
      "type t + typedef struct",
      "function MAX + #define MAX(a, b)",
      "function make + int *make(void)",
    ],
    [],
  ],
  [
    "csharp",
    "a.cs",
    "using A.B;\nnamespace N;\n[X] public class C { public int P { get; } void M() {} }\n",
    ["class C + public class C", "method P + public int P", "method M - void M()"],
    ["A.B"],
  ],
  ["shell", "a.sh", '#!/bin/sh\n. "$DIR/lib.sh"\n# doc\nfoo() { echo; }\n', ["function foo + foo()"], ["./lib.sh"]],
  [
    "css",
    "a.css",
    '@import "b.css";\n.a > b { color: red }\n@media (x) { .q { a: b } }\n',
    ["section .a > b + .a > b", "section @media (x) + @media (x)", "section .q + .q"],
    ["b.css"],
  ],
  [
    "markdown",
    "a.md",
    "# A\n```\n# not\n```\n## B\nSetext\n---\n# C\n",
    ["section A + # A", "section B + ## B", "section Setext + Setext", "section C + # C"],
    [],
  ],
] as const)("%s: symbols, what is exported, signatures, imports", async (language, path, text, symbols, imports) => {
  const facts = await read(language, path, text);
  expect(
    facts.symbols.map(({ kind, name, exported, signature }) => `${kind} ${name} ${exported ? "+" : "-"} ${signature}`),
  ).toEqual(symbols);
  expect(facts.imports.map(({ specifier }) => specifier)).toEqual(imports);
});

const HOSTILE = {
  "one line of 1.25 MB": "x=1;y=(2+3);".repeat(105_000),
  "200,000 newlines": "\n".repeat(200_000),
  "100,000 open brackets": "(".repeat(100_000),
  "nested functions": "function f(){".repeat(20_000),
  "a chain of conditions": `x=${"a?b:".repeat(50_000)}1`,
  "a chain of signs on lines of their own": `x=${"!\n".repeat(50_000)}1`,
  "unfinished comments": "/*".repeat(50_000),
  "colons without an end": "if x:\n".repeat(20_000),
  "zero bytes": "\0".repeat(3000),
  "no text": "",
} as const;
const LANGUAGES = [
  "javascript",
  "typescript",
  "python",
  "go",
  "java",
  "rust",
  "ruby",
  "php",
  "cpp",
  "csharp",
  "shell",
  "css",
  "markdown",
] as const;

test.each(LANGUAGES)(
  "%s: hostile texts end soon, never throw, and keep the invariants",
  async (language) => {
    for (const text of Object.values(HOSTILE)) {
      const { symbols } = await read(language, "a.x", text);
      const ends = new Map<number, number>();
      for (const { start, end, parent } of symbols) {
        const holder = symbols[parent] ?? { start: 0, end: Buffer.byteLength(text) };
        expect(start).toBeGreaterThanOrEqual(ends.get(parent) ?? holder.start);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(holder.end);
        ends.set(parent, end);
      }
    }
  },
  60_000,
);
