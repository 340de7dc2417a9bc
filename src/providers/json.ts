/** Reading of JSON that came over a wire: nothing in it is trusted to have the shape that was promised. */

export type Json = Readonly<Record<string, unknown>>;

/** The value as an object; {} for anything else. */
export function asObject(value: unknown): Json {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : {};
}

/** The value as a list; [] for anything else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value as text; "" for anything else. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The value as a whole number of 0 or more; undefined for anything else. */
export function asCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}

/** The value of a JSON text, or undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The same value as plain JSON: what JSON cannot hold (undefined, functions) is gone. */
export function toPlainJson(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}
