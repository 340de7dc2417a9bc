import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { tempRepository } from "../../../../test/support/temp-repository.ts";
import { findRepository } from "./find-repository.ts";
import { LARGEST_FILE_BYTES, listFiles } from "./list-files.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function plainFolder(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "allot-facts-"));
  folders.push(dir);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

async function listed(dir: string): Promise<{ files: readonly string[]; leftOut: Readonly<Record<string, string>> }> {
  const { files, leftOut } = await listFiles(await findRepository(dir));
  return {
    files: files.map(({ path }) => path),
    leftOut: Object.fromEntries(leftOut.map(({ path, reason, detail }) => [path, `${reason}: ${detail}`])),
  };
}

test("a repository is what git tracks and what it does not ignore", async () => {
  using repository = tempRepository({ "a.ts": "1", "gone.ts": "1", ".gitignore": "*.log\nout/\n" });
  rmSync(join(repository.dir, "gone.ts"));
  for (const path of ["new.ts", "a.log", "out/x.js", "out/deep/y.js"]) repository.write(path, "1");
  expect(await listed(repository.dir)).toEqual({
    files: [".gitignore", "a.ts", "new.ts"],
    leftOut: { "a.log": "ignored: git ignores it", "out/": "ignored: git ignores it" },
  });
});

test("a folder in a repository stands for the whole of it; one that the repository ignores for itself", async () => {
  using repository = tempRepository({ "a.ts": "1", "src/b.ts": "1", ".gitignore": "scratch/\n" });
  repository.write("scratch/c.ts", "1");
  expect((await listed(join(repository.dir, "src"))).files).toEqual([".gitignore", "a.ts", "src/b.ts"]);
  expect((await listed(join(repository.dir, "scratch"))).files).toEqual(["c.ts"]);
});

test("a folder without a repository is walked, by its .gitignore files as git would have it", async () => {
  const dir = plainFolder({
    "a.ts": "1",
    ".gitignore": "*.log\n/build\n",
    "x.log": "1",
    "build/y.js": "1",
    "sub/.gitignore": "!keep.log\ntmp/\n",
    "sub/keep.log": "1",
    "sub/tmp/z.ts": "1",
    "sub/build/b.ts": "1",
    "node_modules/p/index.js": "1",
  });
  expect(await listed(dir)).toEqual({
    files: [".gitignore", "a.ts", "sub/.gitignore", "sub/build/b.ts", "sub/keep.log"],
    leftOut: {
      "build/": "ignored: .gitignore: /build",
      "node_modules/": "vendored: the folder node_modules/ holds packages",
      "sub/tmp/": "ignored: sub/.gitignore: tmp/",
      "x.log": "ignored: .gitignore: *.log",
    },
  });
});

test("links are named and not followed, loops, broken ones and those out of the tree among them", async () => {
  const outside = plainFolder({ "secret.ts": "1" });
  using repository = tempRepository({ "a.ts": "1", "real/b.ts": "1", "swapped/c.ts": "1" });
  symlinkSync("..", join(repository.dir, "real/loop"));
  symlinkSync("nowhere", join(repository.dir, "broken"));
  symlinkSync("a.ts", join(repository.dir, "alias.ts"));
  rmSync(join(repository.dir, "swapped"), { recursive: true });
  symlinkSync(outside, join(repository.dir, "swapped"));
  writeFileSync(join(outside, "c.ts"), "read me not");
  expect(await listed(repository.dir)).toEqual({
    files: ["a.ts", "real/b.ts"],
    leftOut: {
      "alias.ts": "link: points to a.ts",
      broken: "link: points to nowhere",
      "real/loop": "link: points to ..",
      swapped: `link: points to ${outside}`,
      "swapped/c.ts": "link: one of its folders is a symbolic link",
    },
  });
});

test("a loop of links does not keep a walk from ending", async () => {
  const dir = plainFolder({ "a/b/c.ts": "1" });
  symlinkSync("../..", join(dir, "a/b/up"));
  symlinkSync("self", join(dir, "self"));
  expect(await listed(dir)).toEqual({
    files: ["a/b/c.ts"],
    leftOut: { "a/b/up": "link: points to ../..", self: "link: points to self" },
  });
});

test("submodules and repositories inside are named, not read", async () => {
  using inner = tempRepository({ "x.ts": "1" });
  using repository = tempRepository({ "a.ts": "1" });
  repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.dir, "sub");
  repository.commit("a submodule");
  repository.git("clone", "--quiet", inner.dir, "nested");
  expect(await listed(repository.dir)).toEqual({
    files: [".gitmodules", "a.ts"],
    leftOut: { nested: "vendored: a repository of its own", sub: "vendored: a repository of its own" },
  });
});

