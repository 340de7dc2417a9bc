import type { Command } from "./command.ts";
import { workspacesCommand } from "./commands/components/workspaces.ts";
import { dispatchCommand } from "./commands/components/dispatch.ts";
import { agentRunCommand } from "./commands/agents/agent-run.ts";
import { agentsCommand } from "./commands/agents/agents.ts";
import { configCommand } from "./commands/config.ts";
import { contractExtractCommand } from "./commands/contract/extract.ts";
import { contractInitCommand } from "./commands/contract/init.ts";
import { contractValidateCommand } from "./commands/contract/validate.ts";
import { demoCommand } from "./commands/demo.ts";
import { estimateCommand } from "./commands/estimate.ts";
import { gatesCheckCommand } from "./commands/gates.ts";
import { metricsCommand } from "./commands/gateway/metrics.ts";
import { serveCommand } from "./commands/gateway/serve.ts";
import { traceCommand } from "./commands/gateway/trace.ts";
import { connectCommand } from "./commands/gateway/connect.ts";
import { keyCreateCommand } from "./commands/gateway/key-create.ts";
import { keyListCommand } from "./commands/gateway/key-list.ts";
import { keyRevokeCommand } from "./commands/gateway/key-revoke.ts";
import { hookCommand } from "./commands/guest/hook.ts";
import { mcpCommand } from "./commands/guest/mcp.ts";
import { landCommand } from "./commands/land.ts";
import { modelsCommand } from "./commands/models.ts";
import { planCommand } from "./commands/plan.ts";
import { resumeCommand } from "./commands/resume.ts";
import { routeCommand } from "./commands/route.ts";
import { runCommandEntry } from "./commands/run.ts";
import { runsCommand } from "./commands/runs.ts";
import { showCommand } from "./commands/show.ts";
import { statuslineCommand } from "./commands/guest/statusline.ts";
import { execCommand } from "./commands/spend/exec.ts";
import { ledgerRepriceCommand } from "./commands/spend/ledger-reprice.ts";
import { ledgerCommand, ledgerExportCommand, ledgerVerifyCommand } from "./commands/spend/ledger.ts";
import { limitsResetCommand, limitsResumeCommand, limitsSetCommand } from "./commands/spend/limits-change.ts";
import { limitsCommand } from "./commands/spend/limits.ts";
import { queueCancelCommand, queueCommand } from "./commands/spend/queue.ts";
import { measureCommand } from "./commands/spend/measure.ts";
import { usageCommand } from "./commands/spend/usage.ts";
import { watchCommand } from "./commands/spend/watch.ts";
import { templatesCommand } from "./commands/templates.ts";
import { undoCommand } from "./commands/undo.ts";
import { batchCancelCommand, batchListCommand, batchShowCommand } from "./commands/work/batch-list.ts";
import { batchCommand } from "./commands/work/batch.ts";
import { cacheClearCommand, cacheStatsCommand } from "./commands/work/cache.ts";
import { chunksCommand } from "./commands/work/chunks.ts";
import { grokCommand, grokDelegateCommand } from "./commands/work/grok.ts";
import {
  analyzeCommand,
  architectureCommand,
  documentCommand,
  migrationCommand,
  optimizeCommand,
  reviewCommand,
} from "./commands/work/kinds.ts";
import { listCommand } from "./commands/work/list.ts";
import { mapCommand } from "./commands/work/map.ts";
import { refactorCommand } from "./commands/work/refactor.ts";
import { securityCommand } from "./commands/work/security.ts";
import { testCommand } from "./commands/work/test-command.ts";

/** Every command, in the order in which help shows them. A new command is one file and one line here. */
export const COMMANDS: readonly Command[] = [
  runCommandEntry,
  planCommand,
  resumeCommand,
  dispatchCommand,
  runsCommand,
  showCommand,
  landCommand,
  undoCommand,
  workspacesCommand,
  agentsCommand,
  agentRunCommand,
  demoCommand,
  templatesCommand,
  gatesCheckCommand,
  listCommand,
  mapCommand,
  chunksCommand,
  analyzeCommand,
  documentCommand,
  refactorCommand,
  testCommand,
  reviewCommand,
  optimizeCommand,
  securityCommand,
  architectureCommand,
  migrationCommand,
  grokCommand,
  grokDelegateCommand,
  batchCommand,
  batchListCommand,
  batchShowCommand,
  batchCancelCommand,
  cacheStatsCommand,
  cacheClearCommand,
  contractValidateCommand,
  contractInitCommand,
  contractExtractCommand,
  routeCommand,
  estimateCommand,
  usageCommand,
  measureCommand,
  limitsCommand,
  limitsSetCommand,
  limitsResetCommand,
  limitsResumeCommand,
  queueCommand,
  queueCancelCommand,
  watchCommand,
  execCommand,
  ledgerCommand,
  ledgerVerifyCommand,
  ledgerExportCommand,
  ledgerRepriceCommand,
  serveCommand,
  traceCommand,
  metricsCommand,
  connectCommand,
  statuslineCommand,
  mcpCommand,
  hookCommand,
  keyCreateCommand,
  keyListCommand,
  keyRevokeCommand,
  modelsCommand,
  configCommand,
];
