import type { Config } from "./config.ts";
import { Secret } from "./secret.ts";

/*
 * A configuration on its way to a process of ours: with its secrets, so it goes through a pipe and never by an argument, a file, a
 * log or a row.
 */

const SECRET = "$secret";

/** The whole configuration as text, keys and passwords readable. */
export function handConfig(config: Config): string {
  return JSON.stringify(config, function keepSecrets(this: unknown, key: string, value: unknown) {
    const own = (this as Record<string, unknown>)[key];
    return own instanceof Secret ? { [SECRET]: own.reveal() } : value;
  });
}

/** The configuration that `handConfig` wrote. */
export function takeConfig(text: string): Config {
  return JSON.parse(text, (_key, value: unknown) => {
    const secret = value !== null && typeof value === "object" ? (value as Record<string, unknown>)[SECRET] : undefined;
    return typeof secret === "string" ? new Secret(secret) : value;
  }) as Config;
}
