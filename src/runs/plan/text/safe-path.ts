/**
 * Why a path may not stand in a plan, or undefined where it may: repository-relative, forward slashes, inside the tree,
 * outside `.git`, nothing that a shell, git or Markdown could take for something else. Pure.
 */
export function pathProblem(path: string): string | undefined {
  if (path === "") return "is empty";
  if (/[\u0000-\u001f\u007f]/.test(path)) return "holds a control character";
  if (path.includes("\\")) return "holds a backslash; forward slashes separate folders";
  if (path.includes("`")) return "holds a backtick";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "is absolute; paths start at the repository's root";
  if (path.startsWith("~")) return "starts with ~; paths start at the repository's root";
  if (path.startsWith("-")) return "starts with a dash and could be taken for an option";
  if (path !== path.trim()) return "begins or ends with white space";
  for (const part of path.split("/")) {
    if (part === "..") return "leaves the repository";
    if (part === "" || part === ".") return "has an empty or '.' part";
    if (/^\.git[. ]*$/i.test(part) || /^git~\d+$/i.test(part)) return "enters .git";
  }
  return undefined;
}

/** True where `path` may stand in a plan. */
export function isSafePath(path: string): boolean {
  return pathProblem(path) === undefined;
}
