import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import type { Config } from "../config/config.ts";
import { type AllotConfig, ThrottleConfig } from "../config/define-config.ts";
import { loadConfig } from "../config/load-config.ts";

/** Where a program's configuration comes from; all optional. */
export interface LibraryOptions {
  /** What `defineConfig` made, or limits in the guide's words; above the files, below the environment. */
  readonly config?: AllotConfig | ThrottleConfig;
  /** Default: the program's own environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the program's own working folder. */
  readonly cwd?: string;
}

/** The configuration that holds for a program: environment, what it states, files, defaults. Throws `config-invalid`. */
export function libraryConfig({ config, env = process.env, cwd = process.cwd() }: LibraryOptions): Config {
  return loadConfig({
    flags: {},
    env,
    cwd,
    home: env["HOME"] ?? homedir(),
    readFile,
    ...(config === undefined ? {} : { program: config instanceof ThrottleConfig ? { limits: config } : config }),
  });
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
