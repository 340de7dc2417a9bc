import type { Codebase } from "../codebase/facts/facts.ts";
import { AllotError } from "../foundation/errors.ts";
import type { PlanParts } from "./work-parts.ts";
import type { WorkPlan, WorkSpec } from "./work.ts";

/**
 * Which files are read, in which parts, what is kept already, and what the rest costs. Asks no model.
 * Throws `file-not-found` for a target that is not there, `input-invalid` for a limit that nothing fits into.
 */
export async function planWork(spec: WorkSpec, codebase: Codebase, parts: PlanParts): Promise<WorkPlan> {
  await parts.store.db.selectFrom("part_answers").select("key").limit(1).execute();
  throw new AllotError("input-invalid", `${spec.kind} on ${codebase.root} cannot be planned yet`);
}
