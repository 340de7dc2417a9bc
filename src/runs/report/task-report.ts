import type { NanoUsd } from "../../foundation/units.ts";
import type { TaskOutcome } from "../run.ts";

/** How one mini-task ended, with what it was thought to take and what it took. */
export interface TaskReport extends TaskOutcome {
  readonly estimate: { readonly inputTokens: number; readonly outputTokens: number };
  /** What comes after it, as the seeds' "Ready for": the next mini-task, or the final verification. */
  readonly next: string;
  readonly spent: { readonly inputTokens: number; readonly outputTokens: number; readonly cost: NanoUsd };
}
