import type { FileFacts } from "../facts.ts";
import { byText } from "../listing/names.ts";
import type { NamedModule } from "./module-names.ts";

/** Who imports whom, by place in the list of modules. */
export interface ModuleGraph {
  /** Sorted by the names of the modules; no module imports itself. */
  readonly imports: readonly (readonly number[])[];
  readonly importedBy: readonly (readonly number[])[];
}

/** The imports of files as imports of modules. Pure. */
export function moduleGraph(modules: readonly NamedModule[], files: ReadonlyMap<string, FileFacts>): ModuleGraph {
  const moduleOf = new Map(modules.flatMap((module, index) => module.files.map((path) => [path, index] as const)));
  const byName = (a: number, b: number): number => byText(modules[a]?.name ?? "", modules[b]?.name ?? "");
  const importedBy: number[][] = modules.map(() => []);
  const imports = modules.map((module, from) => {
    const targets = new Set<number>();
    for (const path of module.files) {
      for (const { target } of files.get(path)?.imports ?? []) {
        const to = target === null ? undefined : moduleOf.get(target);
        if (to !== undefined && to !== from) targets.add(to);
      }
    }
    for (const to of targets) importedBy[to]?.push(from);
    return [...targets].sort(byName);
  });
  return { imports, importedBy: importedBy.map((list) => list.sort(byName)) };
}

/**
 * How central each module is: the share of time that somebody spends there who follows imports at random (PageRank,
 * damping 0.85). Sums to 1. Pure, and the same to the last bit for the same graph.
 */
export function centrality(imports: readonly (readonly number[])[]): Float64Array {
  const count = imports.length;
  let rank = new Float64Array(count).fill(1 / count);
  for (let round = 0; round < 40; round++) {
    const next = new Float64Array(count);
    let loose = 0;
    for (const [from, targets] of imports.entries()) {
      const share = rank[from] ?? 0;
      if (targets.length === 0) loose += share;
      else for (const to of targets) next[to] = (next[to] ?? 0) + share / targets.length;
    }
    for (let index = 0; index < count; index++) next[index] = (0.15 + 0.85 * loose) / count + 0.85 * (next[index] ?? 0);
    rank = next;
  }
  return rank;
}
