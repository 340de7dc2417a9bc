import { fromUsd, type NanoUsd } from "../foundation/units.ts";
import type { TaskType } from "./routing.ts";

/** The mixed workload of the guide (seeds 004, "Example 1" and "Example 2"), as printed there. */
export const GUIDE_EXAMPLE: {
  readonly dayUsd: NanoUsd;
  readonly parts: readonly { readonly type: TaskType; readonly share: number; readonly cost: NanoUsd }[];
  readonly total: NanoUsd;
  readonly saving: number;
  /** "Haiku (80% savings)" against Sonnet 4.5. */
  readonly haikuSaving: number;
  /** "60% total savings" with development on Ollama. */
  readonly withFreeWork: number;
} = {
  dayUsd: fromUsd(18),
  parts: [
    { type: "ui", share: 0.5, cost: fromUsd(3) },
    { type: "coding", share: 0.3, cost: fromUsd(5.4) },
    { type: "documentation", share: 0.2, cost: fromUsd(0.72) },
  ],
  total: fromUsd(9.12),
  saving: 0.49,
  haikuSaving: 0.8,
  withFreeWork: 0.6,
};
