import type { Level, LimitState, Priority, Thresholds } from "./throttle.ts";

/** Where the levels begin, in thousandths of a limit. Source: the guide's table of throttle levels. */
export const DEFAULT_THRESHOLDS: Thresholds = { warning: 700, soft: 800, hard: 900, critical: 950 };

/** What the matrix says of a priority at a level. */
export type Action = "go" | "queue" | "block";

/** Level by priority. Source: DESIGN, "The throttle". WARNING lets all go, and says so. */
const MATRIX: Readonly<Record<Level, Readonly<Record<Priority, Action>>>> = {
  NONE: { low: "go", normal: "go", high: "go", critical: "go" },
  WARNING: { low: "go", normal: "go", high: "go", critical: "go" },
  SOFT: { low: "queue", normal: "go", high: "go", critical: "go" },
  HARD: { low: "block", normal: "block", high: "go", critical: "go" },
  CRITICAL: { low: "block", normal: "block", high: "block", critical: "go" },
};

/** What a call of that priority may do at that level. Pure. */
export function actionOf(level: Level, priority: Priority): Action {
  return MATRIX[level][priority];
}

/**
 * The level of a limit of which `used` of `amount` is used: WARNING, SOFT and HARD begin exactly at their share, CRITICAL
 * just above its own. Whole numbers throughout, so a boundary is hit exactly. A limit of 0 is always CRITICAL. Pure.
 */
export function levelOf(used: number, amount: number, thresholds: Thresholds): Level {
  if (amount <= 0) return "CRITICAL";
  if (compareShare(used, amount, thresholds.critical) > 0) return "CRITICAL";
  if (compareShare(used, amount, thresholds.hard) >= 0) return "HARD";
  if (compareShare(used, amount, thresholds.soft) >= 0) return "SOFT";
  return compareShare(used, amount, thresholds.warning) >= 0 ? "WARNING" : "NONE";
}

const RANKS: Readonly<Record<Level, number>> = { NONE: 0, WARNING: 1, SOFT: 2, HARD: 3, CRITICAL: 4 };

/** The higher of two levels. */
export function worseLevel(a: Level, b: Level): Level {
  return RANKS[a] >= RANKS[b] ? a : b;
}

/** Is `a` used more than `b`, by its share? Exact for all safe integers; two limits of 0 are used alike. */
export function usedMore(a: LimitState, b: LimitState): boolean {
  if (a.limit.amount <= 0 || b.limit.amount <= 0) return a.limit.amount <= 0 && b.limit.amount > 0;
  const [usedA, usedB] = [a.settled + a.held, b.settled + b.held];
  const apart = usedA / a.limit.amount - usedB / b.limit.amount;
  // Shares that far apart differ whatever was rounded; the closer ones are worth the exact product.
  if (Math.abs(apart) > 1e-9 * Math.max(1, usedA / a.limit.amount)) return apart > 0;
  return product(usedA, b.limit.amount) > product(usedB, a.limit.amount);
}

/**
 * The most that may be used of a limit so that a call of that priority goes, as far as levels decide; below 0 where none
 * of it may be. `critical` may always. Pure.
 */
export function mostToGo(priority: Priority, amount: number, thresholds: Thresholds): number {
  if (priority === "critical") return Number.POSITIVE_INFINITY;
  if (amount <= 0) return -1;
  if (priority === "high") return shareOf(amount, thresholds.critical, Math.floor);
  return shareOf(amount, priority === "normal" ? thresholds.hard : thresholds.soft, Math.ceil) - 1;
}

/** So many thousandths of an amount. Whole thousands first, so that nothing passes what a number holds exactly. */
function shareOf(amount: number, permille: number, round: (value: number) => number): number {
  const rest = amount % 1000;
  return ((amount - rest) / 1000) * permille + round((rest * permille) / 1000);
}

/** Negative, 0 or positive as used/amount stands to `permille` thousandths. */
function compareShare(used: number, amount: number, permille: number): number {
  const left = product(used, 1000);
  const right = product(amount, permille);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A product as a number where it is exact, else as a bigint; both compare with each other. */
function product(a: number, b: number): number | bigint {
  const quick = a * b;
  return Number.isSafeInteger(quick) ? quick : BigInt(a) * BigInt(b);
}
