import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AgentEnd, AgentProgram, AgentTask } from "../program.ts";
import { runAgentProcess } from "../agent-process.ts";
import type { Found, ProgramOptions } from "../find-program.ts";
import { openInstalled } from "../installed-program.ts";
import { watchLimits } from "../watch-limits.ts";
import { throwIfInterrupted } from "../interrupted.ts";
import { claudeArguments, claudeEnvironment } from "./claude-arguments.ts";
import { endOfClaude } from "./claude-end.ts";
import { readClaudeEvents } from "./claude-events.ts";

const INSTALL = "install Claude Code: npm install -g @anthropic-ai/claude-code";

/**
 * Claude Code as the user has installed it, headless: `claude -p` with its events as JSON lines, `--resume` for a session of before.
 * It has the user's own login and settings, or, with a gateway, allot's address and a key in its environment.
 */
export function openClaude(options: ProgramOptions): AgentProgram {
  return openInstalled({ name: "claude", helps: [["--help"]], howToInstall: INSTALL, run: runClaude }, options);
}

/** Settings that came with the workspace's files, which anybody may have written. */
function hasSettings({ cwd }: AgentTask): boolean {
  return ["settings.json", "settings.local.json"].some((name) => existsSync(join(cwd, ".claude", name)));
}

async function runClaude(
  program: Found,
  { clock, onStart }: ProgramOptions,
  task: AgentTask,
  signal: AbortSignal,
  onEvent: Parameters<AgentProgram["work"]>[2],
): Promise<AgentEnd> {
  const limits = watchLimits(task.limits);
  const events = readClaudeEvents(
    (event) => {
      limits.note(event);
      onEvent(event);
    },
    () => limits.noteTurn(),
  );
  const ended = await runAgentProcess({
    path: program.path,
    args: claudeArguments(program, task, hasSettings(task)),
    cwd: task.cwd,
    env: claudeEnvironment(task),
    input: task.prompt,
    timeoutMs: task.timeoutMs,
    clock,
    signal,
    over: limits.over,
    onLine: events.line,
    onStart,
  });
  if (ended.why === "interrupted") throwIfInterrupted(signal);
  return endOfClaude(task, ended, events.told(), limits.passed());
}
