/**
 * Plans without any model: one family of goals, "split an over-large module", by static analysis.
 *
 * Owns the reading of such goals and the turning of a split into a plan. Invariant: the same tree and goal give the same
 * plan, all steps are exact, all criteria bound; what cannot be planned safely is declined with its reasons, never
 * half done. How a module is cut stands in `codebase/split-module.ts`.
 *
 * Rejected: guessing which file is meant where several fit (the user is asked), and doing the split's half of a goal
 * that wants more.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { splitModule } from "../../codebase/split-module.ts";
import { isAllotError } from "../../foundation/errors.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { findModule } from "./offline/find-module.ts";
import { readSplitGoal } from "./offline/split-goal.ts";
import { splitPlan } from "./offline/split-plan.ts";
import type { Plan } from "./plan.ts";

export interface OfflineRequest {
  /** Absolute path of the checked-out tree to read; nothing is written to it. */
  readonly root: string;
  readonly goal: string;
  /** Aim and ceiling for the lines of a new module; the goal's own figure goes before it. */
  readonly maxLines: number;
}

export type OfflineOutcome =
  | { readonly kind: "planned"; readonly plan: Plan }
  /** Each reason is a sentence for the user. */
  | { readonly kind: "declined"; readonly reasons: readonly string[] }
  /** The goal fits several files: which one? */
  | { readonly kind: "ask"; readonly question: string; readonly candidates: readonly string[] };

/** A plan made by static analysis alone, or why there is none. Deterministic; costs nothing; executes nothing. */
export async function planOffline(request: OfflineRequest): Promise<OfflineOutcome> {
  const reading = readSplitGoal(request.goal);
  if (reading.kind === "other") return { kind: "declined", reasons: reading.reasons };
  const maxLines = reading.goal.maxLines ?? request.maxLines;
  const found = await findModule(request.root, reading.goal, maxLines);
  if (found.kind === "none") return { kind: "declined", reasons: [found.reason] };
  if (found.kind === "several") {
    return {
      kind: "ask",
      question: `Which file shall be split (${found.why})? ${found.files.join(", ")}`,
      candidates: found.files,
    };
  }
  const { file, why } = found;
  const outcome = await splitModule({ root: request.root, file, maxLines });
  if (outcome.kind === "declined") return outcome;
  const read = treeReader(request.root);
  try {
    const remarks = [`\`${file}\` was chosen: ${why}.`];
    const plan = splitPlan({
      goal: request.goal.trim(),
      split: outcome.split,
      read,
      maxLines,
      price: () => nanoUsd(0),
      remarks,
    });
    return { kind: "planned", plan };
  } catch (error) {
    if (!isAllotError(error, "step-stale")) throw error;
    return { kind: "declined", reasons: [`${file} cannot be split safely: ${error.message}`] };
  }
}

/** Texts of a tree on disk, read when asked for; undefined where there is no file. */
function treeReader(root: string): (path: string) => string | undefined {
  return (path) => {
    try {
      return readFileSync(join(root, path), "utf8");
    } catch {
      return undefined;
    }
  };
}
