import { expect, test } from "vitest";
import { tempRepository } from "../../../test/support/temp-repository.ts";
import { openWorkTrial } from "../../../test/support/work-trial.ts";
import { readDiffs } from "./read-diffs.ts";

test("each file has its own difference, uncommitted or since a base", async () => {
  using repo = tempRepository({ "a.js": "one\ntwo\n", "b c.js": "three\n", "d.js": "four\n" });
  repo.write("a.js", "one\nTWO\n");
  repo.commit("second");
  repo.write("b c.js", "THREE\n");
  const uncommitted = await readDiffs(repo.dir, ["a.js", "b c.js", "d.js"]);
  expect([...uncommitted.keys()]).toEqual(["b c.js"]);
  expect(uncommitted.get("b c.js")).toContain("-three\n+THREE");
  const since = await readDiffs(repo.dir, ["a.js", "b c.js", "d.js"], "HEAD~1");
  expect([...since.keys()]).toEqual(["a.js", "b c.js"]);
});

test("only what was asked for is told", async () => {
  using repo = tempRepository({ "a.js": "one\n", "b.js": "two\n" });
  repo.write("a.js", "ONE\n");
  repo.write("b.js", "TWO\n");
  expect([...(await readDiffs(repo.dir, ["b.js"])).keys()]).toEqual(["b.js"]);
});

test("a base that is not there is a fault, one that looks like an option too", async () => {
  using repo = tempRepository({ "a.js": "one\n" });
  await expect(readDiffs(repo.dir, ["a.js"], "nowhere")).rejects.toMatchObject({ code: "revision-not-found" });
  await expect(readDiffs(repo.dir, ["a.js"], "--output=x")).rejects.toMatchObject({ code: "revision-not-found" });
});

test("a review with git_diff carries the difference of the file, and that of a deleted file by itself", async () => {
  const trial = await openWorkTrial({
    files: { "src/a.js": "export const a = 1;\n", "src/gone.js": "export const gone = 2;\n" },
  });
  trial.repo.write("src/a.js", "export const a = 100;\n");
  trial.repo.git("rm", "--quiet", "src/gone.js");
  const result = await trial.run({
    kind: "review",
    context: "git_diff",
    target: { by: "paths", paths: ["src/a.js", "src/gone.js"] },
    aspects: ["security", "style"],
  });
  const prompts = trial.asked.filter(({ schema }) => schema !== null).map(({ prompt }) => prompt);
  expect(prompts).toHaveLength(2);
  expect(prompts.some((prompt) => prompt.includes("-export const a = 1;\n+export const a = 100;"))).toBe(true);
  expect(
    prompts.some((prompt) => prompt.includes("src/gone.js was deleted:") && prompt.includes("-export const gone")),
  ).toBe(true);
  expect(trial.asked[0]?.system).toContain("Look for: security, style.");
  expect(result.complete).toBe(true);
});

test("secrets of a difference are not sent", async () => {
  const key = ["AKIA", "IOSFODNN7ABCDEFG"].join("");
  const trial = await openWorkTrial({ files: { "src/a.js": `const id = "${key}";\nexport const a = 1;\n` } });
  trial.repo.write("src/a.js", "export const a = 1;\n");
  await trial.run({ kind: "review", context: "git_diff", target: { by: "paths", paths: ["src/a.js"] } });
  const prompt = trial.asked[0]?.prompt ?? "";
  expect([prompt.includes("What was changed"), prompt.includes(key)]).toEqual([true, false]);
});
