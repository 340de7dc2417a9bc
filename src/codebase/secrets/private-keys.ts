import type { Spot } from "./preset-rules.ts";

const OPENING = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----/g;
const CLOSING = /-----END [A-Z0-9 ]{0,40}-----/y;
/** A key of 16,384 bits has 12,000 signs. */
const LONGEST = 16_000;

/** Base64, and what stands between its lines where a source string was cut at line ends. */
const BODY = /[A-Za-z0-9+/=:,;\s"'`\\-]{0,16000}/y;
/** Signs of base64 in the shortest key there is. */
const SHORTEST = 60;

/**
 * Private keys in PEM, from their first to their last line: also cut into the lines of a source string, and without their
 * end, as the preset's rule does not take them. Pure; linear in the length of `text`.
 */
export function findPrivateKeys(text: string): readonly Spot[] {
  const spots: Spot[] = [];
  for (const opening of text.matchAll(OPENING)) {
    const from = opening.index + opening[0].length;
    const bodyEnd = endOfBody(text, from);
    if (base64Signs(text.slice(from, bodyEnd)) < SHORTEST) continue;
    CLOSING.lastIndex = bodyEnd;
    const closing = CLOSING.exec(text);
    spots.push({ rule: "private-key", start: opening.index, end: bodyEnd + (closing?.[0].length ?? 0) });
  }
  return spots;
}

/** Where the next dashes stand, or where something stands that no key holds. */
function endOfBody(text: string, from: number): number {
  BODY.lastIndex = from;
  const possible = from + (BODY.exec(text)?.[0].length ?? 0);
  const dashes = text.slice(from, Math.min(possible, from + LONGEST)).indexOf("-----");
  return dashes === -1 ? possible : from + dashes;
}

/** Signs of base64 in runs that are too long for words. */
function base64Signs(body: string): number {
  const runs = body.replaceAll("\\n", "\n").match(/[A-Za-z0-9+/=]{16,}/g) ?? [];
  return runs.reduce((sum, run) => sum + run.length, 0);
}
