import { execFileSync } from "node:child_process";

/** One commit of the past: what it changed of what was there before it. */
export interface Change {
  readonly commit: string;
  readonly parent: string;
  readonly paths: readonly string[];
}

/** More files changed than that is a move or a formatter, not work on something. */
const MOST_FILES = 20;

/** The newest commits with one parent that changed 2 to 20 files which were there before, newest first. */
export function readChanges(folder: string, count: number): readonly Change[] {
  const format = ["--format=%x00%H %P", "--name-status", "--no-renames", "--no-merges"];
  const output = execFileSync("git", ["log", ...format, "-n", String(count * 20)], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const changes: Change[] = [];
  for (const entry of output.split("\0").slice(1)) {
    const [head = "", ...lines] = entry.trim().split("\n");
    const [commit = "", parent = ""] = head.split(" ");
    const paths = lines.filter((line) => line.startsWith("M\t")).map((line) => line.slice(2));
    if (parent !== "" && paths.length >= 2 && paths.length <= MOST_FILES) changes.push({ commit, parent, paths });
    if (changes.length === count) break;
  }
  return changes;
}
