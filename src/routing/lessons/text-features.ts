/** So few bits that several words share each number: what stands in the store does not give the words back. */
const BITS = 16;
const MOST_FEATURES = 64;
const ENDINGS = ["ations", "ation", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "ly", "s", "e", "y"];

/** Words that say nothing of what a task is about. */
const EMPTY = new Set(
  "a an the this that these those it its is are was be to of for in on at by with from into and or but not so as if we i you my our your please can could should would do does just also some any all new now".split(
    " ",
  ),
);
/** Words that nearly every task has: they alone make two texts no relatives. */
const COMMON = new Set(
  "fix add update make change write create remove use set get improve implement build need want file code"
    .split(" ")
    .map(stemOf),
);

/** The lowest bit of a feature says whether its word is a common one, which counts less. */
const COMMON_WEIGHT = 0.35;

/**
 * What a text is about, as hashed word stems; sorted, each once. Nobody can read the text out of it: 16 bits a stem,
 * no order. Pure.
 */
export function textFeatures(text: string): readonly number[] {
  const found = new Set<number>();
  for (const [token] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    for (const word of UNSPACED.test(token) ? pairsOf(token) : [token]) {
      if (EMPTY.has(word)) continue;
      const stem = stemOf(word);
      found.add((hashOf(stem) << 1) | (COMMON.has(stem) ? 1 : 0));
    }
    if (found.size >= MOST_FEATURES) break;
  }
  return [...found].slice(0, MOST_FEATURES).sort((a, b) => a - b);
}

/** Writing without spaces between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** Each two characters that stand together. */
function pairsOf(token: string): readonly string[] {
  const characters = Array.from(token);
  return characters.length < 2
    ? characters
    : characters.slice(1).map((character, at) => `${characters[at]}${character}`);
}

/** How alike two texts are by their features, 0 to 1: the weight of what they share over the weight of what each has. Pure. */
export function likeness(left: readonly number[], right: readonly number[]): number {
  const own = new Set(left);
  let shared = 0;
  for (const feature of right) if (own.has(feature)) shared += weightOf(feature);
  const all = weigh(left) + weigh(right);
  return all === 0 ? 0 : (2 * shared) / all;
}

function weigh(features: readonly number[]): number {
  return features.reduce((sum, feature) => sum + weightOf(feature), 0);
}

function weightOf(feature: number): number {
  return (feature & 1) === 1 ? COMMON_WEIGHT : 1;
}

/** A word without its ending. Of our own, apart from the detector's, so that what is stored stays comparable when that changes. */
function stemOf(word: string): string {
  for (const ending of ENDINGS) {
    if (word.endsWith(ending) && word.length - ending.length >= 3) return word.slice(0, -ending.length);
  }
  return word;
}

function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 16)) & ((1 << BITS) - 1);
}
