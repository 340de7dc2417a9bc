import { describe, expect, test } from "vitest";
import type { Language } from "./languages.ts";
import { openImportResolver } from "./resolve-imports.ts";

/** A resolver over files that are given with their texts. */
function over(files: Readonly<Record<string, string>>) {
  const resolver = openImportResolver(Object.keys(files), (path) => files[path]);
  return (language: Language, from: string, specifier: string): string | null =>
    resolver.resolve(from, language, specifier);
}

describe("JavaScript and TypeScript", () => {
  const resolve = over({
    "package.json": '{"workspaces": ["packages/*"]}',
    "tsconfig.json":
      '{ // lenient\n "extends": "@company/not-installed", "compilerOptions": { "baseUrl": ".", "paths": { "~lib/*": ["packages/lib/src/*"], }, }, }',
    "packages/app/package.json": '{"name": "app", "imports": {"#db": "./src/db.js"}}',
    "packages/app/tsconfig.json": '{"files": [], "references": [{"path": "./tsconfig.app.json"}]}',
    "packages/app/tsconfig.app.json": '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}',
    "packages/app/src/main.ts": "",
    "packages/app/src/db.ts": "",
    "packages/app/src/ui/index.tsx": "",
    "packages/app/src/types.d.ts": "",
    "packages/lib/package.json":
      '{"name": "@me/lib", "main": "dist/index.js", "exports": {".": {"import": "./dist/index.mjs"}, "./*": "./dist/*.js"}}',
    "packages/lib/src/index.ts": "",
    "packages/lib/src/deep/part.ts": "",
  });
  test.each([
    ["./db.js", "packages/app/src/db.ts"],
    ["./db", "packages/app/src/db.ts"],
    ["./ui", "packages/app/src/ui/index.tsx"],
    ["./types", "packages/app/src/types.d.ts"],
    ["@/ui", "packages/app/src/ui/index.tsx"],
    ["~lib/deep/part", "packages/lib/src/deep/part.ts"],
    ["#db", "packages/app/src/db.ts"],
    ["@me/lib", "packages/lib/src/index.ts"],
    ["@me/lib/deep/part", "packages/lib/src/deep/part.ts"],
    ["./db.ts?raw", "packages/app/src/db.ts"],
    ["react", null],
    ["./missing", null],
    ["../../../../../etc/passwd", null],
  ])("%s means %s", (specifier, target) => {
    expect(resolve("typescript", "packages/app/src/main.ts", specifier)).toBe(target);
  });
});

test("Python: dots, roots with src, packages and modules beside a script", () => {
  const resolve = over({
    "pyproject.toml": "",
    "src/app/__init__.py": "",
    "src/app/models.py": "",
    "src/app/sub/__init__.py": "",
    "src/app/sub/deep.py": "",
    "tests/test_app.py": "",
    "tests/support.py": "",
    "spaces/part/inner.py": "",
  });
  expect(resolve("python", "src/app/sub/deep.py", "..models")).toBe("src/app/models.py");
  expect(resolve("python", "src/app/models.py", ".")).toBe("src/app/__init__.py");
  expect(resolve("python", "tests/test_app.py", "app.sub")).toBe("src/app/sub/__init__.py");
  expect(resolve("python", "tests/test_app.py", "support")).toBe("tests/support.py");
  expect(resolve("python", "tests/test_app.py", "spaces.part.inner")).toBe("spaces/part/inner.py");
  expect(resolve("python", "src/app/models.py", "....too.far")).toBe(null);
  expect(resolve("python", "src/app/models.py", "os")).toBe(null);
});

test("one import may mean several files, each with the names that come from it", () => {
  const paths = ["app/__init__.py", "app/a.py", "app/b.py", "src/lib.rs", "src/one.rs", "src/two/mod.rs"];
  const resolver = openImportResolver(paths, () => undefined);
  const read = (specifier: string, names: string[]) => ({ specifier, names, start: 0, end: 1, typeOnly: false });
  expect(
    resolver
      .resolveImport("app/a.py", "python", read(".", ["b", "VERSION"]))
      .map(({ names, target }) => [target, ...names]),
  ).toEqual([
    ["app/b.py", "b"],
    ["app/__init__.py", "VERSION"],
  ]);
  expect(
    resolver.resolveImport("src/lib.rs", "rust", read("crate", ["one", "two"])).map(({ target }) => target),
  ).toEqual(["src/one.rs", "src/two/mod.rs"]);
});

