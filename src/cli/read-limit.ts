import { parseUsd } from "../config/parse-value.ts";
import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import type { LimitName } from "../throttle/store/stored-limits.ts";
import { type Limit, SCOPES, WINDOWS } from "../throttle/throttle.ts";

const MEASURES: Readonly<Record<string, Limit["measure"]>> = {
  tokens: "tokens",
  usd: "nanoUsd",
  cost: "nanoUsd",
  requests: "requests",
};
const NAMES = SCOPES.filter((scope) => scope !== "budget");

/** "session", "session:*", "session:background", "global" and "tokens/hour" as a limit's name. Throws `usage`. Pure. */
export function readLimitName(whose: string, what: string): LimitName {
  const colon = whose.indexOf(":");
  const word = colon < 0 ? whose : whose.slice(0, colon);
  const scope = NAMES.find((name) => name === word);
  if (scope === undefined) {
    throw new AllotError(
      "usage",
      `"${whose}" is nobody that a limit can cap.${didYouMean(word, NAMES)} It is one of ${NAMES.join(", ")}, with a name like session:background`,
    );
  }
  const [measureWord = "", windowWord = ""] = what.split("/");
  const measure = MEASURES[measureWord];
  const window = WINDOWS.find((name) => name === windowWord);
  if (measure === undefined || window === undefined) {
    const known = ["tokens", "usd", "requests"].flatMap((name) => WINDOWS.map((each) => `${name}/${each}`));
    throw new AllotError(
      "usage",
      `"${what}" is no limit.${didYouMean(what, known)} It is tokens, usd or requests, a slash, and one of ${WINDOWS.join(", ")}: tokens/hour`,
    );
  }
  const of = colon < 0 || scope === "global" ? "*" : whose.slice(colon + 1) || "*";
  return { scope, of, window, measure };
}

/** "200000", "200,000", "200k", "2.5M", "$5", "5"; "none" takes the limit away. Throws `usage`. Pure. */
export function readAmount(measure: Limit["measure"], text: string): number | null {
  if (text === "none") return null;
  if (measure === "nanoUsd") {
    const parsed = parseUsd(text.replace(/^\$/, "").replaceAll(",", ""));
    if (parsed.ok && typeof parsed.value === "number") return parsed.value;
    throw new AllotError("usage", `"${text}" is no amount of dollars; write 5, 0.50, $25, or none`);
  }
  const [, digits, unit = ""] = /^(\d[\d_,]*(?:\.\d+)?)\s*([kKmM]?)$/.exec(text.trim()) ?? [];
  const value = Number((digits ?? "x").replaceAll(/[_,]/g, "")) * ({ k: 1e3, m: 1e6 }[unit.toLowerCase()] ?? 1);
  if (Number.isSafeInteger(value)) return value;
  throw new AllotError("usage", `"${text}" is no whole number of ${measure}; write 200000, 200k, 2M, or none`);
}

const THRESHOLDS = ["warning", "soft", "hard", "critical"] as const;

/** A level and where it begins, in thousandths: "soft" "0.85", "85%". Throws `usage`. Pure. */
export function readThreshold(level: string, text: string): Partial<Record<(typeof THRESHOLDS)[number], number>> {
  const name = THRESHOLDS.find((known) => known === level);
  if (name === undefined) {
    throw new AllotError(
      "usage",
      `"${level}" is no threshold.${didYouMean(level, THRESHOLDS)} It is one of ${THRESHOLDS.join(", ")}`,
    );
  }
  const [, digits, sign] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
  const share = Number(digits ?? "x") / (sign === "%" ? 100 : 1);
  const permille = Math.round(share * 1000);
  if (Math.abs(permille - share * 1000) < 1e-6 && permille >= 1 && permille <= 1000) return { [name]: permille };
  throw new AllotError(
    "usage",
    `the threshold ${level} is "${text}", but takes a share like 0.85 or 85%, exact to a thousandth`,
  );
}
