import { AllotError } from "../foundation/errors.ts";
import type { WorkParts } from "./work-parts.ts";
import type { WorkPlan, WorkProgress, WorkResult } from "./work.ts";

/**
 * Carries a plan out: asks about each part that has no kept answer, puts the answers together, and says what was read and what was
 * not. Throws `interrupted` when `signal` aborts; what was paid by then is kept, and the same work goes on from there.
 */
export async function carryOut(
  plan: WorkPlan,
  parts: WorkParts,
  signal: AbortSignal,
  onProgress: (progress: WorkProgress) => void = () => {},
): Promise<WorkResult> {
  signal.throwIfAborted();
  onProgress({
    done: 0,
    parts: plan.parts.length,
    cost: plan.estimate.expected,
    etaMs: null,
    current: parts.codebase.root,
  });
  throw new AllotError("input-invalid", `${plan.id} cannot be carried out yet`);
}
