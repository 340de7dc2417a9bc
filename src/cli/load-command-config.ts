import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { loadConfig } from "../config/load-config.ts";
import type { Config } from "../config/config.ts";
import type { CommandInput, Io } from "./command.ts";

/** The configuration as this call of a command sees it. Throws `usage` or `config-invalid`, naming key and value. */
export function loadCommandConfig(input: CommandInput, io: Io): Config {
  return loadConfig({
    flags: input.flags,
    env: io.env,
    cwd: io.cwd,
    home: io.env["HOME"] ?? homedir(),
    readFile,
  });
}

export type ViewForm = "live" | "plain" | "json";

/** How a run is followed: redrawn in place on a terminal, a line an event elsewhere, JSON for programs. */
export function viewForm(config: Config, io: Io): ViewForm {
  if (config.settings.json) return "json";
  return io.stdout.isTTY === true && io.env["TERM"] !== "dumb" ? "live" : "plain";
}

/** Whether texts for people are coloured: `--color`, NO_COLOR and FORCE_COLOR decide, else whether a terminal shows them. */
export function isColoured(config: Config, io: Io): boolean {
  const { color, json } = config.settings;
  if (json || color === "never") return false;
  return color === "always" || (io.stdout.isTTY === true && io.env["TERM"] !== "dumb");
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
