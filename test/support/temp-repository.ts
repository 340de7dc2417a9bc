import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A real git repository in a temporary folder, gone when disposed. */
export interface TempRepository extends Disposable {
  readonly dir: string;
  git(...args: string[]): string;
  write(path: string, content: string): void;
  /** Commits everything; answers the commit. */
  commit(message: string): string;
}

/** Makes a repository with these files as its first commit on `main`. */
export function tempRepository(files: Readonly<Record<string, string>>): TempRepository {
  const dir = mkdtempSync(join(tmpdir(), "allot-test-"));
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@localhost", ...args], {
      cwd: dir,
      encoding: "utf8",
    }).trim();
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  };
  const commit = (message: string): string => {
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD");
  };
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Test");
  git("config", "user.email", "test@localhost");
  for (const [path, content] of Object.entries(files)) write(path, content);
  commit("start");
  return { dir, git, write, commit, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}
