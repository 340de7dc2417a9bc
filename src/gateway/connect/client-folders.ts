import { join, resolve } from "node:path";

/** Where a program keeps its settings on this machine. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
  readonly exists: (path: string) => boolean;
}

/** A client's own folder: where its variable says, else in the user's home. */
export function folder({ env, home, cwd }: Surroundings, variable: string, usual: string): string {
  const stated = env[variable];
  return stated === undefined || stated === "" ? join(home, usual) : resolve(cwd, stated);
}

export function geminiHome({ env, home }: Surroundings): string {
  const stated = env["GEMINI_CLI_HOME"];
  return stated === undefined || stated === "" ? home : stated;
}

/** opencode's settings: the file with comments where there is one. */
export function opencodeSettings(around: Surroundings): string {
  const home = join(folder(around, "XDG_CONFIG_HOME", ".config"), "opencode");
  const withComments = join(home, "opencode.jsonc");
  return around.exists(withComments) ? withComments : join(home, "opencode.json");
}
