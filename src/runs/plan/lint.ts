/**
 * The linter of plans: what is wrong with a plan before anything is spent on it.
 *
 * Owns the rules; `LINT_CODES` in `lint/finding.ts` is the table of all codes. Invariant: pure and complete, so the same
 * plan and facts give the same findings in the same order, and every finding names the mini-task and the value met.
 *
 * Rejected: stopping at the first fault (a planner, model or person, mends all of them in one go).
 */
import { contractRule, criteriaRule } from "./lint/criteria-rules.ts";
import { pathRule, presenceRule, readCountRule, testsWithCodeRule, writeSetRule } from "./lint/file-rules.ts";
import type { Finding, LintFacts, LintScope, TaskRule } from "./lint/finding.ts";
import { dependencyFindings, frameFindings, overlapFindings, reachable } from "./lint/graph-rules.ts";
import { staleStepRule, stepRule } from "./lint/step-rules.ts";
import { contextRule, estimateRule, placeholderRule, secretFindings } from "./lint/text-rules.ts";
import { finalCheckFindings, validationRule } from "./lint/validation-rules.ts";
import type { Plan } from "./plan.ts";

export { LINT_CODES, type Finding, type LintCode, type LintFacts } from "./lint/finding.ts";
export { pathsNamedBy } from "./lint/named-paths.ts";

const PLAN_RULES: readonly ((scope: LintScope) => readonly Finding[])[] = [
  frameFindings,
  dependencyFindings,
  overlapFindings,
  finalCheckFindings,
  secretFindings,
];

const TASK_RULES: readonly TaskRule[] = [
  placeholderRule,
  writeSetRule,
  pathRule,
  presenceRule,
  readCountRule,
  testsWithCodeRule,
  contextRule,
  stepRule,
  staleStepRule,
  criteriaRule,
  contractRule,
  validationRule,
  estimateRule,
];

/**
 * Everything that is wrong with a plan: errors refuse it, warnings are shown before approval. Pure; never throws.
 * A plan without errors has a graph that can be carried out, disjoint write sets wherever tasks may run in parallel, and
 * criteria that allot can check itself.
 */
export function lintPlan(plan: Plan, facts: LintFacts): readonly Finding[] {
  const scope: LintScope = { plan, facts, before: reachable(plan) };
  return [
    ...PLAN_RULES.flatMap((rule) => rule(scope)),
    ...plan.tasks.flatMap((task) => TASK_RULES.flatMap((rule) => rule(task, scope))),
  ];
}
