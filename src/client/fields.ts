import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";

/*
 * Reading of what a caller passed in, which may be anything: every complaint names the field, the value met, and what would
 * be right. Code: `usage`.
 */

export type Fields = Readonly<Record<string, unknown>>;

/** A complaint about one field. */
export function wrongField(place: string, met: unknown, wanted: string): AllotError {
  return new AllotError("usage", `${place} is ${shown(met)}; ${wanted} is wanted`, { details: { field: place } });
}

/** The value as an object. */
export function objectAt(place: string, value: unknown, wanted = "an object"): Fields {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Fields;
  throw wrongField(place, value, wanted);
}

/** The value as a list. */
export function listAt(place: string, value: unknown, wanted: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrongField(place, value, wanted);
}

/** The value as text; not empty unless that is allowed. */
export function textAt(place: string, value: unknown, wanted = "text", mayBeEmpty = false): string {
  if (typeof value === "string" && (mayBeEmpty || value.trim() !== "")) return value;
  throw wrongField(place, value, wanted);
}

/** The value as a number within bounds, both included. */
export function numberAt(place: string, value: unknown, least: number, most: number, whole: boolean): number {
  const fits = typeof value === "number" && value >= least && value <= most && (!whole || Number.isSafeInteger(value));
  if (fits) return value;
  const kind = whole ? "a whole number" : "a number";
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
  throw wrongField(place, value, `${kind} ${range}`);
}

/** The value as one of a few words. */
export function choiceAt<Choice extends string>(place: string, value: unknown, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const near = typeof value === "string" ? didYouMean(value, choices) : "";
  const complaint = wrongField(place, value, `one of ${choices.join(", ")}`);
  throw new AllotError("usage", `${complaint.message}.${near}`, { details: complaint.details });
}

/** Refuses fields that nobody reads: a misspelt one would be lost in silence. */
export function onlyKnown(place: string, fields: Fields, known: readonly string[]): void {
  const odd = Object.keys(fields).find((name) => !known.includes(name));
  if (odd === undefined) return;
  const where = place === "" ? odd : `${place}.${odd}`;
  const hint = didYouMean(odd, known);
  throw new AllotError(
    "usage",
    `${where} is no field that is known here.${hint === "" ? ` Known are ${known.join(", ")}` : hint}`,
    {
      details: { field: where },
    },
  );
}

/** A value for a message: short, and never a whole prompt or picture. */
function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") return `a ${typeof value}`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (value !== null && typeof value === "object")
    return `an object with ${Object.keys(value).slice(0, 5).join(", ") || "nothing in it"}`;
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
