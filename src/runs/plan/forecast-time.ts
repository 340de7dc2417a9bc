import type { MiniTask } from "./mini-task.ts";

/** Rough pace of each tier: seconds before and between answers, and output tokens a second. Guesses, not measurements. */
const PACE: Readonly<Record<MiniTask["tier"], { readonly startSeconds: number; readonly tokensPerSecond: number }>> = {
  exact: { startSeconds: 1, tokensPerSecond: Number.POSITIVE_INFINITY },
  small: { startSeconds: 10, tokensPerSecond: 100 },
  big: { startSeconds: 20, tokensPerSecond: 60 },
};

/** Seconds that a worker will take for a task, validation not counted. Pure; a rough forecast for the reader of a plan. */
export function forecastSeconds(task: Pick<MiniTask, "tier" | "estimate">): number {
  const { startSeconds, tokensPerSecond } = PACE[task.tier];
  return Math.round(startSeconds + task.estimate.outputTokens / tokensPerSecond);
}

/** Seconds of the longest chain of dependencies: how long a plan takes where everything else runs beside it. */
export function forecastChainSeconds(tasks: readonly MiniTask[]): number {
  const endOf = new Map<number, number>();
  for (const task of tasks) {
    const start = Math.max(0, ...task.dependsOn.map((number) => endOf.get(number) ?? 0));
    endOf.set(task.number, start + forecastSeconds(task));
  }
  return Math.max(0, ...endOf.values());
}

/** `~45 s`, `~3 min`. */
export function formatSeconds(seconds: number): string {
  return seconds < 100 ? `~${seconds} s` : `~${Math.round(seconds / 60)} min`;
}
