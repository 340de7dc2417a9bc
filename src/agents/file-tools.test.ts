import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  existsSync,
} from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, afterEach, describe, expect, onTestFinished, test } from "vitest";
import type { ToolOutcome } from "./agent-tool.ts";
import { fileTools, replaceOnce } from "./file-tools.ts";

let dir = "";
let outside = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "allot-file-tools-"));
  outside = mkdtempSync(join(tmpdir(), "allot-outside-"));
  mkdirSync(join(dir, "src"));
  writeFileSync(join(dir, "src/a.ts"), "one\ntwo\nthree\n");
  writeFileSync(join(dir, "src/secret.ts"), "not declared\n");
  writeFileSync(join(outside, "target"), "outside\n");
});

afterEach(() => {
  rmSync(dir, { recursive: true });
  rmSync(outside, { recursive: true });
});

function call(
  name: string,
  input: unknown,
  declared: { reads?: string[]; writes?: string[]; deletes?: string[] } = {},
): Promise<ToolOutcome> {
  const tools = fileTools({ dir, reads: ["src/a.ts"], writes: ["src/b.ts"], ...declared });
  const tool = tools.find((candidate) => candidate.spec.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool.run(input);
}

test("lists the declared files with their rights and lengths", async () => {
  const { output } = await call("list_files", {});
  expect(output).toBe("src/a.ts (read; 3 lines)\nsrc/b.ts (read, write; does not exist yet)");
});

test("reads whole files and ranges with line numbers", async () => {
  expect((await call("read_file", { path: "src/a.ts" })).output).toBe(
    "src/a.ts, lines 1 to 3 of 3:\n1\tone\n2\ttwo\n3\tthree",
  );
  expect((await call("read_file", { path: "./src/a.ts", first_line: 2, last_line: 2 })).output).toBe(
    "src/a.ts, lines 2 to 2 of 3:\n2\ttwo",
  );
  expect((await call("read_file", { path: "src/a.ts", first_line: 9 })).output).toContain(
    "has 3 lines; there are none from 9",
  );
});

test("a long file is shown in parts that say where to go on", async () => {
  writeFileSync(
    join(dir, "src/a.ts"),
    Array.from({ length: 5_000 }, (_value, index) => `line ${index + 1} ${"x".repeat(40)}`).join("\n"),
  );
  const first = (await call("read_file", { path: "src/a.ts" })).output;
  expect(first.length).toBeLessThan(66_000);
  const next = Number(/go on from line (\d+)\]$/.exec(first)?.[1]);
  const second = (await call("read_file", { path: "src/a.ts", first_line: next })).output;
  expect(second).toContain(`\n${next}\tline ${next} `);
});

test("creates and replaces a declared file", async () => {
  expect(await call("write_file", { path: "src/b.ts", content: "export {};\n" })).toEqual({
    output: "src/b.ts written: 1 lines.",
    failed: false,
  });
  expect(readFileSync(join(dir, "src/b.ts"), "utf8")).toBe("export {};\n");
});

test("creates the folders on the way to a declared file", async () => {
  const outcome = await call("write_file", { path: "lib/deep/c.ts", content: "x" }, { writes: ["lib/deep/c.ts"] });
  expect(outcome.failed).toBe(false);
  expect(readFileSync(join(dir, "lib/deep/c.ts"), "utf8")).toBe("x");
});

test("an edit keeps the file's mode and its line ends", async () => {
  writeFileSync(join(dir, "src/b.ts"), "a\r\nb\r\nc\r\n");
  chmodSync(join(dir, "src/b.ts"), 0o755);
  const outcome = await call("edit_file", { path: "src/b.ts", old_text: "a\nb", new_text: "a\nx\nb" });
  expect(outcome).toEqual({ output: "src/b.ts edited: now 4 lines.", failed: false });
  expect(readFileSync(join(dir, "src/b.ts"), "utf8")).toBe("a\r\nx\r\nb\r\nc\r\n");
  expect(statSync(join(dir, "src/b.ts")).mode & 0o777).toBe(0o755);
});

test("an edit that does not match exactly once changes nothing and says why", () => {
  expect(replaceOnce("x = 1\nx = 1\n", "x = 1", "x = 2")).toEqual({
    why: "old_text stands in it more than once (lines 1 and 2); take more lines around it",
  });
  expect(replaceOnce("  if a:\n    b()\n", "if a:\n  b()", "")).toEqual({
    why: "old_text does not stand in it, only with other white space (lines 1 to 2); read these lines again",
  });
  expect(replaceOnce("one\ntwo\n", "one\nthree", "")).toEqual({
    why: "old_text does not stand in it; its first line stands at line 1, but what follows differs",
  });
  expect(replaceOnce("one\n", "nine", "")).toEqual({ why: "old_text does not stand in it; read the file again" });
  expect(replaceOnce("aaa", "aa", "b")).toMatchObject({ why: expect.stringContaining("more than once") });
  expect(replaceOnce("cost: $1", "$1", "$& and $'")).toBe("cost: $& and $'");
});

