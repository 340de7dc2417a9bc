import { loadCommandConfig } from "../load-command-config.ts";
import type { CatalogModel } from "../../catalog/catalog.ts";
import { openConfiguredCatalog } from "../../app/catalog.ts";
import { formatCount, formatUsd } from "../../foundation/units.ts";
import type { Command } from "../command.ts";
import { fitTable } from "../view/fit.ts";

const COLUMNS = ["model", "provider", "tier", "window", "input", "output", "cache read", "price list", "also called"];

/** `allot models`: the catalogue with today's prices. */
export const modelsCommand: Command = {
  name: "models",
  summary: "the models allot knows, with prices in dollars per million tokens",
  positionals: "",
  options: ["provider", "tier", "prices", "json"],
  examples: [
    { command: "allot models --provider anthropic", shows: "one provider's models" },
    { command: "allot models --prices seeds-2025-10", shows: "the price list of October 2025" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const catalog = openConfiguredCatalog(config, Date.now());
    const { provider, tier } = config.settings;
    const models = catalog.list({ ...(provider === null ? {} : { provider }), ...(tier === null ? {} : { tier }) });
    if (config.settings.json) {
      io.stdout.write(`${JSON.stringify({ asOf: new Date(catalog.asOf).toISOString(), models })}\n`);
      return 0;
    }
    const rows = fitTable([COLUMNS, ...models.map(modelRow)], {
      columns: io.stdout.columns ?? Number.POSITIVE_INFINITY,
      align: ["left", "left", "left", "right", "right", "right", "right"],
      giving: [
        { column: 7, least: 0 },
        { column: 8, least: 10 },
        { column: 0, least: 20 },
        { column: 8, least: 0 },
      ],
    });
    io.stdout.write(`${rows.join("\n")}\n`);
    return 0;
  },
};

function modelRow(model: CatalogModel): string[] {
  const { price } = model;
  return [
    model.id,
    model.provider,
    model.tier,
    model.contextWindow === null ? "unknown" : formatCount(model.contextWindow),
    price === null ? "unknown" : formatUsd(price.input),
    price === null ? "unknown" : formatUsd(price.output),
    price === null ? "unknown" : formatUsd(price.cacheRead),
    price?.version ?? "",
    model.aliases.join(", "),
  ];
}
