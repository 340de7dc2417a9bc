import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openRunRepository, type FileContent, type RunRepository } from "./run-repository.ts";
import { findRepository, resolveRevision, snapshotUser } from "./user-repository.ts";

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);
let root: string;
let user: string;
let base: string;

function git(...args: string[]): string {
  return execFileSync("git", ["-c", "user.name=u", "-c", "user.email=u@x", "-c", "init.defaultBranch=main", ...args], {
    cwd: user,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function put(path: string, content: string, mode?: number): void {
  mkdirSync(join(user, path, ".."), { recursive: true });
  writeFileSync(join(user, path), content);
  if (mode !== undefined) chmodSync(join(user, path), mode);
}

function open(name = "run.git"): Promise<RunRepository> {
  return openRunRepository({ userRepo: user, dir: join(root, name) });
}

function files(entries: Record<string, string | null | FileContent>): Map<string, FileContent> {
  return new Map(
    Object.entries(entries).map(([path, value]) => [
      path,
      value === null || typeof value === "string" ? { content: value } : value,
    ]),
  );
}

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "allot-repo-")));
  user = join(root, "user");
  mkdirSync(user);
  git("init", "-q");
  put("a.txt", "one\ntwo\nthree\n");
  put("bin/tool.sh", "#!/bin/sh\necho tool\n", 0o755);
  put("src/b.py", "x = 1\n");
  symlinkSync("../a.txt", join(user, "src/link"));
  writeFileSync(join(user, "data.bin"), Buffer.from([0, 1, 255]));
  git("add", "-A");
  git("commit", "-qm", "first");
  base = git("rev-parse", "HEAD");
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("reading", () => {
  test("gives text files, and undefined for binary files, links and files that are not there", async () => {
    const repository = await open();
    expect(await repository.read(base, "a.txt")).toBe("one\ntwo\nthree\n");
    expect(await repository.read(base, "data.bin")).toBeUndefined();
    expect(await repository.readBytes(base, "data.bin")).toEqual(Buffer.from([0, 1, 255]));
    expect(await repository.read(base, "src/link")).toBeUndefined();
    expect(await repository.read(base, "nowhere")).toBeUndefined();
    expect(await repository.list(base)).toEqual(["a.txt", "bin/tool.sh", "data.bin", "src/b.py", "src/link"]);
    expect(await repository.size(base)).toBe(14 + 20 + 3 + 6 + 8);
  });

  test("refuses what is no full hash, and hashes that are no commits", async () => {
    const repository = await open();
    await expect(repository.read("--output=x", "a.txt")).rejects.toMatchObject({ code: "revision-not-found" });
    await expect(repository.list("0".repeat(40))).rejects.toMatchObject({ code: "revision-not-found" });
    await expect(repository.list(git("rev-parse", "HEAD:a.txt"))).rejects.toMatchObject({ code: "revision-not-found" });
  });
});

describe("committing", () => {
  test("the same inputs make the same commit in any repository, and modes and links of other files stay", async () => {
    const request = {
      parent: base,
      files: files({
        "new/c.txt": "c\n",
        "bin/tool.sh": "#!/bin/sh\necho new\n",
        "src/b.py": null,
        "run.sh": { content: "x\n", mode: "100755" },
      }),
      message: "Mini-Task 1: change things",
      atMs: AT,
    };
    const first = await (await open()).commit(request);
    const other = await open("other.git");
    expect(await other.commit(request)).toBe(first);
    const modes = [...(await other.entries(first))].map(([path, { mode }]) => `${mode} ${path}`);
    expect(modes).toEqual([
      "100644 a.txt",
      "100755 bin/tool.sh",
      "100644 data.bin",
      "100644 new/c.txt",
      "100755 run.sh",
      "120000 src/link",
    ]);
    expect(await other.read(first, "bin/tool.sh")).toBe("#!/bin/sh\necho new\n");
    expect(readdirSync(join(root, "run.git")).filter((name) => name.startsWith("index"))).toEqual([]);
  });

  test("content goes in to the byte, whatever attributes say about line ends", async () => {
    const repository = await open();
    const rev = await repository.commit({
      parent: base,
      files: files({ ".gitattributes": "* text=auto eol=lf\n", "w.txt": "a\r\nb\r\n" }),
      message: "m",
      atMs: AT,
    });
    expect(await repository.read(rev, "w.txt")).toBe("a\r\nb\r\n");
  });

  test.each(["../out", "/etc/passwd", ".git/hooks/pre-commit", "sub/.GIT/config", "a\\b", "C:/x", "x\0y", "dot./x"])(
    "refuses the path %j",
    async (path) => {
      const repository = await open();
      const attempt = repository.commit({ parent: base, files: files({ [path]: "x" }), message: "m", atMs: AT });
      await expect(attempt).rejects.toMatchObject({ code: "path-escapes" });
    },
  );

  test("refuses to write through a link and to put a file where a folder stands, unless that goes away", async () => {
    const repository = await open();
    const attempt = (entries: Record<string, string | null>) =>
      repository.commit({ parent: base, files: files(entries), message: "m", atMs: AT });
    await expect(attempt({ "src/link/x": "x" })).rejects.toMatchObject({ code: "path-escapes" });
    await expect(attempt({ bin: "x" })).rejects.toMatchObject({ code: "path-escapes" });
    const swapped = await attempt({ "bin/tool.sh": null, bin: "x\n", "a.txt": null, "a.txt/inside": "y\n" });
    expect(await repository.list(swapped)).toEqual(["a.txt/inside", "bin", "data.bin", "src/b.py", "src/link"]);
  });
});