test("Go: the folder of an import by go.mod, of several modules and replaced ones, answered by one file of it", () => {
  const resolve = over({
    "go.mod": "module example.com/app\n\nrequire example.com/other v1.0.0\nreplace example.com/other => ./third\n",
    "main.go": "",
    "api/api.go": "",
    "api/aaa.go": "",
    "api/api_test.go": "",
    "tools/go.mod": "module example.com/app/tools\n",
    "tools/gen/run.go": "",
    "third/x/x.go": "",
  });
  expect(resolve("go", "main.go", "example.com/app/api")).toBe("api/api.go");
  expect(resolve("go", "main.go", "example.com/app/tools/gen")).toBe("tools/gen/run.go");
  expect(resolve("go", "main.go", "example.com/other/x")).toBe("third/x/x.go");
  expect(resolve("go", "main.go", "fmt")).toBe(null);
});

test("Rust: modules of the crate, siblings by super, other crates of the workspace", () => {
  const resolve = over({
    "crates/core/Cargo.toml": '[package]\nname = "my-core"\n',
    "crates/core/src/lib.rs": "",
    "crates/core/src/a.rs": "",
    "crates/core/src/a/deep.rs": "",
    "crates/cli/Cargo.toml": '[package]\nname = "cli"\n',
    "crates/cli/src/main.rs": "",
  });
  expect(resolve("rust", "crates/core/src/lib.rs", "self::a")).toBe("crates/core/src/a.rs");
  expect(resolve("rust", "crates/core/src/a/deep.rs", "super")).toBe("crates/core/src/a.rs");
  expect(resolve("rust", "crates/core/src/a/deep.rs", "crate::Thing")).toBe("crates/core/src/lib.rs");
  expect(resolve("rust", "crates/cli/src/main.rs", "my_core::a::deep")).toBe("crates/core/src/a/deep.rs");
  expect(resolve("rust", "crates/cli/src/main.rs", "std::path")).toBe(null);
});

test("Java, C#, Ruby, PHP, C, shell and CSS mean files by their own customs", () => {
  const resolve = over({
    "src/main/java/a/b/C.java": "",
    "App/App.csproj": "",
    "App/Models/User.cs": "",
    "lib/tool/part.rb": "",
    "lib/tool.rb": "",
    "composer.json": '{"autoload": {"psr-4": {"App\\\\": "app/"}}}',
    "app/Models/User.php": "",
    "include/x/y.h": "",
    "src/z.h": "",
    "bin/lib.sh": "",
    "css/_vars.scss": "",
  });
  expect(resolve("java", "src/main/java/a/Main.java", "a.b.C.Inner")).toBe("src/main/java/a/b/C.java");
  expect(resolve("java", "src/main/java/a/Main.java", "java.util.List")).toBe(null);
  expect(resolve("csharp", "App/Main.cs", "App.Models")).toBe("App/Models/User.cs");
  expect(resolve("ruby", "lib/tool.rb", "tool/part")).toBe("lib/tool/part.rb");
  expect(resolve("ruby", "lib/tool/part.rb", "../tool")).toBe("lib/tool.rb");
  expect(resolve("php", "index.php", "App\\Models\\User")).toBe("app/Models/User.php");
  expect(resolve("c", "src/main.c", "x/y.h")).toBe("include/x/y.h");
  expect(resolve("c", "src/main.c", "z.h")).toBe("src/z.h");
  expect(resolve("c", "src/main.c", "<stdio.h>")).toBe(null);
  expect(resolve("shell", "bin/run.sh", "./lib.sh")).toBe("bin/lib.sh");
  expect(resolve("css", "css/main.scss", "vars")).toBe("css/_vars.scss");
});

test("a broken manifest counts as empty", () => {
  const resolve = over({ "package.json": "{", "tsconfig.json": "[1,", "a.ts": "", "b.ts": "" });
  expect(resolve("typescript", "a.ts", "./b.js")).toBe("b.ts");
});
