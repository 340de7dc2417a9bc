import { join } from "node:path";
import { VALIDATE_CONTRACT_SCRIPT } from "../../../contract/scripts/validate-contract-script.ts";
import { contractTemplate } from "../../../contract/contracts/contract-template.ts";
import { SKILL_TEXT } from "../../../runs/work/agent-prompt.ts";
import { folder, geminiHome, opencodeSettings, type Surroundings } from "../client-folders.ts";
import type { ClientFile, ClientName, ClientSettings, SettingsValue } from "../clients.ts";
import { jsonForm } from "../json-form.ts";
import { TOML_FORM } from "../toml-form.ts";
import { MEASURE_TOKENS_SCRIPT } from "./measure-tokens-script.ts";
import { orchestrateSkill } from "./orchestrate-skill.ts";
import { shellQuoted } from "../shell-quoted.ts";
import { WHOLE_FILE } from "./whole-file.ts";

/** How allot is started from a client: `["allot"]`, or Node and the program's file where it is not on the PATH. */
export type Launcher = readonly [string, ...string[]];

/** Claude Code waits so long for a hook, in seconds. */
const HOOK_TIMEOUT_S = 20;

/** Events at which Claude Code asks whether the session may go on. */
const HOOK_EVENTS = ["SessionStart", "UserPromptSubmit", "PreToolUse"] as const;

/**
 * What makes allot a guest in a client, beside the gateway: its tools, the skill by which work is handed over without being asked
 * for, and for Claude Code the hook and the status line. A user's own status line stays. Pure.
 */
export function guestFiles(name: ClientName, launcher: Launcher, around: Surroundings): readonly ClientFile[] {
  return BUILDERS[name](launcher, around);
}

/** What goes into a project's folder for all who work there: the skill, and for Claude Code the tools. No key, no hook. Pure. */
export function projectFiles(name: ClientName, dir: string): readonly ClientFile[] {
  if (name === "codex") return [codexSkill(dir)];
  if (name !== "claude") return [];
  // Everybody's own allot: what is shared names no file of one machine.
  return [
    ...claudeSkill(join(dir, ".claude"), ".claude/skills/orchestrate/scripts"),
    mcpServers(join(dir, ".mcp.json"), ["allot"]),
  ];
}

/** A client's settings with these files besides: what goes into one file is one file. Pure. */
export function withFiles(client: ClientSettings, files: readonly ClientFile[]): ClientSettings {
  const [known, more] = [new Map(client.files.map((file) => [file.path, file])), [] as ClientFile[]];
  for (const file of files) {
    const own = known.get(file.path);
    if (own === undefined) more.push(file);
    else known.set(file.path, { ...own, values: [...own.values, ...file.values] });
  }
  return { ...client, files: [...known.values(), ...more] };
}

const BUILDERS: Readonly<Record<ClientName, (launcher: Launcher, around: Surroundings) => readonly ClientFile[]>> = {
  claude: claudeCode,
  codex,
  gemini,
  opencode,
};

function claudeCode(launcher: Launcher, around: Surroundings): readonly ClientFile[] {
  const own = folder(around, "CLAUDE_CONFIG_DIR", ".claude");
  const moved = (around.env["CLAUDE_CONFIG_DIR"] ?? "") !== "";
  const hook = JSON.stringify({
    hooks: [{ type: "command", command: commandLine([...launcher, "hook"]), timeout: HOOK_TIMEOUT_S }],
  });
  const statusLine = JSON.stringify({ type: "command", command: commandLine([...launcher, "statusline"]) });
  return [
    {
      path: join(own, "settings.json"),
      form: jsonForm({ comments: false }),
      values: [
        ...HOOK_EVENTS.map((event): SettingsValue => ({ place: ["hooks", event], value: hook, manner: "append" })),
        { place: ["statusLine"], value: statusLine, manner: "if-absent" },
      ],
    },
    mcpServers(moved ? join(own, ".claude.json") : join(around.home, ".claude.json"), launcher),
    ...claudeSkill(own, shellQuoted(join(own, "skills", "orchestrate", "scripts"))),
  ];
}

function codex(launcher: Launcher, around: Surroundings): readonly ClientFile[] {
  const [command, ...args] = launcher;
  const server = [`command = ${JSON.stringify(command)}`, `args = ${JSON.stringify([...args, "mcp"])}`].join("\n");
  return [
    {
      path: join(folder(around, "CODEX_HOME", ".codex"), "config.toml"),
      form: TOML_FORM,
      values: [{ place: ["mcp_servers", "allot"], value: server }],
    },
    codexSkill(around.home),
  ];
}

function gemini(launcher: Launcher, around: Surroundings): readonly ClientFile[] {
  return [mcpServers(join(geminiHome(around), ".gemini", "settings.json"), launcher, true)];
}

function opencode(launcher: Launcher, around: Surroundings): readonly ClientFile[] {
  const server = { type: "local", command: [...launcher, "mcp"], enabled: true };
  return [
    {
      path: opencodeSettings(around),
      form: jsonForm({ comments: true }),
      values: [{ place: ["mcp", "allot"], value: JSON.stringify(server) }],
    },
  ];
}

function mcpServers(path: string, launcher: Launcher, comments = false): ClientFile {
  const [command, ...args] = launcher;
  const value = JSON.stringify({ command, args: [...args, "mcp"] });
  return { path, form: jsonForm({ comments }), values: [{ place: ["mcpServers", "allot"], value }] };
}

function claudeSkill(dir: string, scripts: string): readonly ClientFile[] {
  const at = join(dir, "skills", "orchestrate");
  return [
    whole(join(at, "SKILL.md"), orchestrateSkill(scripts)),
    whole(join(at, "api_contract_template.md"), contractTemplate("NAME")),
    whole(join(at, "scripts", "validate-contract.sh"), VALIDATE_CONTRACT_SCRIPT),
    whole(join(at, "scripts", "measure-tokens.sh"), MEASURE_TOKENS_SCRIPT),
  ];
}

function codexSkill(dir: string): ClientFile {
  return whole(join(dir, ".agents", "skills", "claude-orchestrated", "SKILL.md"), SKILL_TEXT);
}

function whole(path: string, text: string): ClientFile {
  return { path, form: WHOLE_FILE, values: [{ place: [], value: text }] };
}

function commandLine(words: readonly string[]): string {
  return words.map(shellQuoted).join(" ");
}
