import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { sampleCodebase } from "../../../../../test/support/sample-codebase.ts";
import { isAllotError } from "../../../../foundation/errors.ts";
import { fileIn, readOutput } from "./read-output.ts";
import { readTarget, type TargetWords } from "./read-target.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "allot-target-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));
for (const path of ["src/core.py", "src/api.py", "src/sub/api.py", "café.py", "yarn.lock", "a,b.py"]) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), "x\n");
}
const CODE = sampleCodebase(
  ["src/core.py", "src/api.py", "src/sub/api.py", "café.py", "a,b.py"].map((path) => ({ path, tokens: 5, score: 0.5 })),
  [{ path: "yarn.lock", bytes: 2, reason: "lock-file", detail: "by its name" }],
  root,
);
const NOTHING: TargetWords = { scope: null, target: null, module: null, file: null, files: null, positionals: [] };
const inGit = (path: string): Promise<boolean> => Promise.resolve(path === "src/gone.py");

function read(words: Partial<TargetWords>, cwd = root) {
  return readTarget({ ...NOTHING, ...words }, CODE, cwd, inGit);
}

async function refusal(words: Partial<TargetWords>): Promise<string> {
  try {
    await read(words);
  } catch (error) {
    if (isAllotError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "accepted";
}

describe("a target", () => {
  test("is a module by its name, its file, or the end of its name", async () => {
    const names = async (module: string) => (await read({ module: [module] }))?.target;
    expect(await names("src.core")).toEqual({ by: "modules", names: ["src.core"] });
    expect(await names("core")).toEqual({ by: "modules", names: ["src.core"] });
    expect(await names("./src/core.py")).toEqual({ by: "modules", names: ["src.core"] });
    expect(await names("sub.api")).toEqual({ by: "modules", names: ["src.sub.api"] });
  });

  test("that is no module, or several, says what there is", async () => {
    expect(await refusal({ module: ["api"] })).toBe(
      'usage: "api" is several modules: src.api, src.sub.api; give one of them',
    );
    expect(await refusal({ scope: "module", target: ["src.coer"] })).toContain("Did you mean src.core");
  });

  test.each([
    [{ scope: "codebase" as const }, { by: "codebase" }],
    [{ target: ["core_modules"] }, { by: "core-modules" }],
    [{ target: ["core-modules"] }, { by: "core-modules" }],
    [{ target: ["bottlenecks"] }, { by: "bottlenecks" }],
    [{ target: ["src"] }, { by: "paths", paths: ["src"] }],
    [
      { target: ["core"], scope: "module" as const },
      { by: "modules", names: ["src.core"] },
    ],
    [{ file: ["src/core.py"] }, { by: "paths", paths: ["src/core.py"] }],
    [{ file: ["."] }, { by: "codebase" }],
    [{ file: ["a,b.py"] }, { by: "paths", paths: ["a,b.py"] }],
    [
      { files: ["src/core.py"], positionals: ["src/api.py"] },
      { by: "paths", paths: ["src/core.py", "src/api.py"] },
    ],
    [{ positionals: ['"caf\\303\\251.py"'] }, { by: "paths", paths: ["café.py"] }],
  ])("%j", async (words, target) => {
    expect(await read(words)).toEqual({ target, notes: [] });
  });

  test("is a file as seen from the working folder, else from the root", async () => {
    expect((await read({ file: ["api.py"] }, join(root, "src/sub")))?.target).toEqual({
      by: "paths",
      paths: ["src/sub/api.py"],
    });
    expect((await read({ file: ["src/core.py"] }, join(root, "src")))?.target).toEqual({
      by: "paths",
      paths: ["src/core.py"],
    });
  });

  test("that was deleted or is left out is passed over and told; the others are read", async () => {
    expect(await read({ files: ["src/gone.py", "yarn.lock", "src/core.py"] })).toEqual({
      target: { by: "paths", paths: ["src/core.py"] },
      notes: ["src/gone.py was deleted: there is nothing to read", "yarn.lock is left out: lock-file (by its name)"],
    });
    expect((await read({ file: ["src/gone.py"] }))?.target).toBeNull();
  });

  test("of no files at all is nothing to do; of no words at all is the command's own", async () => {
    expect(await read({ files: [] })).toEqual({ target: null, notes: ["no file was named"] });
    expect(await read({})).toBeUndefined();
  });

  test("that never was a file, or is outside, is an error", async () => {
    expect(await refusal({ file: ["nope.py"] })).toBe(`file-not-found: nope.py is no file or folder of ${root}`);
    expect(await refusal({ file: ["../../etc/passwd"] })).toContain("path-escapes");
    expect(await refusal({ file: ["/etc/passwd"] })).toContain("path-escapes");
  });
});

describe("--output", () => {
  test("is a format, a file by its ending, or a folder", () => {
    expect(readOutput(null, root)).toEqual({ kind: "screen" });
    expect(readOutput("markdown", root)).toEqual({ kind: "stream", format: "markdown" });
    expect(readOutput("SARIF", root)).toEqual({ kind: "stream", format: "sarif" });
    expect(readOutput("out/a.md", root)).toEqual({ kind: "file", path: join(root, "out/a.md"), format: "markdown" });
    expect(readOutput("a.json", root)).toEqual({ kind: "file", path: join(root, "a.json"), format: "json" });
    expect(readOutput("docs/", root)).toEqual({ kind: "folder", path: join(root, "docs") });
    expect(readOutput("src", root)).toEqual({ kind: "folder", path: join(root, "src") });
  });

  test("of a folder names a file by the module, and never one outside", () => {
    expect(fileIn("/docs", "src.core")).toBe("/docs/src.core.md");
    expect(fileIn("/docs", "../../x")).toBe("/docs/_-..-x.md");
  });
});
