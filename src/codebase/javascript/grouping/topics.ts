import { stemOf, wordsOf } from "./words.ts";

/** A definition that a part holds, as far as naming goes. */
export interface NamedPiece {
  readonly name: string;
  readonly lines: number;
}

/** Words that say little about a topic, and words that test runners look for in file names. */
const PLAIN_WORDS = new Set(
  (
    "a an and are as at be by can do does for from get has have if in into is it make must new not of on or set should the this to use using was when with without " +
    "add all any apply array call check class const create data default each element fn func function handle index init inner instance internal item items key list main method name names node object op " +
    "prop props obj ref run self string to type types util utils helper helpers val value values var test tests spec specs mock fixture bench stories story num number args arg"
  )
    .split(" ")
    .map(stemOf),
);

/**
 * A short topic for each group out of its own names: a word frequent inside and rare outside, two words where one says
 * too little. Topics are distinct, and none is among `taken`. Pure.
 */
export function topicsOf(
  groups: readonly (readonly NamedPiece[])[],
  stem: string,
  taken: ReadonlySet<string>,
): string[] {
  const own = new Set(wordsOf(stem).map(stemOf));
  const scored = groups.map((pieces) => scoresOf(pieces));
  const totals = new Map<string, number>();
  for (const scores of scored) for (const [word, score] of scores) totals.set(word, (totals.get(word) ?? 0) + score);
  const used = new Set(taken);
  return groups.map((pieces, index) => {
    const scores = scored[index] as Map<string, number>;
    const ranked = [...scores]
      .filter(([word]) => !own.has(word) && !PLAIN_WORDS.has(word) && !/^(?:test|spec)/.test(word))
      .map(([word, score]) => ({ word, score, value: (score * score) / (totals.get(word) ?? score) }))
      .sort((a, b) => b.value - a.value || b.score - a.score || (a.word < b.word ? -1 : 1));
    const topic = chooseTopic(
      ranked.map((one) => one.word),
      pieces,
      used,
    );
    used.add(topic);
    return topic;
  });
}

function scoresOf(pieces: readonly NamedPiece[]): Map<string, number> {
  const scores = new Map<string, number>();
  for (const piece of pieces) {
    for (const word of new Set(wordsOf(piece.name).map(stemOf))) {
      scores.set(word, (scores.get(word) ?? 0) + 1 + Math.log2(1 + piece.lines / 8));
    }
  }
  return scores;
}

function chooseTopic(ranked: readonly string[], pieces: readonly NamedPiece[], used: ReadonlySet<string>): string {
  const holds = (word: string): NamedPiece[] =>
    pieces.filter((piece) => wordsOf(piece.name).map(stemOf).includes(word));
  const spoken = (word: string): string => surface(word, pieces);
  const [first, ...rest] = ranked;
  if (first !== undefined) {
    const share = holds(first).length / Math.max(pieces.length, 1);
    const candidates = [
      ...(share >= 0.25 ? [spoken(first)] : []),
      ...rest.slice(0, 3).map((second) => `${spoken(first)}-${spoken(second)}`),
      ...ranked.slice(0, 6).map(spoken),
    ];
    const free = candidates.find((candidate) => !used.has(candidate));
    if (free !== undefined) return free;
  }
  const largest = [...pieces].sort((a, b) => b.lines - a.lines)[0];
  const fallback = largest === undefined ? "core" : wordsOf(largest.name).slice(0, 3).join("-") || "core";
  const safe = /(?:^|-)(?:test|spec)s?(?:-|$)/.test(fallback) ? "core" : fallback;
  for (let count = 1; ; count++) {
    const name = count === 1 ? safe : `${safe}-${count}`;
    if (!used.has(name)) return name;
  }
}

/** The form of a word that the names use most. */
function surface(stem: string, pieces: readonly NamedPiece[]): string {
  const counts = new Map<string, number>();
  for (const piece of pieces) {
    for (const word of wordsOf(piece.name)) if (stemOf(word) === stem) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || b[0].length - a[0].length)[0]?.[0] ?? stem;
}
