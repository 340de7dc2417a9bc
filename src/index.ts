/**
 * The library's whole public surface, each name once. What is not here is not for others to build on.
 *
 * ```ts
 * import { loadConfig, openApp } from "allot";
 *
 * const config = loadConfig({ flags: {}, env: process.env, cwd: process.cwd(), home: homedir(), readFile });
 * await using app = await openApp(config, process.env);
 * const spec = await app.newRun("Split src/big.py into modules", ".");
 * await using life = await app.openLife(spec, console.log, new AbortController().signal);
 * await life.plan();
 * const report = await life.execute();
 * ```
 */
export { openApp, type App, type RunLife } from "./app/app.ts";
export type { Catalog, CatalogModel, ModelPrice, Tier } from "./catalog/catalog.ts";
export { openCatalog } from "./catalog/open-catalog.ts";
export { applySteps } from "./codebase/apply-steps.ts";
export type { ExactStep, LineRange } from "./codebase/exact-step.ts";
export type { ModuleSplit, SplitOutcome, SplitRequest } from "./codebase/module-split.ts";
export { splitModule } from "./codebase/split-module.ts";
export type { Config } from "./config/config.ts";
export { loadConfig } from "./config/load-config.ts";
export { AllotError, ERRORS, isAllotError, type ErrorCode } from "./foundation/errors.ts";
export { formatUsd, fromUsd, nanoUsd, toUsd, type NanoUsd } from "./foundation/units.ts";
export { costOf } from "./ledger/cost.ts";
export type { ModelAnswer, ModelRequest, Provider, TokenUsage } from "./providers/provider.ts";
export { decide, decideGoal, type Decision } from "./runs/decide/decide.ts";
export type { RunEvent } from "./runs/events.ts";
export { checkGates } from "./runs/gates/check.ts";
export type { Gate, GateResult } from "./runs/gates/gate.ts";
export type { GateReport } from "./runs/gates/run-gates.ts";
export { lintPlan, type Finding } from "./runs/plan/lint.ts";
export type { MiniTask } from "./runs/plan/mini-task.ts";
export type { Plan } from "./runs/plan/plan.ts";
export { parseTaskFile, printTaskFile } from "./runs/plan/task-file.ts";
export type { RunReport } from "./runs/report/run-report.ts";
export type { RunSpec } from "./runs/run.ts";
