import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AllotError } from "../../foundation/errors.ts";

/** What tools leave behind; never part of a result unless declared. In the words of a .gitignore. */
export const LEFT_BEHIND: readonly string[] = [
  "__pycache__/",
  "*.pyc",
  ".pytest_cache/",
  ".mypy_cache/",
  ".ruff_cache/",
  "node_modules/",
  ".DS_Store",
  ".claude/settings.local.json",
  ".codex/",
  "*.swp",
];

/** Files by which a folder says of itself that it is a cache or an environment, made again whenever it is wanted. */
const TAGS = new Set(["CACHEDIR.TAG", "pyvenv.cfg"]);

/** Beyond this nobody has written the files by hand. */
const MOST_FILES = 20_000;

/** Beside the workspaces, under a name that none of them can have: whoever works in one has no business there. */
export const MARKS = ".marks";

/** The file that says what a kept workspace stands for. Pure. */
export function markOf(dir: string): string {
  return join(dirname(dir), MARKS, basename(dir));
}

/** Whether a file is one that tools leave behind, by its path. Pure. */
export function isLeftBehind(path: string): boolean {
  const folders = path.split("/");
  const name = folders.pop() ?? "";
  return LEFT_BEHIND.some((entry) => {
    if (entry.endsWith("/")) return folders.includes(entry.slice(0, -1));
    if (entry.startsWith("*")) return name.endsWith(entry.slice(1));
    return entry.includes("/") ? path === entry : name === entry;
  });
}

/** The folders among these files that say of themselves that they are caches or environments. Pure. */
export function cachesAmong(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => TAGS.has(basename(path))).map((path) => dirname(path));
}

/**
 * Files and links below `dir`, without its `.git`, in order of name; `skip` is asked of each folder before it is entered.
 * Throws `workspace-too-large`, and what the system says of a folder that cannot be read.
 */
export async function filesBelow(dir: string, skip: (folder: string) => boolean = () => false): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(dir, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (path === ".git") continue;
      if (entry.isDirectory()) {
        if (!skip(path)) await visit(path);
      } else if (entry.isFile() || entry.isSymbolicLink()) found.push(path);
      if (found.length > MOST_FILES) throw tooLarge(`more than ${MOST_FILES} files`);
    }
  };
  await visit("");
  return found.sort();
}

export function tooLarge(why: string): AllotError {
  return new AllotError("workspace-too-large", `a worker left too much in its workspace: ${why}`);
}
