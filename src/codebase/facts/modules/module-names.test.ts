import { expect, test } from "vitest";
import { languageOf } from "../../languages/language-of.ts";
import { nameModules } from "./module-names.ts";

function namesOf(...paths: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const modules = nameModules(paths.map((path) => ({ path, language: languageOf(path) })));
  return Object.fromEntries(modules.map(({ name, files }) => [name, files]));
}

test("a module is named by its path, an index or __init__ by its folder", () => {
  expect(namesOf("src/gateway/paid.ts", "src/client/index.ts", "pkg/__init__.py", "pkg/core.py", "index.js")).toEqual({
    index: ["index.js"],
    pkg: ["pkg/__init__.py"],
    "pkg.core": ["pkg/core.py"],
    "src.client": ["src/client/index.ts"],
    "src.gateway.paid": ["src/gateway/paid.ts"],
  });
});

test("roots that a language leaves out of names are left out", () => {
  expect(namesOf("src/pkg/core.py", "app/src/main/java/com/acme/Foo.java")).toEqual({
    "com.acme.Foo": ["app/src/main/java/com/acme/Foo.java"],
    "pkg.core": ["src/pkg/core.py"],
  });
});

test("a folder of Go is one module, and so are a header and its source", () => {
  expect(namesOf("api/a.go", "api/b.go", "main.go", "src/list.c", "src/list.h", "src/map.c")).toEqual({
    api: ["api/a.go", "api/b.go"],
    main: ["main.go"],
    "src.list": ["src/list.c", "src/list.h"],
    "src.map": ["src/map.c"],
  });
});

test("equal names are told apart: a folder's file by its own name, others by their extension, the rest by a number", () => {
  expect(Object.keys(namesOf("src/a.ts", "src/a/index.ts", "src/b.js", "src/b.ts", "x/y z.ts", "x/y_z.ts"))).toEqual([
    "src.a",
    "src.a.index",
    "src.b.js",
    "src.b.ts",
    "x.y_z.ts",
    "x.y_z.ts-2",
  ]);
});

test("names hold nothing that a shell reads as more than a word", () => {
  const odd = [
    "pages/[id]/(group)/page one.tsx",
    "-rf.ts",
    "a/$(rm -rf).sh",
    "b/*.py",
    'c/line\nbreak".js',
    "d/日本.py",
  ];
  expect(Object.keys(namesOf(...odd)).toSorted()).toEqual([
    "_rf",
    "a._rm_-rf_",
    "b._",
    "c.line_break_",
    "d.日本",
    "pages._id_._group_.page_one",
  ]);
});

test("a long name is cut and stays unique", () => {
  const names = Object.keys(namesOf(`${"deep/".repeat(60)}a.ts`, `${"deep/".repeat(60)}b.ts`));
  expect(names.map((name) => name.length)).toEqual([160, 160]);
  expect(new Set(names).size).toBe(2);
});

test("a thousand files of one name are named quickly and each once", () => {
  const paths = Array.from({ length: 1_000 }, (_, index) => `a${" ".repeat(index % 50)}/x${"?".repeat(index + 1)}.ts`);
  expect(new Set(Object.keys(namesOf(...paths))).size).toBe(1_000);
});
