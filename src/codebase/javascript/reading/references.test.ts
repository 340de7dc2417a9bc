import { expect, test } from "vitest";
import { usesOf } from "./references.ts";
import { parseModule } from "./syntax.ts";

/** Names the code uses from outside, each with marks: c called later, t type, w written, x may run while loading, s shorthand. */
function names(code: string, path = "code.ts"): string[] {
  const text = parseModule(path, code);
  if ("errors" in text) throw new Error(text.errors.join("\n"));
  return text.body
    .flatMap((statement) => usesOf(statement).references)
    .map(
      (use) =>
        `${use.name}${use.phase === "call" ? " c" : ""}${use.type ? " t" : ""}${use.write ? " w" : ""}${use.executed ? " x" : ""}${use.shorthand ? " s" : ""}`,
    );
}

test("names bound by parameters, patterns, blocks, catch and loops are not uses", () => {
  expect(
    names(
      "function f({ a, b: [c = d] }, ...rest) { var e; { let g = a; function h() {} } try { h(e); } catch ({ x }) { x; } return c + rest; }",
    ),
  ).toEqual(["d c"]);
  expect(names("for (const [k, v] of entries) { k; v; }")).toEqual(["entries"]);
  expect(names("for (k in object) {}", "code.cjs")).toEqual(["k w", "object"]);
  expect(names("const f = function me() { return me(arguments); };")).toEqual([]);
  expect(names("label: for (;;) { continue label; }")).toEqual([]);
});

test("a var in a nested block, and a hoisted function, bind in the whole function", () => {
  expect(names("function f() { use(later); if (1) { var later = 2; } return g; function g() {} }")).toEqual(["use c"]);
});

test("what runs while loading is told apart from what runs when called", () => {
  expect(names("const a = b + (() => c)();")).toEqual(["b", "c"]);
  expect(names("const a = make(b); const f = () => make(b);")).toEqual(["make x", "b x", "make c", "b c"]);
  expect(names("[1].map((one) => later(one));")).toEqual(["later x"]);
  expect(names("Object.freeze(table);")).toEqual(["Object x", "table"]);
});

test("property names, object keys and member names are not uses, shorthands are", () => {
  expect(names("const o = { key: value, short, [dyn]: 1, method() { return short; } };")).toEqual([
    "value",
    "short s",
    "dyn",
    "short c",
  ]);
  expect(names("a.b.c[d]?.e;")).toEqual(["a", "d"]);
});

test("assignments, updates and destructuring targets are writes", () => {
  expect(names("a = 1; b++; ({ c, d: e.f, ...g } = h); [i = j] = k;")).toEqual([
    "a w",
    "b w",
    "c w s",
    "e",
    "g w",
    "h",
    "i w",
    "j",
    "k",
  ]);
});

test("a class reads heritage, computed keys and static values while loading, the rest when called", () => {
  expect(names("class A extends B { [k]() { return m; } static s = t; f = g; static { h(); } }", "code.js")).toEqual([
    "B",
    "k",
    "m c",
    "t",
    "g c",
    "h x",
  ]);
  expect(names("const A = class Own { a() { return Own; } };", "code.js")).toEqual([]);
  expect(names("class Seen { a() { return Seen; } }", "code.js")).toEqual(["Seen c"]);
});

test("types are uses of their own kind, and type parameters bind", () => {
  expect(names("function f<T extends U>(a: T, b: Map<string, V>): asserts a is W { return a as X; }")).toEqual([
    "U c t",
    "Map c t",
    "V c t",
    "W c t",
    "X c t",
  ]);
  expect(names("type M<T> = { [K in keyof T]: N<K> } | (T extends infer I ? I : O);")).toEqual(["N t", "O t"]);
  expect(names("interface P extends Q<R> { m(a: S): typeof v; }")).toEqual(["Q t", "R t", "S t", "v t"]);
  expect(names("enum E { A = base, B = A << 1 }")).toEqual(["base"]);
  expect(names("class C<T> implements D<T> { constructor(private readonly e: F) {} }")).toEqual(["D t", "F c t"]);
  expect(names("let q: ns.Inner = ns.make();")).toEqual(["ns t", "ns x"]);
});

test("JSX names components, not tags or attributes", () => {
  expect(names("const v = <Box.Inner a={b} c='d'><div/><Other {...e}/></Box.Inner>;", "code.tsx")).toEqual([
    "Box",
    "b",
    "Other",
    "e",
    "Box",
  ]);
});

test("export lists use local names, re-exports do not", () => {
  expect(names("export { a, b as c }; export { d } from './d.js'; export type { T };")).toEqual(["a", "b", "T t"]);
});