describe("comparing", () => {
  test("names every kind of change with its lines", async () => {
    const repository = await open();
    const long = Array.from({ length: 30 }, (_, line) => `line ${line}\n`).join("");
    const start = await repository.commit({ parent: base, files: files({ "old.txt": long }), message: "m", atMs: AT });
    const head = await repository.commit({
      parent: start,
      files: files({
        "old.txt": null,
        "moved/new.txt": `${long}more\n`,
        "a.txt": "one\n2\nthree\n",
        "data.bin": null,
        "plus.txt": "p\n",
        "src/b.py": { content: "x = 1\n", mode: "100755" },
      }),
      message: "m",
      atMs: AT,
    });
    expect(await repository.changes(start, head)).toEqual([
      { path: "a.txt", kind: "modified", addedLines: 1, removedLines: 1 },
      { path: "data.bin", kind: "deleted", addedLines: 0, removedLines: 0 },
      { path: "moved/new.txt", kind: "renamed", from: "old.txt", addedLines: 1, removedLines: 0 },
      { path: "plus.txt", kind: "added", addedLines: 1, removedLines: 0 },
      { path: "src/b.py", kind: "mode", addedLines: 0, removedLines: 0 },
    ]);
    expect(await repository.changes(start, start)).toEqual([]);
  });

  test("a diff beyond its limit is cut at a line and says so", async () => {
    const repository = await open();
    const head = await repository.commit({
      parent: base,
      files: files({ "a.txt": "ONE\ntwo\nthree\n" }),
      message: "m",
      atMs: AT,
    });
    expect(await repository.diff(base, head, { maxBytes: 10_000 })).toContain("\n-one\n+ONE\n two\n");
    const cut = await repository.diff(base, head, { maxBytes: 60 });
    expect(cut.endsWith("\n[the diff goes on; only its first 60 bytes are shown]\n")).toBe(true);
  });
});

describe("merging", () => {
  test("puts what theirs did since its base on top of ours, as one commit, the same each time", async () => {
    const repository = await open();
    const make = (entries: Record<string, string>) =>
      repository.commit({ parent: base, files: files(entries), message: "m", atMs: AT });
    const ours = await make({ "a.txt": "ONE\ntwo\nthree\n" });
    const theirs = await make({ "a.txt": "one\ntwo\nthree\nfour\n", "n.txt": "n\n" });
    const merged = await repository.merge({ base, ours, theirs, message: "both", atMs: AT });
    if (merged.kind !== "merged") throw new Error("expected a merge");
    expect(await repository.read(merged.rev, "a.txt")).toBe("ONE\ntwo\nthree\nfour\n");
    expect(
      execFileSync("git", ["--git-dir", repository.dir, "log", "-1", "--format=%P|%s|%an|%ct", merged.rev], {
        encoding: "utf8",
      }),
    ).toBe(`${ours}|both|allot|${AT / 1000}\n`);
    expect(await repository.merge({ base, ours, theirs, message: "both", atMs: AT })).toEqual(merged);
  });

  test("tells the paths that conflict and makes nothing", async () => {
    const repository = await open();
    const make = (text: string) =>
      repository.commit({ parent: base, files: files({ "a.txt": text }), message: "m", atMs: AT });
    const [ours, theirs] = [await make("ours\n"), await make("theirs\n")];
    expect(await repository.merge({ base, ours, theirs, message: "m", atMs: AT })).toEqual({
      kind: "conflict",
      paths: ["a.txt"],
    });
  });

  test("the base given counts, not the one in history", async () => {
    const repository = await open();
    const middle = await repository.commit({
      parent: base,
      files: files({ "a.txt": "middle\n" }),
      message: "m",
      atMs: AT,
    });
    const theirs = await repository.commit({
      parent: middle,
      files: files({ "t.txt": "t\n" }),
      message: "m",
      atMs: AT,
    });
    const merged = await repository.merge({ base: middle, ours: base, theirs, message: "m", atMs: AT });
    if (merged.kind !== "merged") throw new Error("expected a merge");
    expect(await repository.changes(base, merged.rev)).toEqual([
      { path: "t.txt", kind: "added", addedLines: 1, removedLines: 0 },
    ]);
  });
});

