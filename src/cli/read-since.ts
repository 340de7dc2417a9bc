import { AllotError } from "../foundation/errors.ts";

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** The instant (epoch ms) that `--since` means: "90m", "24h", "7d", "2w", or a date. Throws `usage`. Pure. */
export function readSince(text: string, now: number): number {
  const [, count, unit] = /^(\d+)\s*([mhdw])$/.exec(text.trim()) ?? [];
  if (count !== undefined && unit !== undefined) return now - Number(count) * (UNIT_MS[unit] ?? 0);
  return readDate("--since", text, "90m, 24h, 7d, 2w, or a date like 2026-11-01");
}

/** The instant of a date (its beginning, in UTC) or of an ISO instant. Throws `usage`. Pure. */
export function readDate(flag: string, text: string, expected = "a date like 2025-10-01"): number {
  const at = /^\d{4}-\d{2}-\d{2}/.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN;
  if (Number.isNaN(at)) throw new AllotError("usage", `${flag} is "${text}", but takes ${expected}`);
  return at;
}
