import { spawn } from "node:child_process";
import { AllotError } from "../foundation/errors.ts";
import { actAsUser } from "./git.ts";

export interface PullRequest {
  readonly repo: string;
  readonly branch: string;
  readonly title: string;
  /** Markdown, handed over on standard input. */
  readonly body: string;
}

/**
 * Pushes a branch to `origin` and opens a pull request with the user's own `gh` program and login. Answers its address.
 * Throws `git-failed` with what git or gh said, also where there is no `gh`.
 */
export async function openPullRequest(request: PullRequest): Promise<string> {
  await actAsUser(request.repo, [
    "push",
    "--quiet",
    "origin",
    `refs/heads/${request.branch}:refs/heads/${request.branch}`,
  ]);
  return runGh(request);
}

function runGh({ repo, branch, title, body }: PullRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("gh", ["pr", "create", "--head", branch, "--title", title, "--body-file", "-"], {
      cwd: repo,
      stdio: "pipe",
    });
    let out = "";
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString("utf8")).slice(-4_000)));
    child.stdin.on("error", () => {});
    child.stdin.end(body);
    child.on("error", (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === "ENOENT"
          ? `${branch} is pushed, but there is no gh program in PATH to open the pull request with`
          : cause.message;
      reject(new AllotError("git-failed", why, { cause }));
    });
    child.on("close", (code) => {
      if (code === 0) resolve(out.trim());
      else reject(new AllotError("git-failed", `gh pr create ended with ${code}: ${said.trim()}`));
    });
  });
}
