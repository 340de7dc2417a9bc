import { expect, test } from "vitest";
import { tempRepository } from "../../../../test/support/temp-repository.ts";
import { findRepository } from "../listing/find-repository.ts";
import { readChurn } from "./churn.ts";

async function churnOf(dir: string): Promise<Readonly<Record<string, number>>> {
  return Object.fromEntries(await readChurn(await findRepository(dir)));
}

test("each commit that changed a file counts once", async () => {
  using repository = tempRepository({ "a.ts": "1", "b.ts": "1" });
  repository.write("a.ts", "2");
  repository.commit("change a");
  repository.write("a.ts", "3");
  repository.write('odd\n"name".ts', "1");
  repository.commit("change a again");
  expect(await churnOf(repository.dir)).toEqual({ "a.ts": 3, "b.ts": 1, 'odd\n"name".ts': 1 });
});

test("a file that was moved keeps its changes; another file that takes its old name begins anew", async () => {
  using repository = tempRepository({ "old.ts": "one\ntwo\nthree\n" });
  repository.write("old.ts", "one\ntwo\nfour\n");
  repository.commit("change");
  repository.git("mv", "old.ts", "new.ts");
  repository.commit("move");
  repository.write("old.ts", "something else altogether\n");
  repository.commit("take the name");
  expect(await churnOf(repository.dir)).toEqual({ "new.ts": 2, "old.ts": 1 });
});

test("without a commit, or without a repository, nothing has changed", async () => {
  using repository = tempRepository({ "a.ts": "1" });
  repository.git("update-ref", "-d", "HEAD");
  expect(await churnOf(repository.dir)).toEqual({});
  expect(await readChurn({ root: repository.dir, commit: null, isRepository: false })).toEqual(new Map());
});

test("a shallow clone gives what it has", async () => {
  using repository = tempRepository({ "a.ts": "1", "b.ts": "1" });
  repository.write("a.ts", "2");
  repository.commit("change a");
  repository.write("a.ts", "3");
  repository.commit("change a again");
  repository.git("clone", "--quiet", "--depth", "1", `file://${repository.dir}`, "shallow");
  expect(await churnOf(`${repository.dir}/shallow`)).toEqual({ "a.ts": 1, "b.ts": 1 });
});