test("a file that is declared to be deleted is not written", async () => {
  const declared = { writes: ["src/a.ts"], deletes: ["src/a.ts"] };
  expect((await call("write_file", { path: "src/a.ts", content: "" }, declared)).failed).toBe(true);
  expect((await call("delete_file", { path: "src/a.ts" }, declared)).failed).toBe(false);
});

test("a file is deleted only where that is declared", async () => {
  expect(fileTools({ dir, reads: [], writes: ["src/a.ts"] }).map((tool) => tool.spec.name)).not.toContain(
    "delete_file",
  );
  expect(await call("delete_file", { path: "src/a.ts" }, { deletes: ["src/a.ts"] })).toEqual({
    output: "src/a.ts deleted.",
    failed: false,
  });
  expect(existsSync(join(dir, "src/a.ts"))).toBe(false);
  expect((await call("delete_file", { path: "src/secret.ts" }, { deletes: ["src/a.ts"] })).failed).toBe(true);
});

describe("confinement", () => {
  test.each([
    ["src/secret.ts", "is not declared for this task"],
    ["SRC/A.ts", "is not declared for this task"],
    ["src/a.ts/", undefined],
    ["../outside", 'leaves the tree with ".."'],
    ["src/../../etc/passwd", 'leaves the tree with ".."'],
    ["/etc/passwd", "is absolute"],
    [".git/config", "enters .git"],
    [".GIT/hooks/pre-commit", "enters .git"],
    ["src\\a.ts", "holds a backslash"],
    ["src/a.ts\u0000.txt", "holds a control character"],
    ["C:/a.ts", "drive letter"],
    ["", "is empty"],
    [".", "names the whole tree"],
  ])("reading %j is held to the declared files", async (path, why) => {
    const outcome = await call("read_file", { path });
    expect(outcome.failed).toBe(why !== undefined);
    expect(outcome.output).toContain(why ?? "one");
    expect(outcome.output).not.toContain("not declared\n");
  });

  test("a denial names the files that are allowed", async () => {
    expect((await call("write_file", { path: "src/a.ts", content: "" })).output).toBe(
      '"src/a.ts" is not declared for this task. Files you may write: src/b.ts.',
    );
  });

  test("a declared file that is a symbolic link is neither read nor written", async () => {
    symlinkSync(join(outside, "target"), join(dir, "src/b.ts"));
    for (const [name, input] of [
      ["read_file", {}],
      ["write_file", { content: "x" }],
      ["edit_file", { old_text: "outside", new_text: "x" }],
    ] as const) {
      const outcome = await call(name, { path: "src/b.ts", ...input });
      expect([name, outcome.failed]).toEqual([name, true]);
      expect(outcome.output).toContain("symbolic link");
    }
    expect(readFileSync(join(outside, "target"), "utf8")).toBe("outside\n");
  });

  test("a folder on the way that is a symbolic link is not followed", async () => {
    symlinkSync(outside, join(dir, "lib"));
    const outcome = await call("write_file", { path: "lib/new.ts", content: "x" }, { writes: ["lib/new.ts"] });
    expect(outcome).toMatchObject({ failed: true, output: expect.stringContaining("symbolic link") });
    expect(existsSync(join(outside, "new.ts"))).toBe(false);
  });

  test("a special file is not opened", async () => {
    const server = createServer().listen(join(dir, "src/b.ts"));
    onTestFinished(() => void server.close());
    await once(server, "listening");
    expect(await call("read_file", { path: "src/b.ts" })).toMatchObject({
      failed: true,
      output: expect.stringContaining("special file"),
    });
  });

  test("a declared path that leaves the workspace is refused when the tools are made", () => {
    expect(() => fileTools({ dir, reads: ["../x"], writes: [] })).toThrow('leaves the tree with ".."');
  });
});

test("binary files are named, not shown", async () => {
  writeFileSync(join(dir, "src/a.ts"), Buffer.from([1, 2, 0, 3]));
  expect(await call("read_file", { path: "src/a.ts" })).toEqual({
    output: "src/a.ts is binary (4 bytes) and cannot be shown.",
    failed: true,
  });
});
