import { type Found, knowsFlag } from "../find-program.ts";
import type { AgentTask } from "../program.ts";
import { asSession } from "../session-id.ts";

/** Tools that go without being asked for, where it may write. What is not among them is refused in headless mode. */
const READS = "Read,Glob,Grep,LS,Skill,Task,Agent,TodoWrite";
const WRITES = `${READS},Write,Edit,MultiEdit,NotebookEdit,Bash,BashOutput,KillShell`;
const NEVER_WRITES = "Write,Edit,MultiEdit,NotebookEdit,Bash";
/** Away from the machine, as Codex' sandbox has it. */
const NETWORK = "WebFetch,WebSearch";

/** Commands run in its own sandbox where the system has what that needs; else it says so and runs them without. */
const SANDBOXED = JSON.stringify({
  sandbox: { enabled: true, autoAllowBashIfSandboxed: true, failIfUnavailable: false },
});

/**
 * The arguments of one headless piece of work; the prompt comes by standard input. Flags that this version's help does not name are
 * left out. As root it refuses `bypassPermissions`, so edits are accepted and tools allowed by name.
 * `hasSettings`: the workspace has settings of Claude Code's, which may run commands and allow tools; then nothing is taken from
 * there, its skills neither. Pure. Throws `usage` for a session that would be read as a flag.
 */
export function claudeArguments(program: Found, task: AgentTask, hasSettings: boolean): string[] {
  const optional = (flag: string, ...values: string[]): string[] => (knowsFlag(program, flag) ? [flag, ...values] : []);
  const writes = task.sandbox === "workspace-write";
  return [
    "-p",
    "--output-format",
    "stream-json",
    "--verbose",
    ...optional("--include-partial-messages"),
    ...(task.model === undefined ? [] : ["--model", task.model]),
    ...(writes ? ["--permission-mode", "acceptEdits"] : []),
    ...optional("--permission-prompts", "none"),
    ...(writes ? optional("--settings", SANDBOXED) : []),
    ...(hasSettings ? optional("--setting-sources", "user") : []),
    ...(task.limits.turns === undefined ? [] : optional("--max-turns", String(task.limits.turns))),
    "--allowedTools",
    writes ? WRITES : READS,
    "--disallowedTools",
    writes ? NETWORK : `${NEVER_WRITES},${NETWORK}`,
    ...(task.resume === undefined ? [] : [`--resume=${asSession(task.resume)}`]),
  ];
}

/** The task's environment, the gateway's address and key in it, and what asks other hosts switched off. Pure. */
export function claudeEnvironment({ env, gateway }: AgentTask): Record<string, string> {
  const own = {
    ...env,
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
    DISABLE_AUTOUPDATER: "1",
  };
  if (gateway === undefined) return own;
  const { ANTHROPIC_API_KEY: _key, CLAUDE_CODE_OAUTH_TOKEN: _token, ...rest } = own as Record<string, string>;
  return {
    ...rest,
    ANTHROPIC_BASE_URL: gateway.url,
    ANTHROPIC_AUTH_TOKEN: gateway.key,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    NO_PROXY: [rest["NO_PROXY"], "127.0.0.1"].filter(Boolean).join(","),
  };
}
