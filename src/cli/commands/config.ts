import { OPTION_NAMES, fileKeyOf, optionSpec } from "../../config/options.ts";
import { alignRows } from "../../foundation/table.ts";
import type { Command } from "../command.ts";
import { loadCommandConfig } from "../load-command-config.ts";

/** `allot config`: every option as it stands, and where its value comes from. */
export const configCommand: Command = {
  name: "config",
  summary: "every option as it stands, and where its value comes from",
  positionals: "",
  options: ["repo", "json"],
  examples: [{ command: "allot config", shows: "what a run here would use; keys are never shown" }],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    if (config.settings.json) {
      io.stdout.write(`${JSON.stringify(config)}\n`);
      return 0;
    }
    const options = OPTION_NAMES.filter((name) => optionSpec(name).group !== "command").map((name) => {
      const { kind, name: source } = config.origins[name];
      return [fileKeyOf(name), shown(config.settings[name]), kind === "default" ? kind : `${kind} ${source}`];
    });
    const providers = Object.entries(config.providers).map(([name, { baseUrl, apiKey, keyVariable }]) => [
      `provider ${name}`,
      baseUrl ?? "usual address",
      apiKey === null ? `no key (${keyVariable})` : `key from ${keyVariable}`,
    ]);
    io.stdout.write(`${alignRows([...options, ...providers]).join("\n")}\n`);
    return 0;
  },
};

function shown(value: unknown): string {
  if (value === null) return "-";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
