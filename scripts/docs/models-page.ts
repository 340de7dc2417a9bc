import type { CatalogModel } from "../../src/catalog/catalog.ts";
import { openCatalog } from "../../src/catalog/open-catalog.ts";
import { BASE_VERSION } from "../../src/catalog/base-list.ts";
import { OVERLAY_VERSION, PROVIDER_RULES } from "../../src/catalog/overlay.ts";
import { SEEDS_LIST, SEEDS_PRICES } from "../../src/catalog/seeds-prices.ts";
import { formatCount, formatUsd } from "../../src/foundation/units.ts";
import type { NanoUsd } from "../../src/foundation/units.ts";
import { markdownTable } from "./markdown-table.ts";
import { AS_OF } from "./seed-figures.ts";

/** docs/models.md: what the catalogue knows, as of one day. */
export function modelsPage(): string {
  const catalog = openCatalog({ asOf: AS_OF });
  const seeds = openCatalog({ asOf: AS_OF, priceList: SEEDS_LIST });
  return `# Models and prices

\`allot models\` shows this list with the prices of the day; here they stand as of ${new Date(AS_OF).toISOString().slice(0, 10)}. Written by
\`npm run docs\`, compared by a test. Prices are dollars per million tokens, from the bundled list \`${BASE_VERSION}\` and our
overlay \`${OVERLAY_VERSION}\`; your own stand in your configuration file (\`docs/config.md\`). A price that is not known is
"unknown", never $0; only models on your own machine (Ollama, offline) cost nothing. Any other model of these providers
works by its own name, and any name at all with its provider in front: \`ollama/qwen3-coder:30b\`.

## Which models play big and small

From the keys in the environment, in this order: Anthropic, OpenAI, Google, xAI, an OpenAI-compatible address, a local
Ollama (its largest model plans, its smallest of at least 7 billion parameters executes), else offline. \`--big\`, \`--small\`,
\`LLM_DEFAULT_PROVIDER\`, \`CLAUDE_MODEL\` and \`GROK_MODEL\` override.

${markdownTable(
  ["provider", "big", "small"],
  PROVIDER_RULES.map(({ provider, big, small }) => [provider, `\`${big}\``, `\`${small}\``]),
)}

## The price list \`${SEEDS_LIST}\`

The table of the seeds (October 2025), for \`--prices ${SEEDS_LIST}\`; all other models keep today's prices.

${markdownTable(
  ["model", "input", "output"],
  Object.keys(SEEDS_PRICES).map((name) => {
    const price = seeds.resolve(name).price;
    return [`\`${name}\``, rate(price?.input), rate(price?.output)];
  }),
)}

## All models

${markdownTable(
  [
    "model",
    "provider",
    "tier",
    "window",
    "input",
    "output",
    "cache read",
    "cache write 5m / 1h",
    "long context",
    "batch",
    "priority",
    "aliases",
  ],
  catalog.list().map(modelRow),
)}
`;
}

function modelRow(model: CatalogModel): string[] {
  const { price } = model;
  const tiers = price?.longContext.map(
    (tier) => `over ${formatCount(tier.aboveInputTokens)}: ${rate(tier.input)} / ${rate(tier.output)}`,
  );
  return [
    `\`${model.id}\``,
    model.provider,
    model.tier,
    model.contextWindow === null ? "unknown" : formatCount(model.contextWindow),
    rate(price?.input),
    rate(price?.output),
    rate(price?.cacheRead),
    price === null ? "unknown" : `${rate(price.cacheWrite5m)} / ${rate(price.cacheWrite1h)}`,
    tiers?.join("; ") ?? "",
    price === null || price.batchPermille === 1000 ? "" : `x${price.batchPermille / 1000}`,
    price === null || price.priorityPermille === 1000 ? "" : `x${price.priorityPermille / 1000}`,
    model.aliases.join(", "),
  ];
}

function rate(amount: NanoUsd | undefined): string {
  return amount === undefined ? "unknown" : formatUsd(amount);
}