describe("publishing", () => {
  test("adds one branch and leaves HEAD, index, tree, stash and configuration alone, dirty trees included", async () => {
    put("a.txt", "stashed\n");
    git("stash");
    put("a.txt", "staged\n");
    git("add", "a.txt");
    put("a.txt", "dirty\n");
    put("untracked.txt", "u\n");
    const repository = await open();
    const before = await repository.snapshot();
    const index = readFileSync(join(user, ".git/index"));
    const rev = await repository.commit({ parent: base, files: files({ "n.txt": "n\n" }), message: "m", atMs: AT });
    expect(await repository.snapshot()).toBe(before);
    await repository.publish("allot/run-1", rev);
    await repository.publish("allot/run-1", rev);
    expect(git("rev-parse", "allot/run-1")).toBe(rev);
    expect(git("show", "allot/run-1:n.txt")).toBe("n");
    expect(git("fsck", "--strict")).toBe("");
    expect(await repository.snapshot(["allot/run-1"])).toBe(before);
    expect(readFileSync(join(user, ".git/index"))).toEqual(index);
    expect(git("status", "--porcelain")).toBe("MM a.txt\n?? untracked.txt");
  });

  test("the result stands on its own when the run's repository is gone", async () => {
    const repository = await open();
    const first = await repository.commit({ parent: base, files: files({ "n.txt": "n\n" }), message: "m", atMs: AT });
    const second = await repository.commit({
      parent: first,
      files: files({ "n.txt": "n2\n" }),
      message: "m",
      atMs: AT,
    });
    await repository.publish("allot/r", second);
    rmSync(repository.dir, { recursive: true });
    expect(git("log", "--format=%s", "allot/r")).toBe("m\nm\nfirst");
    expect(git("show", `${first}:n.txt`)).toBe("n");
  });

  test("moves a branch only forward or where this run left it", async () => {
    const repository = await open();
    const one = await repository.commit({ parent: base, files: files({ x: "1\n" }), message: "m", atMs: AT });
    const two = await repository.commit({ parent: base, files: files({ x: "2\n" }), message: "m", atMs: AT });
    await repository.publish("allot/r", one);
    await repository.publish("allot/r", two);
    expect(git("rev-parse", "allot/r")).toBe(two);
    git("branch", "-f", "allot/r", git("commit-tree", "-m", "other work", "HEAD^{tree}"));
    await expect(repository.publish("allot/r", one)).rejects.toMatchObject({ code: "run-state" });
    git("branch", "behind", base);
    await repository.publish("behind", one);
    expect(git("rev-parse", "behind")).toBe(one);
  });

  test("refuses a branch that is checked out and names that git would not take", async () => {
    const repository = await open();
    const rev = await repository.commit({ parent: base, files: files({ x: "1\n" }), message: "m", atMs: AT });
    await expect(repository.publish(git("branch", "--show-current"), rev)).rejects.toMatchObject({ code: "run-state" });
    for (const name of ["-f", "a..b", "x.lock", "a b", "refs/heads/x", "@", "a/.b", ""]) {
      await expect(repository.publish(name, rev)).rejects.toMatchObject({ code: "path-escapes" });
    }
  });

  test("runs no hook of the user's repository", async () => {
    const hook = `#!/bin/sh\ntouch ${join(root, "hook-ran")}\n`;
    for (const name of ["reference-transaction", "post-checkout", "pre-commit", "post-index-change"])
      put(`.git/hooks/${name}`, hook, 0o755);
    git("config", "core.fsmonitor", join(user, ".git/hooks/pre-commit"));
    const repository = await open();
    const rev = await repository.commit({ parent: base, files: files({ x: "1\n" }), message: "m", atMs: AT });
    await repository.publish("allot/r", rev);
    await repository.snapshot();
    await using _checkout = await repository.export(rev, join(root, "out"));
    expect(readdirSync(root)).not.toContain("hook-ran");
  });
});

