import { openConfiguredCatalog } from "../../app/catalog.ts";
import { chooseRunModels } from "../../app/run-models.ts";
import type { Config } from "../../config/config.ts";
import { OPTION_NAMES, fileKeyOf, optionSpec, type OptionName } from "../../config/options.ts";
import { isAllotError } from "../../foundation/errors.ts";
import { formatUsd, nanoUsd } from "../../foundation/units.ts";
import type { Command } from "../command.ts";
import { fitTable } from "../view/fit.ts";
import { loadCommandConfig } from "../load-command-config.ts";

/** `allot config`: every option as it stands, and where its value comes from. */
export const configCommand: Command = {
  name: "config",
  summary: "every option as it stands and where its value comes from; which models a run would use",
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
      return [fileKeyOf(name), shown(name, config.settings[name]), kind === "default" ? kind : `${kind} ${source}`];
    });
    const providers = Object.entries(config.providers).map(([name, { baseUrl, apiKey, keyVariable }]) => [
      `provider ${name}`,
      baseUrl ?? "usual address",
      apiKey === null ? `no key (${keyVariable})` : `key from ${keyVariable}`,
    ]);
    const columns = io.stdout.columns ?? Number.POSITIVE_INFINITY;
    const giving = [
      { column: 1, least: 20 },
      { column: 2, least: 10 },
    ];
    io.stdout.write(
      `${[...fitTable([...options, ...providers], { columns, giving }), "", `a run here would use: ${await modelsNow(config)}`].join("\n")}\n`,
    );
    return 0;
  },
};

/** A value as one would type it. */
function shown(name: OptionName, value: unknown): string {
  if (value === null) return "-";
  const { kind } = optionSpec(name);
  if (kind === "flag") return value === true ? "yes" : "no";
  if (kind === "secret") return "set";
  if (kind === "duration" && typeof value === "number")
    return value % 60_000 === 0 ? `${value / 60_000}m` : `${value / 1000}s`;
  if (kind === "usd" && typeof value === "number") return formatUsd(nanoUsd(value));
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What a run here would use, asked the way a run asks. */
async function modelsNow(config: Config): Promise<string> {
  try {
    const { big, small, modelsWhy } = await chooseRunModels(config, openConfiguredCatalog(config, Date.now()));
    return big === undefined && small === undefined
      ? `no model (${modelsWhy})`
      : `big ${big?.label ?? "none"}, small ${small?.label ?? "none"} (${modelsWhy})`;
  } catch (error) {
    if (isAllotError(error)) return `none: ${error.message}`;
    throw error;
  }
}
