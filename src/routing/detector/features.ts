import { SIGN_NAMES } from "./lexicon.ts";
import { MOST_WORDS } from "./words.ts";
import type { Words } from "./words.ts";

/** Width of the hashed space; the weights file holds the few that matter. */
export const SPACE_BITS = 20;

/** What a feature stands for; its index is its family. */
const FAMILIES = [
  "word",
  "pair of words",
  "letters",
  "early word",
  "first word",
  "first two words",
  "last word",
  "sign",
  "first sign",
  "pair of signs",
  "action and object",
  "shape",
  "early sign",
  "skip",
  "stem",
  "triple of signs",
] as const;
type Family = (typeof FAMILIES)[number];

/** How loud a family speaks before training. */
const SCALE: Readonly<Record<Family, number>> = {
  word: 1,
  "pair of words": 0.7,
  letters: 0.35,
  "early word": 0.7,
  "first word": 1,
  "first two words": 0.8,
  "last word": 0.7,
  sign: 1,
  "first sign": 1,
  "pair of signs": 0.7,
  "action and object": 0.7,
  shape: 0.8,
  "early sign": 0.8,
  skip: 0.4,
  stem: 0.7,
  "triple of signs": 0.5,
};

/** A growing list of features, used again for each text. */
export interface Features {
  count: number;
  ids: Int32Array;
  values: Float64Array;
  /** The word (index) a feature comes from, -1: the text as a whole. */
  from: Int16Array;
  families: Uint8Array;
}

const ROOM = 16_384;

export function openFeatures(): Features {
  return {
    count: 0,
    ids: new Int32Array(ROOM),
    values: new Float64Array(ROOM),
    from: new Int16Array(ROOM),
    families: new Uint8Array(ROOM),
  };
}

const EARLY = 6;
const MAX_LETTERS = 24;

/** Fills `into` with the features of a text; what was in it is gone. Pure but for that. */
export function readFeatures(text: Words, into: Features): void {
  into.count = 0;
  const { words, signs, start } = text;
  const long = Math.min(words.length, MOST_WORDS);
  const put = (family: number, hash: number, from: number): void => {
    if (into.count >= ROOM) return;
    const at = into.count++;
    into.ids[at] = mix(hash, family) >>> (32 - SPACE_BITS);
    into.values[at] = SCALES[family] ?? 0;
    into.from[at] = from;
    into.families[at] = family;
  };
  let before = 0x9e3779b9;
  let beforeThat = 0x85ebca6b;
  let actionSign = -1;
  let lastSign = -1;
  let signBeforeThat = -1;
  for (let at = 0; at < long; at += 1) {
    const word = words[at] ?? "";
    const hash = hashOf(word);
    put(0, hash, at);
    if (at > 0) put(1, combine(before, hash), at);
    if (at > 1) put(13, combine(beforeThat, hash), at);
    const stem = stemOf(word);
    put(14, hashOf(stem), at);
    letters(word, at, put);
    if (at >= start && at < start + EARLY) put(3, hash, at);
    if (at === start) put(4, hash, at);
    if (at === start + 1) put(5, combine(before, hash), at);
    if (at === long - 1) put(6, hash, at);
    const own = signs[at] ?? [];
    for (const sign of own) {
      put(7, sign, at);
      if (at < start + EARLY) put(12, sign, at);
      const letter = KINDS[sign];
      if (lastSign < 0) put(8, sign, at);
      else put(9, lastSign * 64 + sign, at);
      if (signBeforeThat >= 0) put(15, (signBeforeThat * 64 + lastSign) * 64 + sign, at);
      if (letter === "a" && actionSign < 0) actionSign = sign;
      else if (actionSign >= 0 && letter !== "m") put(10, actionSign * 64 + sign, at);
    }
    const main = own[0];
    if (main !== undefined && KINDS[main] !== "m") {
      signBeforeThat = lastSign;
      lastSign = main;
    }
    beforeThat = before;
    before = hash;
  }
  for (const shape of text.shapes) put(11, hashOf(shape), -1);
}

const SCALES = FAMILIES.map((family) => SCALE[family]);
const KINDS = SIGN_NAMES.map((name) => name[0]);

/** All runs of four letters of "<word>", and its first five. */
function letters(word: string, at: number, put: (family: number, hash: number, from: number) => void): void {
  if (word.length < 4) return;
  const end = Math.min(word.length, MAX_LETTERS);
  for (let from = -1; from + 4 <= end + 1; from += 1) {
    let hash = 0x811c9dc5;
    for (let offset = from; offset < from + 4; offset += 1) {
      const code = offset < 0 ? 60 : offset >= end ? 62 : word.charCodeAt(offset);
      hash = Math.imul(hash ^ code, 0x01000193);
    }
    put(2, hash, at);
  }
}

export function stemOf(word: string): string {
  if (word.length < 5) return word.endsWith("s") && word.length > 3 && !word.endsWith("ss") ? word.slice(0, -1) : word;
  for (const ending of ["ations", "ation", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "ly", "s", "e", "y"]) {
    if (word.endsWith(ending) && word.length - ending.length >= 3) return word.slice(0, -ending.length);
  }
  return word;
}

function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash;
}

function combine(left: number, right: number): number {
  return Math.imul(left ^ 0x5bd1e995, 0x01000193) ^ right;
}

function mix(hash: number, family: number): number {
  let mixed = Math.imul(hash ^ Math.imul(family + 1, 0x9e3779b1), 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  mixed ^= mixed >>> 16;
  return Math.imul(mixed, 0x27d4eb2f);
}
