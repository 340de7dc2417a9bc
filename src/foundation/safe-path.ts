import { AllotError } from "./errors.ts";

/** Characters that some file systems drop when they compare names, so that ".g<zero width>it" opens ".git". */
const IGNORED_IN_NAMES = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

/**
 * Why `path` may not name a file of a work tree, or undefined where it may. Pure.
 *
 * Allowed are repository-relative paths with forward slashes that stay inside the tree and outside `.git` on every
 * file system (case, trailing dots, short names and invisible characters included). "./a" and "a//b" are allowed;
 * `safePath` cleans them. A leading dash is allowed: programs get paths behind "--" only.
 */
export function pathEscape(path: string): string | undefined {
  if (path === "") return "is empty";
  if (/[\u0000-\u001f\u007f]/.test(path)) return "holds a control character";
  if (path.includes("\\")) return "holds a backslash; forward slashes separate folders";
  if (path.startsWith("/")) return "is absolute; paths start at the repository's root";
  if (/^[A-Za-z]:/.test(path)) return "starts with a drive letter; paths start at the repository's root";
  if (Buffer.byteLength(path) > 4_000) return "is longer than 4000 bytes";
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length === 0) return "names the whole tree, not a file in it";
  for (const part of parts) {
    if (part === "..") return 'leaves the tree with ".."';
    if (Buffer.byteLength(part) > 255) return "has a part longer than 255 bytes";
    if (isGitFolder(part)) return "enters .git";
    if (/[. ]$/.test(part)) return `has a part that ends with a dot or a space ("${part}")`;
  }
  return undefined;
}

/** The path without "./" and doubled slashes. Pure. Throws `path-escapes` where `pathEscape` knows a reason. */
export function safePath(path: string): string {
  const why = pathEscape(path);
  if (why !== undefined) {
    throw new AllotError("path-escapes", `the path ${JSON.stringify(path)} ${why}`, { details: { path } });
  }
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** Why `name` may not be a branch, or undefined where it may: git's own rules for a branch name, none looser. Pure. */
export function branchProblem(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.startsWith("-")) return "starts with a dash and could be taken for an option";
  if (/[\u0000-\u0020\u007f~^:?*[\\]/.test(name)) return "holds a space, a control character or one of ~^:?*[\\";
  if (name.includes("..") || name.includes("@{") || name === "@" || name === "HEAD") return "means a revision to git";
  if (name.startsWith("refs/")) return "is a full reference, not a branch";
  if (Buffer.byteLength(name) > 200) return "is longer than 200 bytes";
  const parts = name.split("/");
  if (parts.some((part) => part === "" || part.startsWith(".") || part.endsWith(".") || part.endsWith(".lock"))) {
    return 'has a part that is empty, starts or ends with a dot, or ends with ".lock"';
  }
  return undefined;
}

/** The branch name as it is. Pure. Throws `path-escapes` where `branchProblem` knows a reason. */
export function safeBranch(name: string): string {
  const why = branchProblem(name);
  if (why !== undefined) {
    throw new AllotError("path-escapes", `the branch name ${JSON.stringify(name)} ${why}`, { details: { name } });
  }
  return name;
}

function isGitFolder(part: string): boolean {
  const bare = part
    .replaceAll(IGNORED_IN_NAMES, "")
    .normalize("NFKC")
    .replace(/[. ]+$/, "")
    .toLowerCase();
  return bare === ".git" || /^git~\d+$/.test(bare) || bare.startsWith(".git:");
}
