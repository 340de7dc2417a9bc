import type { ProviderId } from "../../src/config/config.ts";
import { OPTION_NAMES, fileKeysOf, flagOf, optionSpec } from "../../src/config/options.ts";
import type { OptionGroup, OptionName } from "../../src/config/options.ts";
import { accepts } from "../../src/config/parse-value.ts";
import { PROVIDER_PLACES } from "../../src/config/provider-settings.ts";
import { markdownTable } from "./markdown-table.ts";

const GROUPS: Readonly<Record<OptionGroup, string>> = {
  models: "Models",
  run: "Runs",
  money: "Money",
  checks: "Commands that check a result",
  places: "Places",
  addresses: "Addresses of providers",
  gateway: "The gateway",
  output: "Output",
  command: "Of single commands",
};

/** A user's file with everything that has no flag; a test loads it. */
export const USER_FILE_EXAMPLE = `{
  "big": "sonnet",
  "small": "haiku",
  "limit_usd": 2.5,
  "upstreams": { "anthropic": "http://127.0.0.1:8080" },
  "limits": {
    "session": {
      "*": { "tokens_per_hour": 100000, "usd_per_day": 25 },
      "background": { "tokens_per_hour": 20000, "usd_per_day": 2.5 }
    },
    "global": { "usd_per_month": 400 },
    "model": { "claude-opus-4-1": { "requests_per_day": 20 } },
    "thresholds": { "warning": 0.7, "soft": 0.8, "hard": 0.9, "critical": 0.95 },
    "time_zone": "Europe/Berlin"
  },
  "models": {
    "claude-haiku-4-5": { "input": 0.9, "output": 4.5 },
    "our-coder": {
      "provider": "openai-compatible",
      "tier": "small",
      "aliases": ["coder"],
      "context_window": 131072,
      "input": 0.2,
      "output": 0.6,
      "cache_read": 0.05
    }
  }
}
`;

/** Rows and an agent of one's own; a test loads it. */
export const ROUTES_EXAMPLE = `{
  "routes": {
    "agents": { "grok": { "model": "grok", "session": "grok" } },
    "analysis": { "agent": "grok" },
    "coding": { "simple_model": "haiku" },
    "sure_from": 0.7
  }
}
`;

/** docs/config.md, from the option table. */
export function configPage(): string {
  const keys = Object.entries(PROVIDER_PLACES) as [ProviderId, (typeof PROVIDER_PLACES)[ProviderId]][];
  return `# Options

One table of options (\`src/config/options.ts\`) is behind flags, environment variables, files, help and this page, which
\`npm run docs\` writes and a test compares. \`allot config\` shows the values that hold and where each comes from.

Highest first: flag, environment, the project's file, the user's file, default.

- **The project's file** is \`allot.config.json\` or \`.allot/config.json\` (or \`.yaml\`) in the repository, looked for upwards
  from where you work. It comes with the repository, so it cannot state what is yours to decide: those options have "you"
  in the last column. A lower \`limit_usd\` than yours counts, a higher one does not.
- **The user's file** is \`config.json\` (or \`.yaml\`) in ALLOT_HOME, \`~/.allot\` by default.
- Unknown keys are errors. An empty variable counts as not set. Relative paths count from the file they stand in.
- \`--no-FLAG\` switches a yes-or-no option off. Durations carry their unit: \`90s\`, \`10m\`, \`1h\`, \`30d\`.

${(Object.keys(GROUPS) as OptionGroup[]).map(groupSection).join("\n")}
## Keys

Keys of providers come from the environment only, never from a flag or a file, and are shown nowhere.

${markdownTable(
  ["provider", "variables, the first that is set counts"],
  keys.map(([provider, { keys: variables }]) => [provider, variables.join(", ")]),
)}

## Limits

\`limits\` in a file, or in a program's \`defineConfig({ limits: … })\`. Under a scope (\`session\`, \`run\`, \`key\`, \`project\`,
\`provider\`, \`model\`, \`global\`) stand the caps of each one (directly or under \`*\`) and of one by its name, which replace those of
each for the same window. A cap is named \`tokens\`, \`usd\` or \`requests\` with \`_per_hour\`, \`_per_5h\`, \`_per_day\`, \`_per_week\`,
\`_per_month\` or \`_total\`; its value is a whole number, or dollars; \`none\` takes a default away. What is not stated keeps its default.

The guide's names stand for themselves: \`tokens_per_hour\`, \`tokens_per_day\`, \`cost_per_hour\`, \`cost_per_day\` directly under \`limits\` cap
each session, \`cost_per_month\` all of them, and \`warning_threshold\`, \`soft_threshold\`, \`hard_threshold\`, \`critical_threshold\` say where
levels begin, as \`thresholds\` does. \`time_zone\` is where a calendar month begins (UTC by default).

A project's file can only lower limits and thresholds: it raises none, takes none away, and does not move the month.

## Where tasks go

\`routes\` changes the routing table (\`docs/routing.md\`), in the user's file or by \`defineConfig\`: a row for each type with
\`agent\`, \`model\`, \`session\` and \`simple_model\`; \`agents\` of your own, each with \`model\` and \`session\`; the \`premium\` model;
\`sure_from\`, the confidence from which a type is trusted; what happens below it (\`unsure\`: \`premium\`, \`ask\`, or \`ask-model\`
with \`ask_model\`). A project's file may change \`agent\`, \`model\` and \`simple_model\` of a row, only to what your own table
has, and to nothing dearer.

\`\`\`json
${ROUTES_EXAMPLE.trim()}
\`\`\`

## Models and prices of your own

\`models\` in the user's file, in dollars per million tokens. A known model keeps what is not restated, cache rates in
proportion to input; a model of your own needs \`provider\`, \`input\` and \`output\`, or its price is unknown (never $0). Keys:
\`provider\`, \`label\`, \`tier\`, \`aliases\`, \`context_window\`, \`max_output_tokens\`, \`input\`, \`output\`, \`cache_read\`,
\`cache_write_5m\`, \`cache_write_1h\`, \`reasoning\`, \`batch\` and \`priority\` (factors), \`long_context\` (a list of rates with
\`above_input_tokens\`).

\`\`\`json
${USER_FILE_EXAMPLE.trim()}
\`\`\`
`;
}

function groupSection(group: OptionGroup): string {
  const names = OPTION_NAMES.filter((name) => optionSpec(name).group === group);
  const table = markdownTable(
    ["flag", "variable", "file key", "value", "default", "what it does", "who"],
    names.map(row),
  );
  return `## ${GROUPS[group]}\n\n${table}\n`;
}

const WHO = { anyone: "anyone", user: "you", flag: "this call" } as const;

function row(name: OptionName): string[] {
  const spec = optionSpec(name);
  const variables = [
    ...(spec.env ?? []),
    ...Object.entries(spec.envMeans ?? {}).map(([key, value]) => `${key} (${value})`),
  ];
  return [
    `\`${flagOf(name)}\`${spec.short === undefined ? "" : `, \`-${spec.short}\``}`,
    variables.join(", "),
    spec.from === "flag"
      ? ""
      : fileKeysOf(name)
          .map((key) => `\`${key}\``)
          .join(", "),
    accepts(spec),
    spec.default ?? "",
    spec.doc,
    WHO[spec.from],
  ];
}
