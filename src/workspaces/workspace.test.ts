import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRunRepository, type RunRepository } from "./run-repository.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

let root: string;
let repository: RunRepository;
let rev: string;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "allot-workspace-"));
  const user = join(root, "user");
  mkdirSync(join(user, "src"), { recursive: true });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=u", "-c", "user.email=u@x", ...args], { cwd: user, encoding: "utf8" }).trim();
  git("init", "-q");
  writeFileSync(join(user, "src/a.py"), "a = 1\n");
  writeFileSync(join(user, "src/b.py"), "b = 1\n");
  writeFileSync(join(user, "tool.sh"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(user, ".gitignore"), "*.log\nbuild/\n");
  writeFileSync(join(user, "crlf.txt"), "x\r\ny\r\n");
  symlinkSync("/etc/passwd", join(user, "link"));
  git("add", "-A");
  git("commit", "-qm", "m");
  rev = git("rev-parse", "HEAD");
  repository = await openRunRepository({ userRepo: user, dir: join(root, "run.git") });
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function open(options: { reads?: string[]; writes?: string[] } = {}): Promise<Workspace> {
  return openWorkspace({
    repository,
    rev,
    reads: ["src/a.py", "crlf.txt"],
    writes: ["tool.sh", "new/c.py"],
    dir: join(root, "ws"),
    ...options,
  });
}

function textOf(
  changes: Map<string, { content: Uint8Array | string | null; mode?: string }>,
): Record<string, string | null> {
  return Object.fromEntries(
    [...changes].map(([path, { content, mode }]) => [
      `${mode ?? "gone"} ${path}`,
      content === null ? null : content.toString(),
    ]),
  );
}

test("holds the declared files to the byte, with run bits, in a git repository of its own, and tells how small it is", async () => {
  const workspace = await open();
  expect(readdirSync(workspace.dir).sort()).toEqual([".git", "crlf.txt", "new", "src", "tool.sh"]);
  expect(readdirSync(join(workspace.dir, "src"))).toEqual(["a.py"]);
  expect(readFileSync(join(workspace.dir, "crlf.txt"), "utf8")).toBe("x\r\ny\r\n");
  expect(execFileSync("git", ["status", "--porcelain"], { cwd: workspace.dir, encoding: "utf8" })).toBe("");
  expect(await workspace.collect()).toEqual(new Map());
  expect(workspace.size).toEqual({
    files: 3,
    bytes: 22,
    tokens: 6,
    repositoryFiles: 6,
    repositoryBytes: 52,
    repositoryTokens: 13,
  });
});

test("collects what changed, declared or not, and what is gone", async () => {
  const workspace = await open();
  writeFileSync(join(workspace.dir, "src/a.py"), "a = 2\n");
  writeFileSync(join(workspace.dir, "new/c.py"), "c\n");
  chmodSync(join(workspace.dir, "new/c.py"), 0o755);
  writeFileSync(join(workspace.dir, "src/undeclared.py"), "u\n");
  unlinkSync(join(workspace.dir, "tool.sh"));
  expect(textOf(await workspace.collect())).toEqual({
    "100644 src/a.py": "a = 2\n",
    "100755 new/c.py": "c\n",
    "100644 src/undeclared.py": "u\n",
    "gone tool.sh": null,
  });
});

test("links are told as links and never followed; pipes and what git ignores are left out", async () => {
  const workspace = await open({ reads: ["src", "link"], writes: ["out.log"] });
  expect(existsSync(join(workspace.dir, "link"))).toBe(false);
  expect(readdirSync(join(workspace.dir, "src"))).toEqual(["a.py", "b.py"]);
  symlinkSync("/etc", join(workspace.dir, "etc"));
  symlinkSync("/etc/hostname", join(workspace.dir, "out.log"));
  execFileSync("mkfifo", [join(workspace.dir, "pipe")]);
  mkdirSync(join(workspace.dir, "build"));
  writeFileSync(join(workspace.dir, "build/x"), "");
  writeFileSync(join(workspace.dir, "other.log"), "");
  mkdirSync(join(workspace.dir, "src/__pycache__"));
  writeFileSync(join(workspace.dir, "src/__pycache__/a.pyc"), "");
  expect(textOf(await workspace.collect())).toEqual({ "120000 etc": "/etc", "120000 out.log": "/etc/hostname" });
});

test("a folder declared to be written is collected also where git ignores it; what tools leave in it only when declared itself", async () => {
  const make = async (writes: string[]) => {
    const { dir, collect } = await open({ reads: ["src"], writes });
    for (const folder of ["build/env", "build/node_modules/x", "src"])
      mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(join(dir, "build/env/pyvenv.cfg"), "home = /usr/bin\n");
    for (const path of ["build/a.py", "build/env/b.py", "build/node_modules/x/c.js", "src/only-read.log"])
      writeFileSync(join(dir, path), "made\n");
    return textOf(await collect());
  };
  expect(await make(["build/**"])).toEqual({ "100644 build/a.py": "made\n" });
  expect(await make(["build"])).toEqual({ "100644 build/a.py": "made\n" });
  expect(await make(["build/node_modules/**"])).toEqual({ "100644 build/node_modules/x/c.js": "made\n" });
});

test("a nested .git that a worker makes is no part of the result", async () => {
  const workspace = await open();
  mkdirSync(join(workspace.dir, "src/.git/hooks"), { recursive: true });
  writeFileSync(join(workspace.dir, "src/.git/hooks/pre-commit"), "#!/bin/sh\n");
  expect(await workspace.collect()).toEqual(new Map());
});

test("is made from scratch where a crashed attempt left something, and removed at the end", async () => {
  const first = await open();
  writeFileSync(join(first.dir, "half-done.py"), "x");
  writeFileSync(join(first.dir, "src/a.py"), "half");
  chmodSync(join(first.dir, "src"), 0o500);
  const second = await open();
  expect(await second.collect()).toEqual(new Map());
  await second[Symbol.asyncDispose]();
  expect(existsSync(second.dir)).toBe(false);
});

test("a file too large to be meant is a fault", async () => {
  const workspace = await open();
  writeFileSync(join(workspace.dir, "big"), "");
  truncateSync(join(workspace.dir, "big"), 9 * 2 ** 20);
  await expect(workspace.collect()).rejects.toMatchObject({ code: "workspace-too-large" });
});

test.each(["../user/src/a.py", "/etc/passwd", ".git/config"])("refuses to hold %s", async (path) => {
  await expect(open({ reads: [path] })).rejects.toMatchObject({ code: "path-escapes" });
  await expect(open({ writes: [path] })).rejects.toMatchObject({ code: "path-escapes" });
});