describe("exporting", () => {
  test("makes a clean tree with run bits and links, in which git works", async () => {
    const repository = await open();
    const rev = await repository.commit({ parent: base, files: files({ "n.txt": "n\n" }), message: "m", atMs: AT });
    put("a.txt", "dirty\n");
    const dir = join(root, "out");
    mkdirSync(dir);
    writeFileSync(join(dir, "left-over"), "");
    const checkout = await repository.export(rev, dir);
    expect(readdirSync(dir).sort()).toEqual([".git", "a.txt", "bin", "data.bin", "n.txt", "src"]);
    expect(readFileSync(join(dir, "a.txt"), "utf8")).toBe("one\ntwo\nthree\n");
    expect(lstatSync(join(dir, "bin/tool.sh")).mode & 0o111).not.toBe(0);
    expect(readlinkSync(join(dir, "src/link"))).toBe("../a.txt");
    const ran = await checkout.run("bin/tool.sh && git status --porcelain && git log --format=%s", {
      timeoutMs: 20_000,
    });
    expect(ran).toMatchObject({ exitCode: 0, output: "tool\nm\nfirst\n" });
    await checkout[Symbol.asyncDispose]();
    expect(readdirSync(root)).not.toContain("out");
    expect(readFileSync(join(user, "a.txt"), "utf8")).toBe("dirty\n");
  });

  test("links installed dependencies; a monorepo's links to its own packages lead into the checkout", async () => {
    put("packages/own/package.json", '{"name":"own","main":"index.js"}');
    put("packages/own/index.js", "module.exports = 'committed';\n");
    put(".gitignore", "node_modules\n");
    git("add", "-A");
    git("commit", "-qm", "packages");
    put("node_modules/dep/index.js", "module.exports = 'installed';\n");
    put("node_modules/@scope/dep/index.js", "module.exports = 'scoped';\n");
    symlinkSync("../packages/own", join(user, "node_modules/own"));
    put("packages/own/index.js", "module.exports = 'dirty';\n");
    const repository = await open();
    await using checkout = await repository.export(git("rev-parse", "HEAD"), join(root, "out"));
    expect(checkout.linked).toEqual(["node_modules"]);
    const ran = await checkout.run(
      `node -p "[require('dep'), require('@scope/dep'), require('own')].join()"; git status --porcelain`,
      {
        timeoutMs: 20_000,
      },
    );
    expect(ran.output).toBe("installed,scoped,committed\n");
  });

  test("a Python environment that imports the user's tree imports the checkout instead", async () => {
    put("src/mod/__init__.py", "WHERE = 'user'\n");
    git("add", "-A");
    git("commit", "-qm", "mod");
    put(".venv/lib/python3.99/site-packages/mod.pth", `${join(user, "src")}\n`);
    const repository = await open();
    await using checkout = await repository.export(git("rev-parse", "HEAD"), join(root, "out"));
    expect(checkout.env).toEqual({ PYTHONPATH: join(root, "out", "src") });
  });

  test("fills in submodules at the commit the tree names, whatever state the user's are in", async () => {
    const top = join(root, "top");
    const inTop = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=u", "-c", "user.email=u@x", "-c", "protocol.file.allow=always", ...args], {
        cwd: top,
        encoding: "utf8",
      }).trim();
    execFileSync("git", ["init", "-q", top]);
    inTop("submodule", "--quiet", "add", user, "sub");
    inTop("submodule", "--quiet", "add", user, "absent");
    inTop("commit", "-qm", "with submodules");
    inTop("submodule", "--quiet", "deinit", "-f", "absent");
    writeFileSync(join(top, "sub/a.txt"), "dirty\n");
    const repository = await openRunRepository({ userRepo: top, dir: join(root, "top.git") });
    await using checkout = await repository.export(inTop("rev-parse", "HEAD"), join(root, "out"));
    expect(readFileSync(join(checkout.dir, "sub/a.txt"), "utf8")).toBe("one\ntwo\nthree\n");
    expect(readdirSync(join(checkout.dir, "absent"))).toEqual([]);
    expect(readFileSync(join(top, "sub/a.txt"), "utf8")).toBe("dirty\n");
  });

  test("refuses a folder that holds the user's repository", async () => {
    const repository = await open();
    await expect(repository.export(base, root)).rejects.toMatchObject({ code: "path-escapes" });
    await expect(repository.export(base, user)).rejects.toMatchObject({ code: "path-escapes" });
    expect(readFileSync(join(user, "a.txt"), "utf8")).toBe("one\ntwo\nthree\n");
  });
});

