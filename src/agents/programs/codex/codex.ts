import { join } from "node:path";
import type { AgentEnd, AgentProgram, AgentTask } from "../program.ts";
import { runAgentProcess } from "../agent-process.ts";
import type { Found, ProgramOptions } from "../find-program.ts";
import { openInstalled } from "../installed-program.ts";
import { throwIfInterrupted } from "../interrupted.ts";
import { watchLimits } from "../watch-limits.ts";
import { codexArguments, codexEnvironment } from "./codex-arguments.ts";
import { endOfCodex } from "./codex-end.ts";
import { readCodexEvents } from "./codex-events.ts";
import { openCodexLog } from "./codex-log.ts";

const INSTALL = "install Codex: npm install -g @openai/codex";
const HELPS = [
  ["exec", "--help"],
  ["exec", "resume", "--help"],
];

/**
 * Codex as the user has installed it: `codex exec --json`, and `codex exec resume` for a session of before, with the sandbox said
 * again: without that it falls back to read-only. It has the user's own login and settings, or, with a gateway, a provider of its
 * own that is asked there.
 */
export function openCodex(options: ProgramOptions): AgentProgram {
  return openInstalled({ name: "codex", helps: HELPS, howToInstall: INSTALL, run: runCodex }, options);
}

async function runCodex(
  program: Found,
  { clock, onStart }: ProgramOptions,
  task: AgentTask,
  signal: AbortSignal,
  onEvent: Parameters<AgentProgram["work"]>[2],
): Promise<AgentEnd> {
  const limits = watchLimits(task.limits);
  const log = await openCodexLog(codexHome(task), task.resume);
  let turns = 0;
  const note: typeof onEvent = (event) => {
    limits.note(event);
    onEvent(event);
  };
  const look = (): void => {
    const read = log.look(events.told().session);
    for (; turns < read.answers; turns += 1) limits.noteTurn();
    if (read.changed) note({ kind: "usage", usage: read.usage });
  };
  const events = readCodexEvents(note);
  const ended = await runAgentProcess({
    path: program.path,
    args: codexArguments(program, task),
    cwd: task.cwd,
    env: codexEnvironment(task),
    input: task.prompt,
    timeoutMs: task.timeoutMs,
    clock,
    signal,
    over: limits.over,
    onLine(line) {
      events.line(line);
      look();
    },
    onStart,
  });
  look();
  if (ended.why === "interrupted") throwIfInterrupted(signal);
  return endOfCodex(task, ended, events.told(), log.end(events.told().session), limits.passed());
}

/** Where it keeps its settings, login and logs. */
function codexHome({ env }: AgentTask): string {
  return env["CODEX_HOME"] ?? join(env["HOME"] ?? "", ".codex");
}
