import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Codebase } from "../../src/codebase/facts/facts.ts";

/** The parts of repomix that decide in which order files stand in its output. */
interface RepomixParts {
  readonly sortPaths: (paths: readonly string[]) => string[];
  readonly getFileChangeCount: (directory: string, maxCommits: number) => Promise<Readonly<Record<string, number>>>;
}

/** Commits that repomix counts by default. */
const REPOMIX_COMMITS = 100;

/** Loads them out of the installed package, so that its order is its own. */
export async function loadRepomixParts(program: string): Promise<RepomixParts> {
  const core = join(program, "..", "..", "lib", "core");
  const load = async (path: string): Promise<object> => (await import(pathToFileURL(join(core, path)).href)) as object;
  return { ...(await load("file/filePathSort.js")), ...(await load("git/gitRepositoryHandle.js")) } as RepomixParts;
}

/** Paths as repomix writes them: least changed first, so that what changed most stands nearest to the question. */
export async function repomixOrder(
  { sortPaths, getFileChangeCount }: RepomixParts,
  codebase: Codebase,
): Promise<readonly string[]> {
  const counts = await getFileChangeCount(codebase.root, REPOMIX_COMMITS);
  const sorted = sortPaths(codebase.files.map(({ path }) => path));
  return sorted.sort((one, other) => (counts[one] ?? 0) - (counts[other] ?? 0));
}

const DAMPING = 0.85;
const TURNS = 40;

/** Paths by PageRank over the imports of files, highest first: what everybody imports, whatever is worked on. */
export function pageRankOrder({ files }: Codebase): readonly string[] {
  const at = new Map(files.map(({ path }, index) => [path, index]));
  const targets = files.map(({ imports }) => [
    ...new Set(imports.flatMap(({ target }) => (target === null ? [] : (at.get(target) ?? [])))),
  ]);
  let ranks = files.map(() => 1 / files.length);
  for (let turn = 0; turn < TURNS; turn += 1) {
    const next = files.map(() => 0);
    let loose = 0;
    for (const [index, own] of targets.entries()) {
      const rank = ranks[index] ?? 0;
      if (own.length === 0) loose += rank;
      for (const target of own) next[target] = (next[target] ?? 0) + rank / own.length;
    }
    ranks = next.map((given) => (1 - DAMPING) / files.length + DAMPING * (given + loose / files.length));
  }
  return files
    .map(({ path }, index) => ({ path, rank: ranks[index] ?? 0 }))
    .sort((one, other) => other.rank - one.rank || (one.path < other.path ? -1 : 1))
    .map(({ path }) => path);
}

/** The first files of an order that fit into a budget; the one that passes it counts as in, to the benefit of the order. */
export function fill({ files }: Codebase, order: readonly string[], budget: number): ReadonlySet<string> {
  const tokens = new Map(files.map((file) => [file.path, file.tokens]));
  const taken = new Set<string>();
  let used = 0;
  for (const path of order) {
    if (used >= budget) break;
    used += tokens.get(path) ?? 0;
    taken.add(path);
  }
  return taken;
}
