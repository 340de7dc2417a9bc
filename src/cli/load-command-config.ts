import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { loadConfig } from "../config/load-config.ts";
import type { Config, RawFlags } from "../config/config.ts";
import type { CommandInput, Io } from "./command.ts";

/** The configuration as this call of a command sees it. Throws `usage` or `config-invalid`, naming key and value. */
export function loadCommandConfig(input: CommandInput, io: Io): Config {
  return loadConfig({
    flags: input.flags as RawFlags,
    env: io.env,
    cwd: io.cwd,
    home: io.env["HOME"] ?? homedir(),
    readFile,
  });
}

/** Whether the screen can be redrawn and coloured. */
export function viewForm(config: Config, io: Io): "live" | "plain" | "json" {
  if (config.settings.json) return "json";
  const { color } = config.settings;
  return color === "always" || (color === "auto" && io.stdout.isTTY === true) ? "live" : "plain";
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
