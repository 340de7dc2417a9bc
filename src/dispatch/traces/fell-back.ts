import type { RequestTrace } from "./trace.ts";

/** Whether a request was answered by another than was asked first. Pure. */
export function fellBack({ outcome, served, attempts, fellBackWhy }: RequestTrace): boolean {
  if (outcome !== "answered") return false;
  if (fellBackWhy !== undefined) return true;
  const first = attempts[0]?.target;
  return (
    first !== undefined && served !== undefined && (first.model !== served.model || first.provider !== served.provider)
  );
}
