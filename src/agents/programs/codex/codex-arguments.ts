import { type Found, knowsFlag } from "../find-program.ts";
import type { AgentTask } from "../program.ts";
import { asSession } from "../session-id.ts";

/** The variable that has the gateway's key; what Codex starts does not get it. */
const KEY_VARIABLE = "ALLOT_AGENT_KEY";

/**
 * The arguments of one piece of work; the prompt comes by standard input. The sandbox is said as a setting, because `exec resume` knows
 * no flag for it and would fall back to read-only; nobody is there to be asked for approval. Pure. Throws `usage` for a session that
 * would be read as a flag.
 */
export function codexArguments(program: Found, task: AgentTask): string[] {
  const common = [
    "--json",
    ...(knowsFlag(program, "--skip-git-repo-check") ? ["--skip-git-repo-check"] : []),
    ...(task.model === undefined ? [] : ["-m", task.model]),
    ...settings({ sandbox_mode: task.sandbox, approval_policy: "never", check_for_update_on_startup: false }),
    ...(task.gateway === undefined ? [] : settings(gatewaySettings(task.gateway.url))),
  ];
  if (task.resume === undefined) return ["exec", ...common, "-"];
  return ["exec", "resume", ...common, "--", asSession(task.resume), "-"];
}

/** The task's environment, and the gateway's key. Pure. */
export function codexEnvironment({ env, gateway }: AgentTask): Record<string, string> {
  if (gateway === undefined) return { ...env };
  const { OPENAI_API_KEY: _key, CODEX_API_KEY: _own, ...rest } = env;
  const reached = [rest["NO_PROXY"], "127.0.0.1"].filter(Boolean).join(",");
  return { ...rest, [KEY_VARIABLE]: gateway.key, NO_PROXY: reached };
}

/** A provider of allot's own, so that nothing of the user's providers is asked; and what asks other hosts switched off. */
function gatewaySettings(url: string): Record<string, string | boolean | readonly string[]> {
  return {
    model_provider: "allot_work",
    "model_providers.allot_work.name": "allot",
    "model_providers.allot_work.base_url": `${url}/v1`,
    "model_providers.allot_work.env_key": KEY_VARIABLE,
    "model_providers.allot_work.wire_api": "responses",
    "shell_environment_policy.exclude": [KEY_VARIABLE],
    "analytics.enabled": false,
    "feedback.enabled": false,
    "features.plugins": false,
  };
}

/** `-c key=value`, the value as TOML; JSON of texts, booleans and lists is that too. */
function settings(values: Readonly<Record<string, string | boolean | readonly string[]>>): string[] {
  return Object.entries(values).flatMap(([key, value]) => ["-c", `${key}=${JSON.stringify(value)}`]);
}
