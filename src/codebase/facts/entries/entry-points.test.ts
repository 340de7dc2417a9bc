import { expect, test } from "vitest";
import { entryPoints } from "./entry-points.ts";
import { startsIn } from "./manifest-starts.ts";

function entriesOf(path: string, text: string, files: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(entryPoints(startsIn(path, text), new Set(files)));
}

test("a package starts at its programs, its main file and its exports; built files stand for their sources", () => {
  const manifest = JSON.stringify({
    bin: { tool: "./dist/cli/main.js" },
    main: "./lib/index.cjs",
    exports: { ".": { types: "./dist/index.d.ts", import: "./dist/esm/api.js" }, "./package.json": "./package.json" },
    scripts: { start: "NODE_ENV=production node --enable-source-maps server.js" },
  });
  const files = ["web/src/cli/main.ts", "web/src/index.ts", "web/src/api.ts", "web/server.js", "src/index.ts"];
  expect(entriesOf("web/package.json", manifest, files)).toEqual({
    "web/src/cli/main.ts": "package.json bin",
    "web/src/index.ts": "package.json main",
    "web/src/api.ts": "package.json exports",
    "web/server.js": "package.json scripts.start",
  });
});

test("a package that says nothing starts at its index", () => {
  expect(entriesOf("package.json", "{}", ["index.js", "other.js"])).toEqual({
    "index.js": "package.json (by default)",
  });
});

test("a package named without extension is found", () => {
  expect(entriesOf("package.json", '{"main":"lib"}', ["lib/index.js"])).toEqual({
    "lib/index.js": "package.json main",
  });
});

test("scripts of Python projects are modules, below src/ too", () => {
  const project =
    '[project]\nname = "x"\n\n[project.scripts]\ntool = "pkg.cli:main"\n\n[tool.other]\nx = "pkg.other:y"\n';
  const setup =
    'setup(\n  entry_points={\n    "console_scripts": [\n      "b = pkg.second:run",\n    ],\n  },\n  url="a:b",\n)\n';
  expect(entriesOf("pyproject.toml", project, ["src/pkg/cli.py", "src/pkg/other.py"])).toEqual({
    "src/pkg/cli.py": "pyproject.toml scripts",
  });
  expect(entriesOf("setup.py", setup, ["pkg/second.py"])).toEqual({ "pkg/second.py": "setup.py scripts" });
});

test("crates start at their programs and libraries", () => {
  const manifest = '[package]\nname = "x"\n\n[[bin]]\nname = "tool"\npath = "src/tool.rs"\n';
  expect(entriesOf("crates/x/Cargo.toml", manifest, ["crates/x/src/lib.rs", "crates/x/src/tool.rs"])).toEqual({
    "crates/x/src/lib.rs": "Cargo.toml lib",
    "crates/x/src/tool.rs": "Cargo.toml bin",
  });
});

test("a manifest that is broken, or points out of the repository, names nothing", () => {
  expect(entriesOf("package.json", "{ not json", ["index.js"])).toEqual({ "index.js": "package.json (by default)" });
  expect(entriesOf("package.json", '{"main":"../../etc/passwd"}', ["etc/passwd", "passwd"])).toEqual({});
});