describe("the user's repository", () => {
  test("is found from a folder inside, from a worktree and from a submodule, and results land in it", async () => {
    const tree = join(root, "tree");
    git("worktree", "add", "-q", "-b", "side", tree);
    const repository = await openRunRepository({ userRepo: join(tree, "src"), dir: join(root, "w.git") });
    expect(repository.user).toMatchObject({ root: tree, commonDir: join(user, ".git"), bare: false });
    const rev = await repository.commit({ parent: base, files: files({ x: "1\n" }), message: "m", atMs: AT });
    await repository.publish("allot/w", rev);
    expect(git("rev-parse", "allot/w")).toBe(rev);
    const top = join(root, "top");
    execFileSync("git", ["init", "-q", top]);
    execFileSync("git", ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", user, "sub"], { cwd: top });
    const sub = await openRunRepository({ userRepo: join(top, "sub"), dir: join(root, "s.git") });
    expect(await sub.read(base, "a.txt")).toBe("one\ntwo\nthree\n");
  });

  test("may be a shallow clone", async () => {
    put("a.txt", "second\n");
    git("commit", "-qam", "second");
    const shallow = join(root, "shallow");
    execFileSync("git", ["clone", "-q", "--depth", "1", `file://${user}`, shallow]);
    const repository = await openRunRepository({ userRepo: shallow, dir: join(root, "sh.git") });
    const head = await resolveRevision(shallow, "HEAD");
    const rev = await repository.commit({ parent: head, files: files({ x: "1\n" }), message: "m", atMs: AT });
    await repository.publish("allot/s", rev);
    await using checkout = await repository.export(rev, join(root, "out"));
    expect((await checkout.run("git log --format=%s", { timeoutMs: 20_000 })).output).toBe("m\nsecond\n");
    expect(execFileSync("git", ["log", "--format=%s", "allot/s"], { cwd: shallow, encoding: "utf8" })).toBe(
      "m\nsecond\n",
    );
  });

  test("may use SHA-256 names and borrow objects itself", async () => {
    const modern = join(root, "modern");
    execFileSync("git", ["init", "-q", "--object-format=sha256", modern]);
    execFileSync("git", ["-c", "user.name=u", "-c", "user.email=u@x", "commit", "-q", "--allow-empty", "-m", "m"], {
      cwd: modern,
    });
    const repository = await openRunRepository({ userRepo: modern, dir: join(root, "m.git") });
    const head = await resolveRevision(modern, "HEAD");
    const rev = await repository.commit({ parent: head, files: files({ x: "1\n" }), message: "m", atMs: AT });
    expect(rev).toMatch(/^[0-9a-f]{64}$/);
    await repository.publish("allot/m", rev);
    const borrower = join(root, "borrower");
    execFileSync("git", ["clone", "-q", "--shared", user, borrower]);
    const second = await openRunRepository({ userRepo: borrower, dir: join(root, "b.git") });
    expect(await second.read(base, "a.txt")).toBe("one\ntwo\nthree\n");
  });

  test("must be there and have a commit; revisions that look like options are refused", async () => {
    await expect(findRepository(join(root, "nowhere"))).rejects.toMatchObject({ code: "not-a-repository" });
    mkdirSync(join(root, "plain"));
    await expect(openRunRepository({ userRepo: join(root, "plain"), dir: join(root, "p.git") })).rejects.toMatchObject({
      code: "not-a-repository",
    });
    execFileSync("git", ["init", "-q", join(root, "fresh")]);
    await expect(resolveRevision(join(root, "fresh"), "HEAD")).rejects.toThrow(/has no commits yet/);
    await expect(resolveRevision(user, "--help")).rejects.toMatchObject({ code: "revision-not-found" });
    await expect(resolveRevision(user, "nope")).rejects.toThrow(/no commit "nope"/);
    expect(await resolveRevision(user, "main~0")).toBe(base);
  });

  test("a snapshot tells every kind of touch", async () => {
    const found = await findRepository(user);
    const seen = new Set([await snapshotUser(found)]);
    const touches: (() => void)[] = [
      () => put("a.txt", "x\n"),
      () => put("a.txt", "y\n"),
      () => git("add", "a.txt"),
      () => put("new.txt", "n\n"),
      () => git("stash"),
      () => git("branch", "other"),
      () => git("checkout", "-q", "other"),
      () => git("config", "x.y", "z"),
    ];
    for (const [count, touch] of touches.entries()) {
      touch();
      seen.add(await snapshotUser(found));
      expect(seen.size).toBe(count + 2);
    }
  });
});
