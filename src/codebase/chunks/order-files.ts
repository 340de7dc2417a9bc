import { posix } from "node:path";
import type { Codebase, FileFacts, ModuleFacts } from "../facts/facts.ts";
import type { Chunk } from "./chunks.ts";

export interface OrderedFile {
  readonly facts: FileFacts;
  readonly module: string | null;
  readonly part: Exclude<Chunk["part"], "overview">;
}

interface Neighbourhood {
  readonly folder: string;
  readonly files: OrderedFile[];
  score: number;
  readonly links: Map<Neighbourhood, number>;
}

/**
 * The files in the order in which they are to be read: those of critical modules first, then all others; in both, folder by
 * folder, each followed by the folder that it shares most imports with, and by path within. Pure, linear in files and imports.
 */
export function orderFiles(codebase: Codebase, only?: readonly string[]): readonly OrderedFile[] {
  const wanted = only === undefined ? undefined : new Set(only);
  const owners = new Map<string, ModuleFacts>();
  for (const module of codebase.modules) for (const path of module.files) owners.set(path, module);
  const parts: Record<OrderedFile["part"], OrderedFile[]> = { critical: [], supporting: [] };
  for (const facts of codebase.files) {
    if (wanted !== undefined && !wanted.has(facts.path)) continue;
    const owner = owners.get(facts.path);
    const part = owner?.criticality.isCritical === true ? "critical" : "supporting";
    parts[part].push({ facts, module: owner?.name ?? null, part });
  }
  return [...inNeighbourhoods(parts.critical, owners), ...inNeighbourhoods(parts.supporting, owners)];
}

function inNeighbourhoods(files: readonly OrderedFile[], owners: ReadonlyMap<string, ModuleFacts>): OrderedFile[] {
  const neighbourhoods = neighbourhoodsOf(files, owners);
  const byScore = [...neighbourhoods].sort((a, b) => b.score - a.score || byCodeUnits(a.folder, b.folder));
  const left = new Set(byScore);
  const ordered: OrderedFile[] = [];
  for (const seed of byScore) {
    for (let next: Neighbourhood | undefined = seed; next !== undefined && left.has(next);) {
      left.delete(next);
      ordered.push(...next.files.sort((a, b) => byCodeUnits(a.facts.path, b.facts.path)));
      next = nearest(next, left);
    }
  }
  return ordered;
}

function neighbourhoodsOf(
  files: readonly OrderedFile[],
  owners: ReadonlyMap<string, ModuleFacts>,
): readonly Neighbourhood[] {
  const byFolder = new Map<string, Neighbourhood>();
  const byPath = new Map<string, Neighbourhood>();
  for (const file of files) {
    const folder = posix.dirname(file.facts.path);
    let home = byFolder.get(folder);
    if (home === undefined) byFolder.set(folder, (home = { folder, files: [], score: 0, links: new Map() }));
    home.files.push(file);
    home.score = Math.max(home.score, owners.get(file.facts.path)?.criticality.score ?? 0);
    byPath.set(file.facts.path, home);
  }
  for (const { facts } of files) {
    const from = byPath.get(facts.path);
    for (const { target } of facts.imports) {
      const to = target === null ? undefined : byPath.get(target);
      if (from === undefined || to === undefined || from === to) continue;
      from.links.set(to, (from.links.get(to) ?? 0) + 1);
      to.links.set(from, (to.links.get(from) ?? 0) + 1);
    }
  }
  return [...byFolder.values()];
}

/** The one left with the most imports to and from `last`, for its size; of equals the first by name. */
function nearest(last: Neighbourhood, left: ReadonlySet<Neighbourhood>): Neighbourhood | undefined {
  let best: Neighbourhood | undefined;
  let bestLinks = 0;
  for (const [other, count] of last.links) {
    if (!left.has(other)) continue;
    const links = count / Math.sqrt(other.files.length);
    if (
      links > bestLinks ||
      (links === bestLinks && best !== undefined && byCodeUnits(other.folder, best.folder) < 0)
    ) {
      best = other;
      bestLinks = links;
    }
  }
  return best;
}

export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
