import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import type { ModelSettings } from "./config.ts";

const RATE = "dollars per million tokens, 0 or more";
const NUMBERS: Readonly<Record<string, string>> = {
  input: RATE,
  output: RATE,
  cache_read: RATE,
  cache_write_5m: RATE,
  cache_write_1h: RATE,
  reasoning: RATE,
  batch: "a factor of the list price, like 0.5",
  priority: "a factor of the list price, like 2",
};
const COUNTS = ["context_window", "max_output_tokens"];
const TIER_KEYS = [
  "above_input_tokens",
  "input",
  "output",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
  "reasoning",
];
const KEYS = [...Object.keys(NUMBERS), ...COUNTS, "provider", "label", "tier", "aliases", "long_context"];

/**
 * The `models` section of the user's file: models and prices of one's own, keys in snake_case.
 * Throws `config-invalid` with file, model, key, the value met and what would be right.
 */
export function parseModels(path: string, written: unknown): Readonly<Record<string, ModelSettings>> {
  if (!isObject(written)) throw wrong(path, "models", written, "an object of model names");
  return Object.fromEntries(
    Object.entries(written).map(([name, value]) => [name, parseModel(path, `models.${name}`, value)]),
  );
}

function parseModel(path: string, at: string, written: unknown): ModelSettings {
  if (!isObject(written)) throw wrong(path, at, written, "an object");
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(written)) {
    const place = `${at}.${key}`;
    if (!KEYS.includes(key)) throw unknownKey(path, place, key, KEYS);
    settings[camel(key)] =
      key === "long_context" ? parseTiers(path, place, value) : parseField(path, place, key, value);
  }
  return settings;
}

function parseField(path: string, place: string, key: string, value: unknown): unknown {
  const amount = NUMBERS[key];
  if (amount !== undefined) {
    if (typeof value === "number" && Number.isFinite(value) && value >= 0 && value <= 1_000_000) return value;
    throw wrong(path, place, value, amount);
  }
  if (COUNTS.includes(key)) {
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
    throw wrong(path, place, value, "a whole number of tokens");
  }
  if (key === "aliases") {
    if (Array.isArray(value) && value.every((alias) => typeof alias === "string" && alias !== "")) return value;
    throw wrong(path, place, value, "a list of names");
  }
  if (key === "tier") {
    if (value === "small" || value === "big") return value;
    throw wrong(path, place, value, "small or big");
  }
  if (typeof value === "string" && value !== "") return value;
  throw wrong(path, place, value, "text");
}

function parseTiers(path: string, at: string, written: unknown): readonly unknown[] {
  if (!Array.isArray(written)) throw wrong(path, at, written, "a list of rates with above_input_tokens");
  return written.map((tier: unknown, index) => {
    const place = `${at}[${index}]`;
    if (!isObject(tier)) throw wrong(path, place, tier, "an object");
    for (const key of ["above_input_tokens", "input", "output"]) {
      if (tier[key] === undefined) throw wrong(path, `${place}.${key}`, undefined, "a number");
    }
    return Object.fromEntries(
      Object.entries(tier).map(([key, value]) => {
        if (!TIER_KEYS.includes(key)) throw unknownKey(path, `${place}.${key}`, key, TIER_KEYS);
        const kind = key === "above_input_tokens" ? "context_window" : key;
        return [camel(key), parseField(path, `${place}.${key}`, kind, value)];
      }),
    );
  });
}

function camel(key: string): string {
  return key.replaceAll(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(path: string, place: string, met: unknown, expected: string): AllotError {
  const shown = met === undefined ? "missing" : JSON.stringify(met);
  return new AllotError("config-invalid", `${path}: ${place} is ${shown}, expected ${expected}`);
}

function unknownKey(path: string, place: string, key: string, keys: readonly string[]): AllotError {
  return new AllotError(
    "config-invalid",
    `${path}: ${place} is not known.${didYouMean(key, keys)} Known are ${keys.join(", ")}`,
  );
}
