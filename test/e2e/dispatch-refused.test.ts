import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { allotHome, runInside } from "../support/run-allot.ts";
import { tempRepository } from "../support/temp-repository.ts";

function openRepository(files: Readonly<Record<string, string>>) {
  const repository = tempRepository({ "README.md": "# Blog\n", ...files });
  onTestFinished(() => repository[Symbol.dispose]());
  // Where no agent is installed nothing begins.
  const home = allotHome({ PATH: "/usr/bin:/bin" });
  const dispatch = async (agent = "claude") => {
    const order = ["dispatch", "--repo", repository.dir, "--component", "backend=Implement it"];
    const { code, stderr, stdout } = await runInside(home, [...order, "--agent", agent]);
    return { code, said: `${stdout}${stderr}` };
  };
  const runs = async () => (await runInside(home, ["runs", "--json"])).stdout;
  return { repository, dispatch, runs };
}

test("a contract out of which no endpoint can be read is refused before a run begins, with what an endpoint looks like", async () => {
  const { dispatch, runs } = openRepository({ "API_CONTRACT.md": "# API contract\n\nWe serve posts and comments.\n" });
  const before = await runs();
  const { code, said } = await dispatch();
  expect(code).toBe(65);
  expect(said).toContain("no endpoint can be read out of the contract API_CONTRACT.md");
  expect(said).toContain("GET /api/posts/{id}");
  expect(await runs()).toBe(before);
});

test("what a contract refers to counts only where it is committed", async () => {
  const { repository, dispatch } = openRepository({
    "openapi.yaml": "openapi: 3.0.0\npaths:\n  /posts:\n    $ref: ./posts.yaml\n",
  });
  repository.write("posts.yaml", "get:\n  responses:\n    200:\n      description: ok\n");
  expect((await dispatch()).said).toContain("the path item of /posts cannot be read");
  repository.commit("the other part");
  expect((await dispatch()).said).not.toContain("no endpoint can be read");
});

test("an agent that is a loop on a model begins nothing where no provider is set up", async () => {
  const { dispatch, runs } = openRepository({});
  const before = await runs();
  expect((await dispatch("api")).code).toBe(78);
  expect((await dispatch("comet")).code).toBe(78);
  expect(await runs()).toBe(before);
});

test("a contract at its usual place that is a link to somewhere outside of the repository is refused", async () => {
  const folder = mkdtempSync(join(tmpdir(), "allot-outside-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "secret.md"), "GET /secret\n");
  const { repository, dispatch } = openRepository({});
  symlinkSync(join(folder, "secret.md"), join(repository.dir, "API_CONTRACT.md"));
  const { code, said } = await dispatch();
  expect(code).toBe(64);
  expect(said).toContain("lies outside of");
  expect(said).not.toContain("GET /secret");
});
