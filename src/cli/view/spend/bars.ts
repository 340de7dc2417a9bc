import type { Level } from "../../../throttle/throttle.ts";
import type { Paint } from "../colour.ts";

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of `width` columns, filled by a share of 0 to 1; above 1 it is full. Anything above 0 shows. Pure. */
export function bar(share: number, width: number): string {
  const eighths = Math.min(width * 8, share > 0 ? Math.max(1, Math.round(share * width * 8)) : 0);
  const full = Math.floor(eighths / 8);
  const filled = "█".repeat(full) + (EIGHTHS[eighths % 8] ?? "");
  return filled + "░".repeat(width - full - (eighths % 8 === 0 ? 0 : 1));
}

/** A line of heights for figures over time, the highest as high as can be. Pure. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values, 0);
  return values
    .map((value) => (most === 0 || value <= 0 ? " " : "▁▂▃▄▅▆▇█"[Math.min(7, Math.floor((value / most) * 7.999))]))
    .join("");
}

/** A level in its colour. */
export function levelText(level: Level, paint: Paint): string {
  if (level === "NONE") return paint.green(level);
  return level === "WARNING" || level === "SOFT" ? paint.yellow(level) : paint.red(level);
}

/** "83.2%" */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
