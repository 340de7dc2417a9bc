import type { Detection, Evidence, TaskType } from "../routing.ts";
import { englishFor } from "./foreign-words.ts";
import { guideType } from "./keywords.ts";
import { kindOf } from "./kind.ts";
import { languageOf } from "./language.ts";
import { openModel, TYPES } from "./model.ts";
import type { PackedWeights, Reading } from "./model.ts";
import { WEIGHTS } from "./weights.ts";
import { cutWords, readPart } from "./words.ts";
import type { Words } from "./words.ts";

/*
 * What kind of work a text asks for. A small linear model of ours over hashed words, letters and hand-written signs; two
 * opinions (as people ask, as commit subjects say) blended by how the text reads. Trained by scripts/train-routing.
 *
 * Invariant: the same text always gets the same answer, whatever was read before; no text makes it throw.
 * Rejected: keywords alone (right on about half of what people write); one model for both worlds (each costs the other
 * two to three points); a network (no better on this little data, and nobody can read why).
 */

export interface Detector {
  /** Never throws. Of a text over 2,000 characters the first 1,600 and the last 400 are read. */
  detect(text: string): Detection;
}

/** Types whose first choice in the guide's table is a cheap model. */
const CHEAP: ReadonlySet<TaskType> = new Set(["ui", "documentation", "research"]);

/** A cheap type must be ahead of the best premium one by this share: work sent too cheap is dearer than the difference. */
const MARGIN = 0.1;

/** What is left of a share where the text had to be told in English word by word, or in no known words at all. */
const TRUST_IN_TRANSLATION = 0.6;
const TRUST_IN_NOTHING = 0.25;

const EVIDENCE_SHOWN = 6;

/** A detector with the shipped weights, or with others; unpacking takes some milliseconds, a text some microseconds. */
export function openDetector(weights: PackedWeights = WEIGHTS): Detector {
  const model = openModel(weights);
  return {
    detect(text) {
      const part = readPart(text);
      const original = cutWords(part, () => undefined);
      const kind = kindOf(original);
      if (kind === "empty") return nothing("und");
      const language = languageOf(part, original, (word) => englishFor(word) !== undefined);
      const foreign = language !== "en";
      const words = foreign ? cutWords(part, englishFor) : original;
      const reading = model.weigh(words);
      const type = choose(sharesOf(reading, 1));
      if (reading.subject < 0.5) steady(reading.shares, TYPES.indexOf(type), weights.steadied);
      const shares = sharesOf(reading, foreign ? trustIn(words) : 1);
      return {
        type,
        confidence: shares[type],
        shares,
        kind,
        simple: reading.simple > 0,
        language,
        evidence: evidenceOf(words, reading),
      };
    },
  };
}

function nothing(language: string): Detection {
  const shares = Object.fromEntries(TYPES.map((type) => [type, 1 / TYPES.length])) as Record<TaskType, number>;
  return { type: "coding", confidence: 1 / TYPES.length, shares, kind: "empty", simple: false, language, evidence: [] };
}

function trustIn(words: Words): number {
  const told = words.signs.filter((signs) => signs.length > 0).length;
  return told === 0 ? TRUST_IN_NOTHING : TRUST_IN_TRANSLATION;
}

/**
 * Brings the share of the type, where it is the largest, to what answers like it came true at, the others in proportion:
 * out of so few training tasks a share is no finer than that. Shares below the first step stay as they are.
 */
function steady(shares: Float64Array, type: number, steps: PackedWeights["steadied"]): void {
  const share = shares[type] ?? 0;
  const step = steps.findLast(([from]) => share >= from);
  if (step === undefined || share >= 1 || share < Math.max(...shares)) return;
  const [, right] = step;
  for (let at = 0; at < TYPES.length; at += 1) shares[at] = ((shares[at] ?? 0) * (1 - right)) / (1 - share);
  shares[type] = right;
}

function sharesOf(reading: Reading, trust: number): Record<TaskType, number> {
  const even = (1 - trust) / TYPES.length;
  const shares: Partial<Record<TaskType, number>> = {};
  for (let at = 0; at < TYPES.length; at += 1) {
    const type = TYPES[at];
    if (type !== undefined) shares[type] = trust * (reading.shares[at] ?? 0) + even;
  }
  return shares as Record<TaskType, number>;
}

/** The likeliest type; of a cheap one only if it is clearly ahead of every premium one. Pure. */
export function choose(shares: Readonly<Record<TaskType, number>>): TaskType {
  let cheap: TaskType = "documentation";
  let premium: TaskType = "coding";
  for (const type of TYPES) {
    if (CHEAP.has(type)) {
      if (shares[type] > shares[cheap]) cheap = type;
    } else if (shares[type] > shares[premium]) premium = type;
  }
  return shares[cheap] > shares[premium] + MARGIN ? cheap : premium;
}

/** For each word, and for the shape of the text, the type it speaks for most and how much more than for an average one. */
function evidenceOf(text: Words, reading: Reading): readonly Evidence[] {
  const found: { at: number; type: number; weight: number }[] = [];
  for (let at = 0; at <= text.words.length; at += 1) {
    let best = 0;
    let sum = 0;
    for (let type = 0; type < TYPES.length; type += 1) {
      const move = reading.moves[at * TYPES.length + type] ?? 0;
      sum += move;
      if (move > (reading.moves[at * TYPES.length + best] ?? 0)) best = type;
    }
    const weight = (reading.moves[at * TYPES.length + best] ?? 0) - sum / TYPES.length;
    if (weight > 0.05) found.push({ at, type: best, weight });
  }
  return found
    .sort((left, right) => right.weight - left.weight)
    .slice(0, EVIDENCE_SHOWN)
    .map(({ at, type, weight }) => ({
      sign: signOf(text, at),
      type: TYPES[type] ?? "coding",
      weight: Math.round(weight * 100) / 100,
    }));
}

function signOf(text: Words, at: number): string {
  const word = text.words[at];
  if (word === undefined) return text.shapes.join(", ");
  return guideType(word) === undefined ? word : `keyword ${word}`;
}
