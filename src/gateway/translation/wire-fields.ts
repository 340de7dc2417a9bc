import { AllotError } from "../../foundation/errors.ts";
import { asObject, asText, parseJson } from "../../providers/json.ts";
import type { AnswerAsJson, CacheLifetime, Effort, ImagePart, ImageType, TextPart } from "../../providers/provider.ts";

/*
 * Reading of a client's fields. Unknown ones are passed over, since clients grow faster than anyone who reads them; a known
 * one of the wrong kind is an error that names it, because guessing would make another request of it. Code: `usage`.
 */

/** A complaint about one field of the client's body. */
export function wrongField(field: string, complaint: string): AllotError {
  return new AllotError("usage", `${field}: ${complaint}`, { details: { field } });
}

/** A number of the body; undefined where it is absent or null. */
export function numberIn(value: unknown, field: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw wrongField(field, "a number is wanted");
}

/** The output limit; a whole number of 1 or more, or undefined where the body names none. */
export function limitIn(value: unknown, field: string): number | undefined {
  const limit = numberIn(value, field);
  if (limit === undefined || (Number.isSafeInteger(limit) && limit > 0)) return limit;
  throw wrongField(field, "a whole number of 1 or more is wanted");
}

/** One text or a list of them; undefined where there is none. */
export function stopsIn(value: unknown, field: string): { stopSequences?: readonly string[] } {
  if (value === undefined || value === null) return {};
  const stops: unknown[] = Array.isArray(value) ? value : [value];
  if (!stops.every((stop) => typeof stop === "string")) throw wrongField(field, "a text or a list of texts is wanted");
  return stops.length === 0 ? {} : { stopSequences: stops };
}

/** Fields that are there, without those that are undefined. */
export function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

const IMAGE_TYPES: readonly string[] = ["image/png", "image/jpeg", "image/gif", "image/webp"] satisfies ImageType[];

/** A picture in base64; one of a format that not every provider takes becomes a sentence about it. */
export function imageOf(mediaType: string, data: string, cache?: CacheLifetime): ImagePart | TextPart {
  const type = mediaType === "image/jpg" ? "image/jpeg" : mediaType;
  if (!IMAGE_TYPES.includes(type)) return leftOut(mediaType === "" ? "a file" : `a file of type ${mediaType}`);
  return {
    type: "image",
    source: { kind: "data", mediaType: type as ImageType, data },
    ...(cache === undefined ? {} : { cache }),
  };
}

/** A picture by its address, which may hold the picture itself ("data:image/png;base64,..."). */
export function imageAt(url: string, field: string, cache?: CacheLifetime): ImagePart | TextPart {
  const inline = /^data:([^;,]*)(?:;[^,]*)?;base64,/s.exec(url.slice(0, 200));
  if (inline !== null) return imageOf(inline[1] ?? "", url.slice(inline[0].length), cache);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw wrongField(field, "an http or https address, or data:image/...;base64,..., is wanted");
  return { type: "image", source: { kind: "url", url }, ...(cache === undefined ? {} : { cache }) };
}

/** What stands in a conversation for something that cannot be carried over, so that the model knows of it. */
export function leftOut(what: string): TextPart {
  return { type: "text", text: `(${what} stood here; it could not be passed on)` };
}

/** A tool's input as it travels in a text; what is no JSON stays text, so that the model is told about it. */
export function inputOf(text: string): unknown {
  return text.trim() === "" ? {} : (parseJson(text) ?? text);
}

/** A tool's input as an object, as most wires want it. */
export function objectInput(input: unknown): Readonly<Record<string, unknown>> {
  return input !== null && typeof input === "object" && !Array.isArray(input)
    ? (input as Record<string, unknown>)
    : { unreadable: input };
}

const EFFORTS: Readonly<Record<string, Effort>> = {
  none: "none",
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "xhigh",
  max: "xhigh",
};

/** The word for how much to think; one that is not known asks for nothing. */
export function effortNamed(word: unknown): { effort?: Effort } {
  const effort = EFFORTS[asText(word).toLowerCase()];
  return effort === undefined ? {} : { effort };
}

/** How much to think, by a budget in tokens: 0 is none. */
export function effortOfBudget(budget: number): Effort {
  if (budget <= 0) return "none";
  if (budget <= 4_096) return "low";
  return budget <= 16_384 ? "medium" : "high";
}

/** The shape of the answer by a schema of the wire; anything but an object asks for any JSON. */
export function jsonOf(schema: unknown, name?: unknown): AnswerAsJson {
  const fields = asObject(schema);
  const called = asText(name);
  return {
    ...(Object.keys(fields).length === 0 ? {} : { schema: fields }),
    ...(called === "" ? {} : { name: called }),
  };
}
