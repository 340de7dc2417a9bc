import { posix } from "node:path";
import type { Codebase, FileFacts } from "../facts/facts.ts";
import { byCodeUnits } from "./order-files.ts";

export interface RankedFile {
  readonly facts: FileFacts;
  readonly score: number;
  readonly isNear: boolean;
}

/** What a file is, as a prior on being worked on. */
const ROLES: Readonly<Record<FileFacts["role"], number>> = { code: 0.3, test: 0.2, config: 0.12, docs: 0.08, data: 0 };
const CHURN_WEIGHT = 1;
const CRITICALITY_WEIGHT = 0.6;
/** For a file that is a neighbour of what the work is about, by what makes it one. */
const NEIGHBOUR_WEIGHT = 2;
const SECOND_NEIGHBOUR_WEIGHT = 0.7;
const SAME_STEM_WEIGHT = 1.5;
const SAME_FOLDER_WEIGHT = 0.8;

/**
 * All files, what matters most to work on `near` first: these themselves, what they import and what imports them, their
 * tests and what stands in the same folder; then by how often a file was changed, how much depends on it, and what it is.
 * Pure; equal scores go by path.
 */
export function rankFiles(codebase: Codebase, near: readonly string[]): readonly RankedFile[] {
  const close = closeness(codebase, near);
  const about = new Set(near);
  const criticality = new Map(
    codebase.modules.flatMap(({ files, criticality: { score } }) => files.map((path) => [path, score])),
  );
  const most = codebase.files.reduce((largest, { changes }) => Math.max(largest, changes), 1);
  return codebase.files
    .map((facts): RankedFile => {
      const churn = Math.log1p(facts.changes) / Math.log1p(most);
      const own = CHURN_WEIGHT * churn + CRITICALITY_WEIGHT * (criticality.get(facts.path) ?? 0) + ROLES[facts.role];
      return { facts, score: own + (close.get(facts.path) ?? 0), isNear: about.has(facts.path) };
    })
    .sort(
      (a, b) => Number(b.isNear) - Number(a.isNear) || b.score - a.score || byCodeUnits(a.facts.path, b.facts.path),
    );
}

function closeness(codebase: Codebase, near: readonly string[]): ReadonlyMap<string, number> {
  const close = new Map<string, number>();
  if (near.length === 0) return close;
  const add = (path: string, weight: number): void => void close.set(path, (close.get(path) ?? 0) + weight);
  const neighbours = importNeighbours(codebase);
  const first = new Set(near.flatMap((path) => [...(neighbours.get(path) ?? [])]));
  const second = new Set<string>();
  for (const path of first) {
    const around = neighbours.get(path) ?? new Set();
    // A file that everybody imports brings nobody closer to each other.
    if (around.size <= 20) for (const further of around) second.add(further);
  }
  const folders = new Set(near.map((path) => posix.dirname(path)));
  const stems = new Set(near.map(stemOf));
  for (const { path } of codebase.files) {
    if (first.has(path)) add(path, NEIGHBOUR_WEIGHT);
    else if (second.has(path)) add(path, SECOND_NEIGHBOUR_WEIGHT);
    if (stems.has(stemOf(path))) add(path, SAME_STEM_WEIGHT);
    if (folders.has(posix.dirname(path))) add(path, SAME_FOLDER_WEIGHT);
  }
  return close;
}

function importNeighbours(codebase: Codebase): ReadonlyMap<string, ReadonlySet<string>> {
  const neighbours = new Map<string, Set<string>>();
  const link = (from: string, to: string): void => {
    const known = neighbours.get(from);
    if (known === undefined) neighbours.set(from, new Set([to]));
    else known.add(to);
  };
  for (const { path, imports } of codebase.files) {
    for (const { target } of imports) {
      if (target === null || target === path) continue;
      link(path, target);
      link(target, path);
    }
  }
  return neighbours;
}

/** "src/user.ts", "test/user.test.ts", "tests/test_user.py" and "user_test.go" have the stem "user". */
function stemOf(path: string): string {
  const name = posix.basename(path).split(".")[0] ?? "";
  return name
    .replace(/^tests?[-_]|[-_](tests?|spec)$/i, "")
    .replace(/(Test|Tests|Spec|IT)$/, "")
    .toLowerCase();
}
