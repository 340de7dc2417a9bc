import { isAllotError } from "../../foundation/errors.ts";
import { readUserGit } from "../../workspaces/git.ts";
import { resolveRevision } from "../../workspaces/user-repository.ts";

/** More paths than this are not named to git, but picked out of the whole difference. */
const MOST_NAMED = 500;

/**
 * What each of these files changed since `base`, uncommitted changes included, by path; files without a difference are not in it.
 * Reads only. Throws `not-a-repository`, and `revision-not-found` for a base that is not there; a repository without commits has
 * no differences.
 */
export async function readDiffs(
  root: string,
  paths: readonly string[],
  base = "HEAD",
): Promise<ReadonlyMap<string, string>> {
  const commit = await resolveRevision(root, base).catch((error: unknown) => {
    if (base === "HEAD" && isAllotError(error, "revision-not-found")) return undefined;
    throw error;
  });
  if (commit === undefined || paths.length === 0) return new Map();
  const named = paths.length > MOST_NAMED ? [] : paths;
  const answer = await readUserGit(root, [
    "--literal-pathspecs",
    "diff",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--relative",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    commit,
    "--",
    ...named,
  ]);
  const wanted = new Set(paths);
  return new Map([...splitDiff(answer.bytes.toString("utf8"))].filter(([path]) => wanted.has(path)));
}

/** The difference of each file, by its path. Pure. */
export function splitDiff(text: string): ReadonlyMap<string, string> {
  const blocks = text.split(/^(?=diff --git )/m).filter((block) => block.startsWith("diff --git "));
  return new Map(
    blocks.flatMap((block) => {
      const path = pathOf(block);
      return path === undefined ? [] : [[path, block.trimEnd()] as const];
    }),
  );
}

/** Without renames both sides have one name: "a/X b/X". */
function pathOf(block: string): string | undefined {
  const head = block.slice("diff --git ".length, block.indexOf("\n") < 0 ? undefined : block.indexOf("\n"));
  const half = (head.length - 1) / 2;
  const [before, after] = [head.slice(0, half), head.slice(half + 1)];
  return before.slice(2) === after.slice(2) && before.startsWith("a/") && after.startsWith("b/")
    ? after.slice(2)
    : undefined;
}