test("pipes are named and never opened", async () => {
  const dir = plainFolder({ "a.ts": "1" });
  execFileSync("mkfifo", [join(dir, "pipe.ts")]);
  expect(await listed(dir)).toEqual({
    files: ["a.ts"],
    leftOut: { "pipe.ts": "unreadable: no file: a pipe, a socket or a device" },
  });
});

test.each(["a repository", "a folder"])("odd names in %s are read, those that are no UTF-8 are named", async (kind) => {
  const odd = ["with blank.ts", "line\nbreak.ts", "quo\"te's.ts", "tab\t.ts", "-rf.ts", "umlaut-ä.ts", "日本.ts"];
  const files = Object.fromEntries(odd.map((name) => [name, "1"]));
  using repository = tempRepository(files);
  const dir = kind === "a folder" ? plainFolder(files) : repository.dir;
  writeFileSync(Buffer.concat([Buffer.from(`${dir}/latin-`), Buffer.from([0xe4]), Buffer.from(".ts")]), "12345");
  const found = await listFiles(await findRepository(dir));
  expect(found.files.map(({ path }) => path)).toEqual(odd.toSorted());
  expect(found.leftOut).toEqual([
    { path: "latin-\\xe4.ts", bytes: 5, reason: "unreadable", detail: "its name is not UTF-8" },
  ]);
});

test(".allotignore leaves out and keeps, in any folder, but never lets a secret through", async () => {
  using repository = tempRepository({
    ".allotignore": "*.gen.txt\n!vendor/ours/\n!.env\n",
    "sub/.allotignore": "/private\n",
    "a.gen.txt": "1",
    "vendor/ours/a.go": "1",
    "vendor/theirs/b.go": "1",
    "sub/private/c.ts": "1",
    "sub/d.ts": "1",
    ".env": "KEY=1",
  });
  expect(await listed(repository.dir)).toEqual({
    files: [".allotignore", "sub/.allotignore", "sub/d.ts", "vendor/ours/a.go"],
    leftOut: {
      ".env": "secret-file: a file of environment variables",
      "a.gen.txt": "ignored: .allotignore: *.gen.txt",
      "sub/private/c.ts": "ignored: sub/.allotignore: /private",
      "vendor/theirs/b.go": "vendored: in the folder vendor/",
    },
  });
});

test(".gitattributes says what is generated, and what is not", async () => {
  using repository = tempRepository({
    ".gitattributes": "api/** linguist-generated\nhand.pb.go -linguist-generated\n",
    "api/a.ts": "1",
    "hand.pb.go": "1",
    "other.pb.go": "1",
  });
  expect(await listed(repository.dir)).toEqual({
    files: [".gitattributes", "hand.pb.go"],
    leftOut: {
      "api/a.ts": "generated: linguist-generated in .gitattributes",
      "other.pb.go": "generated: written by the protocol buffer compiler, by its name",
    },
  });
});

test("a file above the limit is named with its size", async () => {
  const dir = plainFolder({
    "big.txt": "a".repeat(LARGEST_FILE_BYTES + 1),
    "fits.txt": "a".repeat(LARGEST_FILE_BYTES),
  });
  const found = await listFiles(await findRepository(dir));
  expect(found.files.map(({ path }) => path)).toEqual(["fits.txt"]);
  expect(found.leftOut).toEqual([
    { path: "big.txt", bytes: 4_194_305, reason: "too-large", detail: "more than 4 MiB" },
  ]);
});

test("a path in a merge conflict is listed once", async () => {
  using repository = tempRepository({ "a.ts": "1\n" });
  repository.git("checkout", "--quiet", "-b", "other");
  repository.write("a.ts", "2\n");
  repository.commit("two");
  repository.git("checkout", "--quiet", "main");
  repository.write("a.ts", "3\n");
  repository.commit("three");
  expect(() => repository.git("merge", "--quiet", "other")).toThrow("merge");
  expect((await listed(repository.dir)).files).toEqual(["a.ts"]);
});

test("nothing that a repository configures is run", async () => {
  using repository = tempRepository({ "a.ts": "1" });
  repository.git("config", "core.fsmonitor", `touch ${repository.dir}/ran; false`);
  expect((await listed(repository.dir)).files).toEqual(["a.ts"]);
});

test("a repository whose index is broken is walked", async () => {
  using repository = tempRepository({ "a.ts": "1", "b/c.ts": "1" });
  repository.write(".git/index", "no index");
  expect((await listed(repository.dir)).files).toEqual(["a.ts", "b/c.ts"]);
});

test("a folder that is not there, or is a file, is refused by its name", async () => {
  const dir = plainFolder({ "a.ts": "1" });
  await expect(findRepository(join(dir, "nowhere"))).rejects.toThrow("there is no folder");
  await expect(findRepository(join(dir, "a.ts"))).rejects.toThrow("is no folder; code is read from folders");
});
