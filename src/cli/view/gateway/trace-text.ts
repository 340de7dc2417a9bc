import { stripVTControlCharacters } from "node:util";
import { formatCount } from "../../../foundation/units.ts";
import { inputOf } from "../../../ledger/cost.ts";
import type { TokenUsage } from "../../../providers/provider.ts";
import { durationText } from "../../../throttle/refusal.ts";
import type { Paint } from "../colour.ts";

/** Texts of a trace are what clients and providers chose; none may move the cursor or turn a line around. Pure. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, " ");
}

/** "45 ms", "2.5 s", "12 min". Pure. */
export function timeText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 90_000 ? `${(ms / 1000).toFixed(1)} s` : durationText(ms);
}

/** "2026-03-10 12:00:30" of UTC. Pure. */
export function instantText(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}

/** An outcome in its colour. */
export function outcomeText(outcome: string, paint: Paint): string {
  if (outcome === "answered") return paint.green(outcome);
  return outcome === "failed" ? paint.red(outcome) : paint.yellow(outcome);
}

/** "1,600 in (500 cached), 400 out (50 reasoning)", with what was estimated said. Pure. */
export function usageText(usage: TokenUsage): string {
  const written = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  const input = [
    ...(usage.cacheReadTokens > 0 ? [`${formatCount(usage.cacheReadTokens)} cached`] : []),
    ...(written > 0 ? [`${formatCount(written)} written to the cache`] : []),
  ].join(", ");
  const reasoning = usage.reasoningTokens > 0 ? ` (${formatCount(usage.reasoningTokens)} reasoning)` : "";
  return (
    `${formatCount(inputOf(usage))} in${input === "" ? "" : ` (${input})`}, ` +
    `${formatCount(usage.outputTokens)} out${reasoning}${usage.estimated ? ", estimated" : ""}`
  );
}
