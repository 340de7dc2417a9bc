import type { ErrorCode } from "../../foundation/errors.ts";
import type { Fault, FaultKind } from "./survival.ts";

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

/** The kind of a fault by its code in the table of errors; what nobody knows is rejected, and not tried again. Pure. */
export function faultKindOf(code: string): FaultKind {
  return KINDS[code as ErrorCode] ?? "rejected";
}

/** Kinds that may be over in a moment: the same target is asked once more. */
const PASSING: ReadonlySet<FaultKind> = new Set(["overload", "time-out", "network", "malformed"]);

/** Is it worth asking the same target again at once? Pure. */
export function mayPass(kind: FaultKind): boolean {
  return PASSING.has(kind);
}

/** Does an account without money or rights say so? Another provider's account may have them. Pure. */
export function isOfAccount({ kind, status }: Fault): boolean {
  return kind === "credentials" || (kind === "rejected" && (status === 402 || status === 429));
}
