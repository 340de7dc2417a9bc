import type { Criticality, CriticalityPart } from "../facts.ts";

/** What is known of a module when its criticality is told. */
export interface ModuleMeasures {
  readonly name: string;
  readonly tokens: number;
  /** Of its files together. */
  readonly changes: number;
  /** Why a program starts in it; null where none does. */
  readonly entry: string | null;
  readonly importers: number;
  /** Share of all centrality, 0 to 1. */
  readonly rank: number;
}

/**
 * What counts how much. Imports first: what many build on breaks many. Names are a weak prior: they decide where nothing
 * else is known, in a repository without history and imports.
 */
const WEIGHTS: Readonly<Record<CriticalityPart["name"], number>> = {
  "imported-by": 0.45,
  churn: 0.25,
  "entry-point": 0.12,
  size: 0.1,
  name: 0.08,
};

/** The seeds' list of critical modules. */
const KEYWORDS = ["core", "main", "api", "config"];
/** A module of that size is as large as one gets for this purpose. */
const LARGE_TOKENS = 8_000;
/** A list that is longer than this is read by nobody. */
const MOST_CRITICAL = 40;

/**
 * How critical each module is, in the order given, each part explained.
 *
 * Critical are the highest scores: as many as the square root of the number of modules, rounded up (3 of 9, 15 of 208),
 * at most 40, and none that has less than half of the highest score. Equal scores go by name. Pure.
 */
export function judgeCriticality(modules: readonly ModuleMeasures[]): readonly Criticality[] {
  const most = {
    rank: modules.reduce((highest, { rank }) => Math.max(highest, rank), 0),
    changes: modules.reduce((highest, { changes }) => Math.max(highest, changes), 0),
    count: modules.length,
  };
  const known = new Map<string, CriticalityPart>();
  const judged = modules.map((module) => {
    const parts = partsOf(module, most, known);
    return {
      name: module.name,
      parts,
      score: round(parts.reduce((sum, { value, weight }) => sum + value * weight, 0)),
    };
  });
  const best = judged.toSorted((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
  const room = Math.min(MOST_CRITICAL, Math.ceil(Math.sqrt(modules.length)));
  const bar = (best[0]?.score ?? 0) / 2;
  const critical = new Set(
    best
      .slice(0, room)
      .filter(({ score }) => score >= bar)
      .map(({ name }) => name),
  );
  return judged.map(({ name, parts, score }) => ({ score, isCritical: critical.has(name), parts }));
}

interface Most {
  readonly rank: number;
  readonly changes: number;
  readonly count: number;
}

/** Parts are alike in thousands of modules; `known` holds each once. */
function partsOf(module: ModuleMeasures, most: Most, known: Map<string, CriticalityPart>): readonly CriticalityPart[] {
  const { importers, changes, tokens, entry } = module;
  const keyword = keywordOf(module.name);
  const part = (name: CriticalityPart["name"], exact: number, why: string): CriticalityPart => {
    const value = round(exact);
    const key = `${name} ${value} ${why}`;
    const made = known.get(key) ?? { name, value, weight: WEIGHTS[name], why };
    known.set(key, made);
    return made;
  };
  return [
    part(
      "imported-by",
      importers === 0 ? 0 : Math.sqrt(module.rank / most.rank),
      `imported by ${importers} of ${most.count} modules`,
    ),
    part("churn", most.changes === 0 ? 0 : Math.log1p(changes) / Math.log1p(most.changes), changed(changes)),
    part(
      "entry-point",
      entry === null ? 0 : 1,
      entry === null ? "no program starts here" : `a program starts here: ${entry}`,
    ),
    part("size", Math.min(1, Math.log1p(tokens / 200) / Math.log1p(LARGE_TOKENS / 200)), `${tokens} tokens`),
    part("name", keyword.value, keyword.why),
  ];
}

function changed(changes: number): string {
  if (changes === 0) return "not changed in the history at hand";
  return changes === 1 ? "changed by 1 commit" : `changed by ${changes} commits`;
}

/** A word of the module's own name counts whole, one of the folders above it a half. */
function keywordOf(name: string): { readonly value: number; readonly why: string } {
  const parts = name.split(".").map((part) =>
    part
      .replaceAll(/([a-z])([A-Z])/g, "$1-$2")
      .toLowerCase()
      .split(/[-_+@]/),
  );
  const found = (words: readonly string[]): string | undefined => KEYWORDS.find((keyword) => words.includes(keyword));
  const own = found(parts.at(-1) ?? []);
  if (own !== undefined) return { value: 1, why: `named "${own}"` };
  const above = found(parts.slice(0, -1).flat());
  return above === undefined ? { value: 0, why: "its name says nothing" } : { value: 0.5, why: `below "${above}"` };
}

/** Six digits: enough to tell modules apart, and the same on every machine. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
