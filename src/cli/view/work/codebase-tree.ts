import type { Codebase, CriticalityPart, LeftOut } from "../../../codebase/facts/facts.ts";

/** A folder or a file of a codebase, with what it weighs. */
export interface TreeNode {
  /** Of a chain of folders with one folder each, all of it: "src/main/java". */
  readonly name: string;
  /** From the root, with "/"; "" for the root. */
  readonly path: string;
  readonly tokens: number;
  /** Files below it; 1 for a file. */
  readonly files: number;
  /** Of a file that of its module, of a folder the highest below it, 0 to 1. */
  readonly score: number;
  /** A critical module, or a folder with one. */
  readonly isCritical: boolean;
  /** Of a file that belongs to one. */
  readonly module: string | null;
  readonly why: readonly CriticalityPart[];
  readonly entry: string | null;
  /** Folders first, then by tokens, largest first; null for a file. */
  readonly children: readonly TreeNode[] | null;
}

/** What was left out, by reason. */
export interface LeftOutSum {
  readonly reason: LeftOut["reason"];
  readonly files: number;
  readonly bytes: number;
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: TreeNode[];
}

/** The codebase as a tree of folders. Pure. */
export function codebaseTree(codebase: Codebase): TreeNode {
  const modules = new Map(codebase.modules.flatMap((module) => module.files.map((path) => [path, module] as const)));
  const root: Folder = { folders: new Map(), files: [] };
  for (const { path, tokens, entry } of codebase.files) {
    const names = path.split("/");
    const name = names.pop() ?? path;
    let folder = root;
    for (const part of names) {
      const inner = folder.folders.get(part) ?? { folders: new Map<string, Folder>(), files: [] };
      folder.folders.set(part, inner);
      folder = inner;
    }
    const module = modules.get(path);
    const { score = 0, isCritical = false, parts: why = [] } = module?.criticality ?? {};
    folder.files.push({
      name,
      path,
      tokens,
      files: 1,
      score,
      isCritical,
      why,
      entry,
      module: module?.name ?? null,
      children: null,
    });
  }
  return folderNode(root, "", "");
}

function folderNode(folder: Folder, name: string, path: string): TreeNode {
  const [only] = folder.folders;
  if (path !== "" && folder.files.length === 0 && folder.folders.size === 1 && only !== undefined) {
    const [inner, node] = only;
    return folderNode(node, `${name}/${inner}`, `${path}/${inner}`);
  }
  const folders = [...folder.folders].map(([inner, node]) =>
    folderNode(node, inner, path === "" ? inner : `${path}/${inner}`),
  );
  const children = [...folders.toSorted(byWeight), ...folder.files.toSorted(byWeight)];
  return {
    name,
    path,
    children,
    module: null,
    why: [],
    entry: null,
    tokens: children.reduce((sum, child) => sum + child.tokens, 0),
    files: children.reduce((sum, child) => sum + child.files, 0),
    score: children.reduce((most, child) => Math.max(most, child.score), 0),
    isCritical: children.some((child) => child.isCritical),
  };
}

function byWeight(a: TreeNode, b: TreeNode): number {
  return b.tokens - a.tokens || (a.name < b.name ? -1 : 1);
}

/** What was left out, most bytes first. Pure. */
export function sumLeftOut(leftOut: readonly LeftOut[]): readonly LeftOutSum[] {
  const sums = new Map<LeftOut["reason"], LeftOutSum>();
  for (const { reason, bytes } of leftOut) {
    const before = sums.get(reason) ?? { reason, files: 0, bytes: 0 };
    sums.set(reason, { reason, files: before.files + 1, bytes: before.bytes + bytes });
  }
  return [...sums.values()].toSorted((a, b) => b.bytes - a.bytes || (a.reason < b.reason ? -1 : 1));
}

/** "3 generated, 1 lock-file"; "" where nothing was. Pure. */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  return sumLeftOut(leftOut)
    .map(({ reason, files }) => `${files.toLocaleString("en-US")} ${reason}`)
    .join(", ");
}
