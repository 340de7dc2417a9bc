import { ASSIGNMENT_ANCHORS, findAssignments } from "./assignments.ts";
import type { KeyShape } from "./provider-keys.ts";
import { KEY_SHAPES } from "./provider-keys.ts";
import { findPrivateKeys } from "./private-keys.ts";
import { isPlaceholder } from "./placeholders.ts";
import type { PresetRule, Spot } from "./preset-rules.ts";
import { loadPresetRules } from "./preset-rules.ts";
import type { SecretFinding } from "./secrets.ts";

/**
 * Finds secrets in source text: the rules of a well-kept scanner, keys that it lacks, and values of high entropy that are
 * given to a name that says "secret".
 *
 * Most files hold no letter of what any rule looks for, so one expression over all of that comes first; a rule runs where
 * its own letters stand. Rejected: the scanner's runner (it indexes every text by lines, removes doubles in quadratic time,
 * and lets a comment in a file switch rules off).
 */
export interface SecretScanner {
  /**
   * Secrets of one file, in the order of their start, without overlaps; offsets are bytes of `text` in UTF-8. Pure; never
   * throws; time grows with the length of `text` only.
   */
  scan(path: string, text: string): readonly SecretFinding[];
}

/** Loads the rules; once a thread. */
export async function openSecretScanner(): Promise<SecretScanner> {
  const preset = await loadPresetRules();
  const isSuspect = suspicion(preset);
  return {
    scan(path, text) {
      const suspect = isSuspect.test(text);
      const spots = suspect ? keySpots(preset, path, text) : [];
      if (ASSIGNMENT_ANCHORS.test(text)) spots.push(...findAssignments(path, text));
      return spots.length === 0 ? [] : findingsOf(text, withoutOverlaps(spots));
    },
  };
}

let opened: Promise<SecretScanner> | null = null;

/** `scan` of a scanner that is opened at the first call. */
export async function findSecrets(path: string, text: string): Promise<readonly SecretFinding[]> {
  opened ??= openSecretScanner();
  return (await opened).scan(path, text);
}

/** One expression over all anchors; every text is one where a rule has none. */
function suspicion(preset: readonly PresetRule[]): RegExp {
  const anchors = [...preset.map(({ anchors }) => anchors), ...KEY_SHAPES.map(({ anchors }) => anchors)];
  if (anchors.includes(null)) return /^/;
  const all = new Set(anchors.flatMap((some) => some ?? []));
  // An address is suspect only with a password in it.
  all.delete("://");
  const escaped = [...all].map((anchor) => anchor.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return new RegExp(`${escaped.join("|")}|://[^\\s/@:]{0,100}:[^\\s/@]{1,200}@`);
}

function keySpots(preset: readonly PresetRule[], path: string, text: string): Spot[] {
  const shaped = KEY_SHAPES.flatMap((shape) => shapeSpots(shape, text));
  return [...findPrivateKeys(text), ...presetSpots(preset, path, text), ...shaped];
}

function presetSpots(preset: readonly PresetRule[], path: string, text: string): Spot[] {
  return preset
    .filter(({ anchors }) => anchors === null || anchors.some((anchor) => text.includes(anchor)))
    .flatMap((rule) => rule.find(path, text))
    .map((spot) => (spot.rule === "url-password" ? passwordOf(spot, text) : spot))
    .filter(({ start, end }) => end > start && !isPlaceholder(text.slice(start, end)));
}

/** The rules of addresses mark the whole address; secret is the password. */
function passwordOf(spot: Spot, text: string): Spot {
  const match = /^[^:]{1,20}(?::[^:/]{1,20})?:\/\/[^:\s]{0,256}:(?<password>[^@\s]{1,256})@/.exec(
    text.slice(spot.start, Math.min(spot.end, spot.start + 600)),
  );
  const password = match?.groups?.["password"];
  if (match === null || password === undefined) return spot;
  const end = spot.start + match[0].length - 1;
  return { ...spot, start: end - password.length, end };
}

function shapeSpots(shape: KeyShape, text: string): Spot[] {
  if (!shape.anchors.some((anchor) => text.includes(anchor))) return [];
  const spots: Spot[] = [];
  for (const match of text.matchAll(shape.pattern)) {
    const value = match.groups?.["secret"] ?? match[0];
    if (isPlaceholder(value) || shape.isReal?.(value) === false) continue;
    const start = match.index + match[0].indexOf(value);
    spots.push({ rule: shape.rule, start, end: start + value.length });
  }
  return spots;
}

/** In the order of their start; what overlaps is one, under the rule that stands first. */
function withoutOverlaps(spots: readonly Spot[]): readonly Spot[] {
  const sorted = spots.toSorted((a, b) => a.start - b.start || b.end - a.end);
  const kept: Spot[] = [];
  for (const spot of sorted) {
    const last = kept.at(-1);
    if (last === undefined || spot.start >= last.end) kept.push(spot);
    else if (spot.end > last.end) kept[kept.length - 1] = { ...last, end: spot.end };
  }
  return kept;
}

/** UTF-16 units to bytes and lines, in one walk. */
function findingsOf(text: string, spots: readonly Spot[]): readonly SecretFinding[] {
  let unit = 0;
  let byte = 0;
  let line = 1;
  const to = (target: number): number => {
    const between = text.slice(unit, target);
    byte += Buffer.byteLength(between);
    for (let at = between.indexOf("\n"); at !== -1; at = between.indexOf("\n", at + 1)) line += 1;
    unit = target;
    return byte;
  };
  return spots.map(({ rule, start, end }) => {
    const startByte = to(start);
    const startLine = line;
    return { rule, start: startByte, end: to(end), line: startLine };
  });
}
