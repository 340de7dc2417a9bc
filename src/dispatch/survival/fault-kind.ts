import type { ErrorCode } from "../../foundation/errors.ts";
import type { Fault, FaultKind, SurvivalPolicy } from "./survival.ts";

/** What each code means for what comes next; a code that is not here is no fault of a provider's making. */
const KINDS: Readonly<Partial<Record<ErrorCode, FaultKind>>> = {
  "provider-rate-limited": "rate-limit",
  "provider-overloaded": "overload",
  "provider-timeout": "time-out",
  "provider-unreachable": "network",
  "provider-cut": "network",
  "provider-malformed": "malformed",
  "window-overflow": "window-overflow",
  "content-refused": "content-refusal",
  "provider-auth": "credentials",
  "provider-not-configured": "credentials",
};

/** Kinds whose next attempt on the same target may go well. */
const PASSING: ReadonlySet<FaultKind> = new Set(["rate-limit", "overload", "time-out", "network", "malformed"]);

/** The kind of a fault by its code in the table of errors; what nobody knows is rejected, and not tried again. Pure. */
export function faultKindOf(code: string): FaultKind {
  return KINDS[code as ErrorCode] ?? "rejected";
}

/** True where the same request may be answered by the same target a little later. Pure. */
export function mayPass(kind: FaultKind): boolean {
  return PASSING.has(kind);
}

/**
 * True for a provider that fails, of which a breaker takes note: not for one that paces its callers, nor for one that
 * answered well and said no. Pure.
 */
export function isFailing(kind: FaultKind): boolean {
  return kind !== "rate-limit" && PASSING.has(kind);
}

/**
 * True where another target may take the request over. What was rejected stays so, but where the account has no money
 * (402, or a 429 that no waiting ends): another's may have some. Pure.
 */
export function isAnothersTurn({ kind, status }: Fault, policy: Pick<SurvivalPolicy, "refusalFallsBack">): boolean {
  if (kind === "rejected") return status === 402 || status === 429;
  return kind !== "content-refusal" || policy.refusalFallsBack;
}
