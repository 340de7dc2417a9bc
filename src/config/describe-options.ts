import { OPTION_NAMES, fileKeysOf, flagOf, optionSpec } from "./options.ts";
import type { OptionName } from "./options.ts";
import { EVERYWHERE } from "./parse-flags.ts";

/** One option as help shows it. */
export interface OptionHelp {
  readonly name: OptionName;
  /** `-y, --yes`, `--limit-usd USD`. */
  readonly flag: string;
  /** What it does, with its default where it has one. */
  readonly text: string;
}

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  usd: "USD",
  duration: "TIME",
  url: "URL",
  path: "PATH",
  count: "N",
};

/** The options of a command for `--help`: its own first, in the table's order, those that every command has last. Pure. */
export function describeOptions(options: readonly OptionName[]): readonly OptionHelp[] {
  const named = OPTION_NAMES.filter((name) => options.includes(name) && !EVERYWHERE.includes(name));
  const [own, others] = [true, false].map((is) =>
    named.filter((name) => (optionSpec(name).group === "command") === is),
  );
  return [...(own ?? []), ...(others ?? []), ...EVERYWHERE].map((name) => {
    const spec = optionSpec(name);
    const short = spec.short === undefined ? "" : `-${spec.short}, `;
    const value =
      spec.kind === "choice" ? (spec.choices ?? []).join("|") : (spec.placeholder ?? PLACEHOLDERS[spec.kind] ?? "TEXT");
    const written = spec.kind === "flag" ? "" : spec.alone === true ? `[=${value}]` : ` ${value}`;
    const shown = spec.kind === "flag" || spec.default === null ? "" : ` (default ${spec.default})`;
    return {
      name,
      flag: `${short}${flagOf(name)}${written}`,
      text: `${spec.doc}${shown}`,
    };
  });
}

/** Everything that can be written in a configuration file, for messages. */
export function fileKeys(): readonly string[] {
  return [
    ...OPTION_NAMES.filter((name) => optionSpec(name).from !== "flag").flatMap(fileKeysOf),
    "upstreams",
    "models",
    "limits",
    "routes",
    "strategies",
  ];
}
