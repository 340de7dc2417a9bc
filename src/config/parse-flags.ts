import { parseArgs } from "node:util";
import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import type { RawFlags } from "./config.ts";
import { OPTION_NAMES, flagOf, optionSpec } from "./options.ts";
import type { OptionName } from "./options.ts";

export interface ParsedFlags {
  readonly flags: RawFlags;
  readonly positionals: readonly string[];
}

/** Options that every command has. */
export const EVERYWHERE: readonly OptionName[] = ["help", "home", "color"];

/**
 * Splits a command's arguments into its options and the rest. Accepts `--flag value`, `--flag=value`, `--no-flag`, short
 * letters and `--`; an option given twice counts with its last value, a repeatable one with all.
 *
 * Values stay text (checked by `loadConfig`). Throws `usage` for what the command does not know, naming the closest.
 */
export function parseFlags(argv: readonly string[], options: readonly OptionName[]): ParsedFlags {
  const known = [...new Set([...options, ...EVERYWHERE])];
  const byFlag = new Map(known.map((name) => [flagOf(name).slice(2), name]));
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      known.map((name) => {
        const { kind, short } = optionSpec(name);
        const type: "boolean" | "string" = kind === "flag" ? "boolean" : "string";
        return [flagOf(name).slice(2), { type, ...(short === undefined ? {} : { short }) }];
      }),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const flags: Partial<Record<OptionName, string | boolean | readonly string[]>> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { name, value } = read(token, byFlag, known);
    const before = flags[name];
    const repeatable = optionSpec(name).kind === "pairs";
    flags[name] = repeatable ? [...(Array.isArray(before) ? before : []), String(value)] : value;
  }
  return { flags, positionals };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function read(
  token: OptionToken,
  byFlag: ReadonlyMap<string, OptionName>,
  known: readonly OptionName[],
): { readonly name: OptionName; readonly value: string | boolean } {
  const negated = token.name.startsWith("no-") && !byFlag.has(token.name);
  const name = byFlag.get(negated ? token.name.slice(3) : token.name);
  if (name === undefined) throw unknownFlag(token.rawName, known);
  const spec = optionSpec(name);
  if (negated) {
    if (spec.choices?.includes("never") === true) return { name, value: "never" };
    if (spec.kind === "flag" && token.value === undefined) return { name, value: false };
    throw unknownFlag(token.rawName, known);
  }
  if (spec.kind === "flag") return { name, value: token.value ?? true };
  // "--big --small x" would take "--small" for the model's name; a value that looks like an option needs the = form.
  if (token.value === undefined || (token.inlineValue !== true && /^--?[a-z]/.test(token.value))) {
    throw new AllotError("usage", `${token.rawName} needs a value: ${flagOf(name)} ${spec.placeholder ?? "VALUE"}`);
  }
  return { name, value: token.value };
}

function unknownFlag(written: string, known: readonly OptionName[]): AllotError {
  const elsewhere = OPTION_NAMES.find((name) => flagOf(name) === written);
  if (elsewhere === undefined && /key|token|secret|password/i.test(written)) {
    return new AllotError(
      "usage",
      `${written} is not an option: keys are read from the environment only (ANTHROPIC_API_KEY ...)`,
    );
  }
  const hint = elsewhere === undefined ? didYouMean(written, known.map(flagOf)) : " It belongs to other commands.";
  return new AllotError("usage", `${written} is not an option of this command.${hint} --help lists them.`);
}
