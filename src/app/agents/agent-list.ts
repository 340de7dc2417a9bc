import { homedir } from "node:os";
import { findBrowser } from "../../agents/programs/comet/browser/find-browser.ts";
import { versionOf } from "../../agents/programs/find-program.ts";
import type { Installed } from "../../agents/programs/program.ts";
import { openProgram } from "../../agents/programs/programs.ts";
import type { Config } from "../../config/config.ts";
import { AGENT_NAMES, type AgentName } from "../../foundation/agent-names.ts";
import { type Clock, systemClock } from "../../foundation/clock.ts";

/** An agent, and what of it is on this machine. */
export interface ListedAgent {
  readonly name: AgentName;
  readonly what: string;
  /** null: its program is not installed. */
  readonly installed: Installed | null;
  /** Of an agent that looks at pages: its browser, or why it works without pictures. */
  readonly browser?: { readonly path: string; readonly version: string } | { readonly missing: string };
}

const WHAT: Readonly<Record<AgentName, string>> = {
  codex: "OpenAI's Codex",
  claude: "Claude Code",
  comet: "allot's own for user interfaces: a cheap model with a real browser",
  api: "allot's own: a model with tools on the files of a folder",
};

/** Every agent with its version; starts each program no further than to ask for that. */
export async function listAgents(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock = systemClock,
): Promise<readonly ListedAgent[]> {
  const options = { searchPath: env["PATH"] ?? "", clock };
  return Promise.all(
    AGENT_NAMES.map(async (name) => ({
      name,
      what: WHAT[name],
      installed: (await openProgram(name, options)?.detect()) ?? null,
      ...(name === "comet" ? { browser: await browserOf(config, env, clock) } : {}),
    })),
  );
}

async function browserOf(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<NonNullable<ListedAgent["browser"]>> {
  const searchPath = env["PATH"] ?? "";
  const named = config.settings.browser;
  const found = await findBrowser({
    ...(named === null ? {} : { named }),
    searchPath,
    userHome: homedir(),
    platform: process.platform,
    variables: env,
  });
  if (found.kind === "none") return { missing: found.message };
  // Windows' browsers open a window when they are asked.
  const version = process.platform === "win32" ? "unknown" : await versionOf(found.path, { searchPath, clock });
  return { path: found.path, version };
}
