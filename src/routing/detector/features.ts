import { SIGN_NAMES } from "./lexicon.ts";
import { MOST_WORDS } from "./words.ts";
import type { Words } from "./words.ts";

/** Width of the hashed space; the weights file holds the few that matter. */
export const SPACE_BITS = 20;

/** Kinds of feature, each with how loud it speaks before training. */
const FAMILIES = [
  ["word", 1],
  ["stem", 0.7],
  ["pair of words", 0.7],
  ["letters", 0.35],
  ["early word", 0.7],
  ["first word", 1],
  ["first two words", 0.8],
  ["last word", 0.7],
  ["sign", 1],
  ["early sign", 0.8],
  ["first sign", 1],
  ["sign at the start", 1],
  ["first word and sign", 0.5],
  ["pair of signs", 0.7],
  ["action and object", 0.7],
  ["shape", 0.8],
] as const;

type Family = (typeof FAMILIES)[number][0];
const NUMBER = Object.fromEntries(FAMILIES.map(([family], at) => [family, at])) as Record<Family, number>;
const LOUDNESS = Float64Array.from(FAMILIES, ([, loudness]) => loudness);

/** A list of features, used again for each text. */
export interface Features {
  count: number;
  readonly ids: Int32Array;
  readonly values: Float64Array;
  /** The word (index) a feature comes from, -1: the text as a whole. */
  readonly from: Int16Array;
}

/** More than the longest text read can have. */
const ROOM = 16_384;

export function openFeatures(): Features {
  return { count: 0, ids: new Int32Array(ROOM), values: new Float64Array(ROOM), from: new Int16Array(ROOM) };
}

/** Words from the start of the asking on that count as early: what is wanted mostly stands there. */
const EARLY = 6;
const MOST_LETTERS = 24;
const SIGNS = 64;
const NO_SIGN = SIGNS - 1;
const KINDS = SIGN_NAMES.map((name) => name[0]);

/** Fills `into` with the features of a text; what was in it is gone. Pure but for that. */
export function readFeatures(text: Words, into: Features): void {
  into.count = 0;
  readWords(text, into);
  readSigns(text, into);
  for (const shape of text.shapes) put(into, NUMBER.shape, hashOf(shape), -1);
}

function put(into: Features, family: number, hash: number, from: number): void {
  if (into.count >= ROOM) return;
  const at = into.count++;
  into.ids[at] = mix(hash, family) >>> (32 - SPACE_BITS);
  into.values[at] = LOUDNESS[family] ?? 0;
  into.from[at] = from;
}

function readWords({ words, start }: Words, into: Features): void {
  const long = Math.min(words.length, MOST_WORDS);
  let before = 0;
  for (let at = 0; at < long; at += 1) {
    const word = words[at] ?? "";
    const hash = hashOf(word);
    put(into, NUMBER.word, hash, at);
    put(into, NUMBER.stem, hashOf(stemOf(word)), at);
    if (at > 0) put(into, NUMBER["pair of words"], combine(before, hash), at);
    if (at >= start && at < start + EARLY) put(into, NUMBER["early word"], hash, at);
    if (at === start) put(into, NUMBER["first word"], hash, at);
    if (at === start + 1) put(into, NUMBER["first two words"], combine(before, hash), at);
    if (at === long - 1) put(into, NUMBER["last word"], hash, at);
    readLetters(word, at, into);
    before = hash;
  }
}

/** All runs of four letters of "<word>". */
function readLetters(word: string, at: number, into: Features): void {
  if (word.length < 4) return;
  const end = Math.min(word.length, MOST_LETTERS);
  for (let from = -1; from + 4 <= end + 1; from += 1) {
    let hash = SEED;
    for (let offset = from; offset < from + 4; offset += 1) {
      const code = offset < 0 ? 60 : offset >= end ? 62 : word.charCodeAt(offset);
      hash = Math.imul(hash ^ code, PRIME);
    }
    put(into, NUMBER.letters, hash, at);
  }
}

function readSigns({ words, signs, start }: Words, into: Features): void {
  const first = hashOf(words[start] ?? "");
  let action = -1;
  let last = -1;
  for (const [at, own] of signs.entries()) {
    if (at === start && own.length === 0) put(into, NUMBER["sign at the start"], NO_SIGN, at);
    for (const sign of own) {
      put(into, NUMBER.sign, sign, at);
      if (at < start + EARLY) put(into, NUMBER["early sign"], sign, at);
      if (at === start) put(into, NUMBER["sign at the start"], sign, at);
      else if (at > start) put(into, NUMBER["first word and sign"], combine(first, sign), at);
      if (last < 0) put(into, NUMBER["first sign"], sign, at);
      else put(into, NUMBER["pair of signs"], last * SIGNS + sign, at);
      if (KINDS[sign] === "a" && action < 0) action = sign;
      else if (action >= 0 && KINDS[sign] !== "m") put(into, NUMBER["action and object"], action * SIGNS + sign, at);
    }
    const main = own[0];
    if (main !== undefined && KINDS[main] !== "m") last = main;
  }
}

const ENDINGS = ["ations", "ation", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "ly", "s", "e", "y"];

/** The word without its commonest English endings, at least three letters. Pure. */
export function stemOf(word: string): string {
  if (word.length < 4) return word;
  for (const ending of ENDINGS) {
    if (word.endsWith(ending) && word.length - ending.length >= 3) return word.slice(0, -ending.length);
  }
  return word;
}

/** FNV-1a. */
const SEED = 0x811c9dc5;
const PRIME = 0x01000193;

function hashOf(word: string): number {
  let hash = SEED;
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), PRIME);
  return hash;
}

function combine(left: number, right: number): number {
  return Math.imul(left ^ 0x5bd1e995, PRIME) ^ right;
}

/** Spreads the bits, since the topmost are taken as the feature's number. */
function mix(hash: number, family: number): number {
  let mixed = Math.imul(hash ^ Math.imul(family + 1, 0x9e3779b1), 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  mixed ^= mixed >>> 16;
  return Math.imul(mixed, 0x27d4eb2f);
}
