import { faultKindOf } from "../dispatch/survival/fault-kind.ts";

/** One attempt at a paid call that failed. */
export interface FailedAttempt {
  /** Index of the model that was asked: 0 is the run's own of the tier, then those that may stand in for it. */
  readonly model: number;
  readonly code: string;
  readonly retryable: boolean;
  /** What the provider named. */
  readonly retryAfterMs?: number | undefined;
}

/** What comes after failed attempts: another one, `waitMs` later, or nothing more. */
export type NextAttempt =
  | { readonly kind: "again"; readonly model: number; readonly waitMs: number }
  | { readonly kind: "end" };

export interface AttemptBounds {
  /** How many models may be asked, the run's own included. */
  readonly models: number;
  /** Nobody else could do this work, so that an outage is waited out for longer. */
  readonly alone: boolean;
}

/** Attempts on a model for which another one, or another tier, could stand in. */
const ATTEMPTS = 3;
/** With the pauses between them they outlast an outage of half a minute. */
const ATTEMPTS_ALONE = 6;
const BASE_MS = 1_000;
const MOST_MS = 30_000;
/** After a rate limit that names no time. Source: the seeds. */
const RATE_LIMIT_BASE_MS = 30_000;
/** All pauses for one call together; a longer one is not begun, and a provider that wants more is as good as gone. */
const TOTAL_WAIT_MS = 300_000;
/** With another model at hand nobody waits for longer. */
const SHORT_WAIT_MS = 30_000;

/**
 * Where a paid call of a run goes after its attempts so far, the last one having failed: to the same model after a
 * pause, to the next one at once, or nowhere. What the provider said no to is not repeated: only refused credentials and a
 * window that is too small send it on to the next model.
 *
 * Pure, and without chance in it: a resumed run meets the stored ends of its attempts again, and must ask the same
 * model under the same attempt number. Attempts and pauses are bounded.
 */
export function nextAttempt(past: readonly FailedAttempt[], { models, alone }: AttemptBounds): NextAttempt {
  const last = past.at(-1);
  if (last === undefined) return { kind: "again", model: 0, waitMs: 0 };
  const kind = faultKindOf(last.code);
  const other: NextAttempt =
    last.model + 1 < models ? { kind: "again", model: last.model + 1, waitMs: 0 } : { kind: "end" };
  if (!last.retryable) return kind === "credentials" || kind === "window-overflow" ? other : { kind: "end" };
  const tries = past.filter(({ model }) => model === last.model).length;
  if (tries >= (alone && models === 1 ? ATTEMPTS_ALONE : ATTEMPTS)) return other;
  const waitMs = pauseAfter(last, tries);
  if (other.kind === "again" && waitMs > SHORT_WAIT_MS) return other;
  const waited = past.slice(0, -1).reduce((sum, attempt, index) => sum + pauseBefore(past, index + 1, attempt), 0);
  if (waited + waitMs > TOTAL_WAIT_MS) return other;
  return { kind: "again", model: last.model, waitMs };
}

/** The pause after a model's attempt number `tries`. */
function pauseAfter({ code, retryAfterMs }: FailedAttempt, tries: number): number {
  const limited = faultKindOf(code) === "rate-limit" && retryAfterMs === undefined;
  const backoff = limited ? RATE_LIMIT_BASE_MS * 2 ** (tries - 1) : Math.min(BASE_MS * 2 ** (tries - 1), MOST_MS);
  return Math.max(backoff, retryAfterMs ?? 0);
}

/** The pause that lay between `attempt` and the one after it; none where another model was asked. */
function pauseBefore(past: readonly FailedAttempt[], next: number, attempt: FailedAttempt): number {
  if (past[next]?.model !== attempt.model) return 0;
  return pauseAfter(attempt, past.slice(0, next).filter(({ model }) => model === attempt.model).length);
}
