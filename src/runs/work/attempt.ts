import { join } from "node:path";
import type { AgentPicture } from "../../agents/programs/program.ts";
import { fileTools } from "../../agents/file-tools.ts";
import { runToolLoop, type LoopResult } from "../../agents/tool-loop.ts";
import { workerPrompt } from "../../agents/worker-prompt.ts";
import { applySteps } from "../../codebase/apply-steps.ts";
import { isAllotError } from "../../foundation/errors.ts";
import type { ModelMessage } from "../../providers/provider.ts";
import { openWorkspace, type FileContent, type WorkspaceSize } from "../../workspaces/workspace.ts";
import { payFor, type RunContext } from "../run-context.ts";
import type { MiniTask } from "../plan/mini-task.ts";
import { printTaskFile } from "../plan/task-file.ts";
import type { WorkspaceShare } from "../run.ts";
import type { WorkerTier } from "./ladder.ts";

/** What one try starts from. */
export interface AttemptStart {
  readonly round: number;
  readonly tier: WorkerTier;
  /** The commit the files are taken from: the task's base, or the last try's result when the same worker goes on. */
  readonly fromRev: string;
  /** The session so far; empty for a fresh worker. */
  readonly messages: readonly ModelMessage[];
  /** New evidence, put behind the session or behind the task's text; "" for none. */
  readonly evidence: string;
  /** Short id of the flow that makes the try; part of every call's key. */
  readonly taskKey: string;
}

/** What one try came to, before any gate has looked at it. JSON-safe: it is a step's stored result. */
export type AttemptEnd =
  | {
      readonly kind: "delivered";
      readonly rev: string;
      readonly report: string;
      readonly messages: readonly ModelMessage[];
      readonly workspace: WorkspaceShare | undefined;
      /** What pages looked like before and after, of an agent that looks at pages; files beside the report. */
      readonly pictures?: readonly AgentPicture[];
      readonly noPictures?: string;
    }
  | { readonly kind: "gave-up"; readonly reason: string }
  | { readonly kind: "broken"; readonly code: string; readonly reason: string };

const MAX_TURNS = 24;
const MAX_OUTPUT_TOKENS = 8_192;

/** Carries out one try at a mini-task and commits what came of it on top of `fromRev`. Can be done again after a crash. */
export async function makeAttempt(context: RunContext, task: MiniTask, start: AttemptStart): Promise<AttemptEnd> {
  return start.tier === "exact" ? carryOutExactly(context, task, start) : letWork(context, task, start, start.tier);
}

async function carryOutExactly(context: RunContext, task: MiniTask, start: AttemptStart): Promise<AttemptEnd> {
  const steps = task.steps.flatMap((step) => (step.exact === undefined ? [] : [step.exact]));
  const paths = new Set([...task.reads.map(({ path }) => path), ...task.writes.map(({ path }) => path)]);
  const texts = new Map<string, string | undefined>();
  for (const path of paths) texts.set(path, await context.repository.read(start.fromRev, path));
  try {
    const changed = applySteps(steps, (path) => texts.get(path));
    const files = new Map<string, FileContent>([...changed].map(([path, content]) => [path, { content }]));
    return await deliver(context, task, start, files, "", []);
  } catch (error) {
    if (isAllotError(error, "step-stale") || isAllotError(error, "path-escapes")) {
      return { kind: "broken", code: error.code, reason: error.message };
    }
    throw error;
  }
}

async function letWork(
  context: RunContext,
  task: MiniTask,
  start: AttemptStart,
  tier: "small" | "big",
): Promise<AttemptEnd> {
  const reads = task.reads.map(({ path }) => path);
  const writes = task.writes.map(({ path }) => path);
  const deletes = task.writes.filter(({ action }) => action === "delete").map(({ path }) => path);
  await using workspace = await openWorkspace({
    repository: context.repository,
    rev: start.fromRev,
    reads,
    writes,
    dir: join(context.workspacesDir, `${start.taskKey}-r${start.round}`),
  });
  const prompt = workerPrompt(printTaskFile(task), { reads, writes, deletes });
  const opening: ModelMessage[] = [{ role: "user", content: prompt.user }];
  const session = start.messages.length > 0 ? [...start.messages] : opening;
  if (start.evidence !== "") session.push({ role: "user", content: start.evidence });
  const result = await runToolLoop({
    system: prompt.system,
    messages: session,
    tools: fileTools({ dir: workspace.dir, reads, writes, deletes }),
    finishTools: ["finish"],
    maxTurns: MAX_TURNS,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    ask: (request, turn) =>
      payFor(
        context,
        { task: start.taskKey, round: start.round, purpose: `work-${turn}`, phase: "execution", tier },
        request,
      ),
  });
  if (result.kind !== "finished") return notFinished(result);
  const files = await workspace.collect();
  return await deliver(context, task, start, files, reportOf(result), result.messages, shareOf(workspace.size));
}

function notFinished(result: Exclude<LoopResult, { kind: "finished" }>): AttemptEnd {
  switch (result.kind) {
    case "gave-up":
      return { kind: "gave-up", reason: result.reason };
    case "turns-exhausted":
      return { kind: "broken", code: "turns-exhausted", reason: `no end after ${MAX_TURNS} turns` };
    case "failed":
      return { kind: "broken", code: result.code, reason: result.message };
    case "refused":
      return { kind: "broken", code: "limit-reached", reason: result.message };
    case "unknown":
      return { kind: "broken", code: "call-unknown", reason: result.message };
  }
}

async function deliver(
  context: RunContext,
  task: MiniTask,
  start: AttemptStart,
  files: ReadonlyMap<string, FileContent>,
  report: string,
  messages: readonly ModelMessage[],
  workspace?: WorkspaceShare,
): Promise<AttemptEnd> {
  const rev = await context.repository.commit({
    parent: start.fromRev,
    files,
    message: `Mini-Task ${task.number}: ${task.title}`,
    atMs: context.spec.createdAt,
  });
  return { kind: "delivered", rev, report, messages, workspace };
}

export function shareOf({ bytes, tokens, repositoryBytes, repositoryTokens }: WorkspaceSize): WorkspaceShare {
  return { bytes, tokens, repositoryBytes, repositoryTokens };
}

function reportOf(result: Extract<LoopResult, { kind: "finished" }>): string {
  const input = result.finishCall?.input as { report?: unknown } | undefined;
  return typeof input?.report === "string" ? input.report : result.text;
}
