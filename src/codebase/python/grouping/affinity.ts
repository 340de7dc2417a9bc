import type { Dependencies, StatementGroup } from "./dependencies.ts";
import type { NameTable } from "../reading/name-table.ts";

/** How strongly two groups of statements belong together; symmetric, 0 for nothing. */
export type Affinity = readonly ReadonlyMap<number, number>[];

/** References count most (less for what everybody uses), then shared words in names, then standing side by side. */
export function measureAffinity(dependencies: Dependencies, table: NameTable): Affinity {
  const { groups } = dependencies;
  const affinity = groups.map(() => new Map<number, number>());
  const add = (a: number, b: number, weight: number): void => {
    if (a === b || groups[a]?.pinned !== false || groups[b]?.pinned !== false) return;
    affinity[a]?.set(b, (affinity[a].get(b) ?? 0) + weight);
    affinity[b]?.set(a, (affinity[b].get(a) ?? 0) + weight);
  };
  addReferences(dependencies, table, add);
  addWords(groups, add);
  const movable = groups.filter((group) => !group.pinned).map((group) => group.id);
  for (const [index, id] of movable.entries()) {
    const [next, afterNext] = [movable[index + 1], movable[index + 2]];
    if (next !== undefined) add(id, next, 1);
    if (afterNext !== undefined) add(id, afterNext, 0.5);
  }
  return affinity;
}

/** The words of an identifier, in lower case: `_HTMLTableRow` is html, table, row. */
export function wordsOf(name: string): string[] {
  const spaced = name.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2");
  return spaced
    .split(/[\s_]+/)
    .map((word) => word.toLowerCase())
    .filter((word) => word.length > 1);
}

function addReferences(
  { groups, groupOf }: Dependencies,
  table: NameTable,
  add: (a: number, b: number, weight: number) => void,
): void {
  const counts = new Map<number, Map<number, number>>();
  for (const { id, statements } of groups) {
    for (const statement of statements) {
      for (const found of statement.names.occurrences) {
        const [binder] = table.bindersOf(found.name);
        if (binder === undefined || groupOf(binder) === id) continue;
        const users = counts.get(groupOf(binder)) ?? new Map<number, number>();
        users.set(id, (users.get(id) ?? 0) + (found.phase === "weak" ? 0.2 : 1));
        counts.set(groupOf(binder), users);
      }
    }
  }
  for (const [target, users] of counts) {
    for (const [user, count] of users) add(user, target, (1.5 * (1 + Math.log2(1 + count))) / users.size ** 0.7);
  }
}

function addWords(groups: readonly StatementGroup[], add: (a: number, b: number, weight: number) => void): void {
  const byWord = new Map<string, Set<number>>();
  for (const { id, statements } of groups) {
    for (const statement of statements) {
      for (const name of statement.binds) {
        for (const word of wordsOf(name)) byWord.set(word, (byWord.get(word) ?? new Set<number>()).add(id));
      }
    }
  }
  for (const ids of byWord.values()) {
    if (ids.size < 2 || ids.size > groups.length / 5) continue;
    const members = [...ids];
    for (const [index, a] of members.entries())
      for (const b of members.slice(index + 1)) add(a, b, 1.5 / Math.sqrt(ids.size));
  }
}
