/**
 * The library's whole public surface, each name once. What is not here is not for others to build on.
 *
 * ```ts
 * import { createClient, getDelegator, getThrottler } from "allot";
 *
 * await using client = createClient();
 * const { model, session } = getDelegator().delegateTask("Fix the CSS styling");
 * const answer = await client.messages.create({ model, session_id: session, max_tokens: 1024, messages });
 * console.log((await getThrottler().getStats(session)).tokens_hour);
 * ```
 *
 * Runs, as `allot run` makes them:
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
export { createClient, type ClientOptions, getDelegator, getThrottler, type Throttler } from "./app/library.ts";
export type { LibraryOptions } from "./app/library-config.ts";
export type { Catalog, CatalogModel, ModelPrice, Tier } from "./catalog/catalog.ts";
export { openCatalog } from "./catalog/open-catalog.ts";
export type { CallControls, Client } from "./client/client.ts";
export type {
  AllotFacts,
  ContentBlock,
  Message,
  MessageEvent,
  MessageParam,
  MessageRequest,
  ToolParam,
  Usage,
} from "./client/message.ts";
export type { MessageStream } from "./client/message-stream.ts";
export { applySteps } from "./codebase/apply-steps.ts";
export type { ExactStep, LineRange } from "./codebase/exact-step.ts";
export type { ModuleSplit, SplitOutcome, SplitRequest } from "./codebase/module-split.ts";
export { splitModule } from "./codebase/split-module.ts";
export type { Config } from "./config/config.ts";
export { type AllotConfig, defineConfig, ThrottleConfig } from "./config/define-config.ts";
export { loadConfig } from "./config/load-config.ts";
export type {
  Call,
  ContractReport,
  Endpoint,
  Finding as ContractFinding,
  FindingKind,
  Route,
  Unresolved,
  ValidateOptions,
} from "./contract/contract.ts";
export { validateContract } from "./contract/validate-contract.ts";
export { AllotError, ERRORS, isAllotError, type ErrorCode } from "./foundation/errors.ts";
export { type Covered, priceUsage } from "./dispatch/imports/price-usage.ts";
export { formatUsd, fromUsd, nanoUsd, toUsd, type NanoUsd } from "./foundation/units.ts";
export { costOf } from "./ledger/cost.ts";
export type { ModelAnswer, ModelRequest, Provider, TokenUsage } from "./providers/provider.ts";
export type { DelegatedTask, DelegateOptions, Delegator } from "./routing/open-delegator.ts";
export { type Delegation, TaskType } from "./routing/routing.ts";
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
export { openTranscripts, readTranscripts, type TranscriptOptions } from "./transcripts/read-transcripts.ts";
export {
  compareUsage,
  sumUsage,
  totalUsage,
  type UsageBy,
  type UsageChange,
  type UsageSum,
} from "./transcripts/sums.ts";
export type { Lack, PricedUsage, Transcripts, UsageRecord } from "./transcripts/transcripts.ts";
export type { AllStats, Level, LimitFigure, Priority, SessionStats } from "./throttle/throttle.ts";
