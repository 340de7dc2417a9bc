import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { tempRepository } from "../../test/support/temp-repository.ts";
import { openPullRequest } from "./pull-request.ts";

const path = process.env["PATH"];
afterEach(() => {
  process.env["PATH"] = path;
});

/** A `gh` that notes its arguments and what it reads, and answers with an address. */
function fakeGh(dir: string): string {
  const bin = join(dir, "bin");
  mkdirSync(bin);
  writeFileSync(
    join(bin, "gh"),
    `#!/bin/sh\nprintf '%s\\n' "$@" > ${dir}/args\ncat > ${dir}/body\necho https://example.invalid/pr/1\n`,
  );
  chmodSync(join(bin, "gh"), 0o755);
  return bin;
}

test("the branch is pushed and gh opens the pull request with the report as its text", async () => {
  const outside = mkdtempSync(join(tmpdir(), "allot-pr-"));
  using repo = tempRepository({ "a.txt": "a\n" });
  using origin = tempRepository({});
  repo.git("remote", "add", "origin", origin.dir);
  repo.git("branch", "allot/x");
  process.env["PATH"] = `${fakeGh(outside)}:${path}`;
  const address = await openPullRequest({ repo: repo.dir, branch: "allot/x", title: "T", body: "the report" });
  expect(address).toBe("https://example.invalid/pr/1");
  expect(origin.git("rev-parse", "allot/x")).toBe(repo.git("rev-parse", "main"));
  expect(readFileSync(join(outside, "args"), "utf8").split("\n").slice(0, 4)).toEqual([
    "pr",
    "create",
    "--head",
    "allot/x",
  ]);
  expect(readFileSync(join(outside, "body"), "utf8")).toBe("the report");
});

test("without gh the branch is pushed and the error says what is missing", async () => {
  const outside = mkdtempSync(join(tmpdir(), "allot-pr-"));
  using repo = tempRepository({ "a.txt": "a\n" });
  using origin = tempRepository({});
  repo.git("remote", "add", "origin", origin.dir);
  repo.git("branch", "allot/x");
  mkdirSync(join(outside, "bin"));
  for (const program of ["git", "sh"]) {
    symlinkSync(
      execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim(),
      join(outside, "bin", program),
    );
  }
  process.env["PATH"] = join(outside, "bin");
  await expect(openPullRequest({ repo: repo.dir, branch: "allot/x", title: "T", body: "" })).rejects.toMatchObject({
    code: "git-failed",
    message: expect.stringContaining("no gh program"),
  });
});
