import type { AllotError } from "../foundation/errors.ts";

/** The provider said no before it did any work. Other faults may well be billed. */
const TURNED_DOWN: ReadonlySet<string> = new Set([
  "provider-not-configured",
  "provider-rejected",
  "provider-auth",
  "provider-rate-limited",
  "provider-overloaded",
  "provider-unreachable",
  "window-overflow",
  "content-refused",
  "offline-cannot",
]);

/**
 * Does nobody bill a call that ended in this fault? True where the provider turned the request down, or it was never
 * sent. A fault that carries usage had begun to answer, and is billed. Pure.
 */
export function isUnbilled(fault: AllotError): boolean {
  if (fault.details["usage"] !== undefined) return false;
  const { status } = fault.details;
  return TURNED_DOWN.has(fault.code) || (typeof status === "number" && status >= 400);
}

/** Did the request never leave this machine? Pure. */
export function isUnsent(fault: AllotError): boolean {
  return (
    fault.details["unsent"] === true || fault.code === "provider-not-configured" || fault.code === "offline-cannot"
  );
}
