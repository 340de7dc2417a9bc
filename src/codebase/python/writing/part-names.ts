import { wordsOf } from "../grouping/affinity.ts";
import type { StatementGroup } from "../grouping/dependencies.ts";

/** A name for each part, from the words of what it holds. */
export interface PartName {
  /** Module name without `.py`. */
  readonly module: string;
  /** "Column widths". */
  readonly title: string;
}

/** Words that say nothing about a part, and Python's own private modules, which a part must not hide. */
const DULL = new Set(
  "get set is has the of to from in on by for with and or not do make new name names value values obj object data item items func fn self cls test tests private init main impl base type types default defaults arg args kwargs x y a b n re".split(
    " ",
  ),
);
const TAKEN = new Set(
  "io json csv collections datetime decimal thread random struct string ssl socket locale operator functools codecs heapq bisect pickle queue signal stat warnings weakref ast abc compression strptime hashlib lzma ctypes curses dbm uuid zoneinfo asyncio contextvars statistics symtable imp opcode types tokenize typing colorize sre sqlite3 pyio".split(
    " ",
  ),
);

/**
 * Chooses module names `_STEM_WORD` (in a package's `__init__`: `_WORD`), unique, never like a test file, never one of
 * `taken` (names in the module, and files beside it).
 */
export function nameParts(
  parts: readonly (readonly StatementGroup[])[],
  stem: string,
  isPackageInit: boolean,
  taken: ReadonlySet<string>,
): PartName[] {
  const weights = parts.map(weighWords);
  const spread = new Map<string, number>();
  for (const words of weights) for (const word of words.keys()) spread.set(word, (spread.get(word) ?? 0) + 1);
  const prefix = isPackageInit ? "_" : `_${stem.replace(/^_+/, "")}_`;
  const used = new Set<string>();
  const order = [...weights.keys()].sort((a, b) => linesOf(parts[b]) - linesOf(parts[a]));
  const names: PartName[] = [];
  for (const index of order) {
    const words = weights[index] ?? new Map<string, number>();
    const score = (word: string): number =>
      ((words.get(word) ?? 0) * (1 + Math.log(parts.length / (spread.get(word) ?? 1)))) /
      (stem.toLowerCase().includes(word) ? 4 : 1);
    const ranked = [...words.keys()].sort((a, b) => score(b) - score(a) || (a < b ? -1 : 1));
    const candidates = [
      ...singleName(parts[index]),
      ...ranked,
      ...ranked.slice(1).map((word) => `${ranked[0]}_${word}`),
      ...parts.map((_, number) => `part${number + 1}`),
    ];
    const free = (word: string): boolean => {
      const module = prefix + word;
      return (
        !used.has(word) &&
        !taken.has(module) &&
        !/^_?tests?_|_tests?$/.test(module) &&
        !(isPackageInit && TAKEN.has(word))
      );
    };
    const word = candidates.find(free) ?? `part${index + 1}`;
    used.add(word);
    const second = ranked.find(
      (other) => !word.split("_").includes(other) && score(other) > 0.6 * score(ranked[0] ?? other),
    );
    names[index] = { module: prefix + word, title: titleOf(word, second) };
  }
  return names;
}

/** A part that is mostly one definition is named after it. */
function singleName(groups: readonly StatementGroup[] = []): string[] {
  const total = linesOf(groups);
  for (const group of groups) {
    for (const statement of group.statements) {
      const [name] = statement.binds;
      const lines = statement.last - statement.ownFirst + 1;
      if (name !== undefined && statement.binds.size === 1 && lines > 0.6 * total)
        return [wordsOf(name).join("_")].filter((word) => word !== "");
    }
  }
  return [];
}

function weighWords(groups: readonly StatementGroup[]): Map<string, number> {
  const weights = new Map<string, number>();
  for (const group of groups) {
    for (const statement of group.statements) {
      const lines = statement.last - statement.ownFirst + 1;
      const words = new Set(
        [...statement.binds]
          .flatMap(wordsOf)
          .filter((word) => word.length > 2 && !DULL.has(word) && /^[a-z][a-z\d]*$/.test(word)),
      );
      for (const word of words) weights.set(word, (weights.get(word) ?? 0) + Math.sqrt(lines) / Math.sqrt(words.size));
    }
  }
  return weights;
}

function titleOf(word: string, second: string | undefined): string {
  const text = word.replaceAll("_", " ") + (second === undefined ? "" : ` and ${second}`);
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function linesOf(groups: readonly StatementGroup[] = []): number {
  return groups.reduce((sum, group) => sum + group.lines, 0);
}
