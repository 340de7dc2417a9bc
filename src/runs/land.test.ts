import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempRepository, type TempRepository } from "../../test/support/temp-repository.ts";
import { landRun, undoRun } from "./land.ts";
import type { RunSpec } from "./run.ts";

const ID = "20261121-143002-7kq2";

/** A repository whose branch `allot/ID` changes a.txt. */
function withResult(): { repo: TempRepository; spec: RunSpec } {
  const repo = tempRepository({ "a.txt": "one\n", "b.txt": "b\n" });
  repo.git("switch", "--quiet", "-c", `allot/${ID}`);
  repo.write("a.txt", "two\n");
  repo.commit("Mini-Task 1");
  repo.git("switch", "--quiet", "main");
  return { repo, spec: { id: ID, goal: "Make it two", repo: repo.dir, branch: `allot/${ID}` } as RunSpec };
}

test("landing by merge leaves a merge commit and uncommitted work as it was", async () => {
  const { repo, spec } = withResult();
  using _ = repo;
  repo.write("b.txt", "not committed\n");
  const landing = await landRun(spec, "merge");
  expect(landing.onto).toBe("main");
  expect(readFileSync(join(repo.dir, "a.txt"), "utf8")).toBe("two\n");
  expect(readFileSync(join(repo.dir, "b.txt"), "utf8")).toBe("not committed\n");
  expect(repo.git("log", "-1", "--format=%P").split(" ")).toHaveLength(2);
});

test("landing as one commit keeps the history straight", async () => {
  const { repo, spec } = withResult();
  using _ = repo;
  await landRun(spec, "commit");
  expect(repo.git("log", "-1", "--format=%s%n%P").split("\n")[0]).toBe("Make it two");
  expect(repo.git("log", "-1", "--format=%P").split(" ")).toHaveLength(1);
});

test("a result that conflicts is refused with its paths and nothing is touched", async () => {
  const { repo, spec } = withResult();
  using _ = repo;
  repo.write("a.txt", "three\n");
  const head = repo.commit("meanwhile");
  await expect(landRun(spec, "merge")).rejects.toMatchObject({ code: "merge-conflict", details: { paths: ["a.txt"] } });
  expect(repo.git("rev-parse", "HEAD")).toBe(head);
  expect(repo.git("status", "--porcelain")).toBe("");
});

test("uncommitted work in a file of the result is never overwritten", async () => {
  const { repo, spec } = withResult();
  using _ = repo;
  repo.write("a.txt", "mine\n");
  await expect(landRun(spec, "merge")).rejects.toMatchObject({ code: "git-failed" });
  expect(readFileSync(join(repo.dir, "a.txt"), "utf8")).toBe("mine\n");
});

test("staged changes are not swept into the landing", async () => {
  const { repo, spec } = withResult();
  using _ = repo;
  repo.write("b.txt", "staged\n");
  repo.git("add", "b.txt");
  await expect(landRun(spec, "commit")).rejects.toMatchObject({ code: "run-state" });
});

test("undoing a landed result reverts it, and it can be undone only once", async () => {
  const { repo, spec } = withResult();
  using _ = repo;
  const landing = await landRun(spec, "merge");
  expect(await undoRun(spec)).toMatchObject({ kind: "reverted", commit: landing.commit });
  expect(readFileSync(join(repo.dir, "a.txt"), "utf8")).toBe("one\n");
  expect(await undoRun(spec)).toEqual({ kind: "set-aside", ref: `refs/allot/undone/${ID}` });
});

test("undoing a result that was not landed sets the branch aside without losing it", async () => {
  const { repo, spec } = withResult();
  using _ = repo;
  const rev = repo.git("rev-parse", spec.branch);
  expect(await undoRun(spec)).toEqual({ kind: "set-aside", ref: `refs/allot/undone/${ID}` });
  expect(repo.git("rev-parse", `refs/allot/undone/${ID}`)).toBe(rev);
  expect(repo.git("branch", "--list", spec.branch)).toBe("");
  await expect(undoRun(spec)).rejects.toMatchObject({ code: "run-state" });
});
