import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempRepository } from "../../../test/support/temp-repository.ts";
import { listLeftovers, notMerged, ownWork, removeLeftover } from "./leftovers.ts";
import { openRunRepository } from "../run-repository.ts";
import { openWorkspace } from "../workspace.ts";

async function openGround() {
  const repository = tempRepository({
    "API_CONTRACT.md": "# Contract\n",
    "backend/old.py": "old = 1\n",
    ".gitignore": "*.log\n",
  });
  onTestFinished(() => repository[Symbol.dispose]());
  const folder = mkdtempSync(join(tmpdir(), "allot-leftovers-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const base = repository.git("rev-parse", "HEAD");
  const root = join(folder, "workspaces");
  const open = async (keep = "1") => {
    const own = await openRunRepository({ userRepo: repository.dir, dir: join(folder, "run.git") });
    return openWorkspace({
      repository: own,
      rev: base,
      reads: [],
      writes: ["backend/**"],
      given: new Map([
        ["API_CONTRACT.md", "# Contract\n"],
        [".agents/skills/x/SKILL.md", "rules\n"],
      ]),
      dir: join(root, "run-1", "backend"),
      keep,
    });
  };
  return { repository, base, root, open };
}

test("a workspace's own work is what differs from its start: no given files, nothing that tools leave", async () => {
  const { open } = await openGround();
  const { dir } = await open();
  expect(await ownWork(dir)).toEqual(new Map());
  writeFileSync(join(dir, "backend/new.py"), "new = 1\n");
  mkdirSync(join(dir, "backend/node_modules/x"), { recursive: true });
  writeFileSync(join(dir, "backend/node_modules/x/index.js"), "noise\n");
  symlinkSync("/etc/passwd", join(dir, "backend/link"));
  expect(await ownWork(dir)).toEqual(
    new Map([
      ["backend/link", Buffer.from("/etc/passwd")],
      ["backend/new.py", Buffer.from("new = 1\n")],
    ]),
  );
});

test("what a .gitignore names is work all the same, and so is what lies in a repository inside", async () => {
  const { repository, base, open } = await openGround();
  const { dir } = await open();
  writeFileSync(join(dir, "backend/kept.log"), "made\n");
  mkdirSync(join(dir, "backend/app"));
  writeFileSync(join(dir, "backend/app/main.py"), "app = 1\n");
  const inside = (...args: string[]) =>
    execFileSync("git", ["-C", join(dir, "backend/app"), "-c", "user.name=a", "-c", "user.email=a@b", ...args]);
  inside("init", "--quiet");
  const made = ["backend/app/main.py", "backend/kept.log", "backend/app/.git"];
  expect([...((await ownWork(dir)) ?? []).keys()]).toEqual(made);
  inside("add", "--all");
  inside("commit", "--quiet", "-m", "inside");
  const work = (await ownWork(dir)) ?? new Map<string, Buffer>();
  expect([...work.keys()]).toEqual(made);
  expect(await notMerged(repository.dir, base, work)).toEqual(made);
});

test("what looks like a tool's is work where it was declared", async () => {
  const { open } = await openGround();
  const { dir } = await open();
  for (const folder of ["vendor/node_modules/x", "backend/node_modules/y"]) {
    mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(join(dir, folder, "index.js"), "made\n");
  }
  const declared = ["backend", "vendor/node_modules"];
  expect([...((await ownWork(dir, declared)) ?? []).keys()]).toEqual(["vendor/node_modules/x/index.js"]);
});

test("a workspace with a folder that cannot be read is not judged", async () => {
  const { open } = await openGround();
  const { dir } = await open();
  // No reader can enter a folder by a name that its file system does not give back.
  mkdirSync(Buffer.concat([Buffer.from(`${dir}/backend/`), Buffer.from([0xff])]));
  expect(await ownWork(dir)).toBeUndefined();
});

test("work counts as merged when it stands to the byte at its path in a branch of the user's", async () => {
  const { repository, base, open } = await openGround();
  const { dir } = await open();
  writeFileSync(join(dir, "backend/new.py"), "new = 1\n");
  const work = (await ownWork(dir)) ?? new Map<string, Buffer>();
  expect(await notMerged(repository.dir, base, work)).toEqual(["backend/new.py"]);
  repository.git("checkout", "--quiet", "-b", "allot/run-1");
  repository.write("backend/new.py", "new = 1\n");
  repository.commit("a run's own branch");
  expect(await notMerged(repository.dir, base, work)).toEqual(["backend/new.py"]);
  repository.git("checkout", "--quiet", "main");
  repository.write("backend/new.py", "new = 2\n");
  repository.commit("other content");
  expect(await notMerged(repository.dir, base, work)).toEqual(["backend/new.py"]);
  repository.git("merge", "--quiet", "-X", "theirs", "--no-edit", "allot/run-1");
  expect(await notMerged(repository.dir, base, work)).toEqual([]);
  // What was merged once stays in the history, whatever comes later.
  repository.write("backend/new.py", "new = 3\n");
  repository.commit("later");
  expect(await notMerged(repository.dir, base, work)).toEqual([]);
});

test("a workspace whose history was rewritten is not judged", async () => {
  const { open } = await openGround();
  const { dir } = await open();
  rmSync(join(dir, ".git", "HEAD"));
  expect(await ownWork(dir)).toBeUndefined();
});

test("leftovers are listed with their homes, and removing one leaves the others", async () => {
  const { root, open } = await openGround();
  await open();
  mkdirSync(join(root, "run-1", ".homes", "backend", ".codex"), { recursive: true });
  mkdirSync(join(root, "run-1", "frontend"));
  const found = await listLeftovers(root);
  expect(found.map(({ run, place, home }) => [run, place, home])).toEqual([
    ["run-1", "backend", join(root, "run-1", ".homes", "backend")],
    ["run-1", "frontend", undefined],
  ]);
  for (const leftover of found) {
    expect(existsSync(leftover.dir)).toBe(true);
    await removeLeftover(root, leftover);
    expect(existsSync(leftover.dir)).toBe(false);
  }
  expect(existsSync(join(root, "run-1"))).toBe(false);
});

test("a workspace may be called as anything beside another", async () => {
  const { root, repository, base } = await openGround();
  const own = await openRunRepository({ userRepo: repository.dir, dir: join(root, "..", "run.git") });
  const open = (name: string) =>
    openWorkspace({ repository: own, rev: base, reads: [], writes: [], dir: join(root, "run-1", name), keep: name });
  for (const name of ["a", "a.kept", "a"]) await open(name);
  expect((await listLeftovers(root)).map(({ place }) => place)).toEqual(["a", "a.kept"]);
  for (const leftover of await listLeftovers(root)) await removeLeftover(root, leftover);
  expect(existsSync(join(root, "run-1"))).toBe(false);
});

test("a kept workspace is gone on with as it stands, and made anew when it stands for something else", async () => {
  const { open } = await openGround();
  {
    await using first = await open("1 base");
    writeFileSync(join(first.dir, "backend/new.py"), "new = 1\n");
  }
  const again = await open("1 base");
  expect([...(await again.collect()).keys()]).toEqual(["backend/new.py"]);
  const other = await open("fix-1 later");
  expect([...(await other.collect()).keys()]).toEqual([]);
});
