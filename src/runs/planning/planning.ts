import type { Plan } from "../plan/plan.ts";

/** A plan, or why there is none. */
export type Planning =
  | { readonly kind: "planned"; readonly plan: Plan }
  | { readonly kind: "asking"; readonly question: string; readonly reasons: readonly string[] }
  | { readonly kind: "declined"; readonly reasons: readonly string[] };
