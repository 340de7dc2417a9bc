import { parseArgs } from "node:util";
import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import type { RawFlags } from "./config.ts";
import { OPTION_NAMES, flagOf, optionSpec } from "./options.ts";
import type { OptionKind, OptionName } from "./options.ts";

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
        const { kind, short, alone } = optionSpec(name);
        const type: "boolean" | "string" = kind === "flag" || alone === true ? "boolean" : "string";
        return [flagOf(name).slice(2), { type, ...(short === undefined ? {} : { short }) }];
      }),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const flags: Partial<Record<OptionName, string | boolean | readonly string[]>> = {};
  const positionals: string[] = [];
  let taken = -1;
  for (const token of tokens) {
    if (token.kind === "positional" && token.index !== taken) positionals.push(token.value);
    if (token.kind !== "option") continue;
    const next = tokens.find((other) => other.index === token.index + 1);
    const word = next?.kind === "positional" ? next.value : undefined;
    const { name, value } = read(token, byFlag, known, word);
    if (token.value === undefined && typeof value === "string" && value === word) taken = token.index + 1;
    const before = flags[name];
    const repeatable = REPEATABLE.includes(optionSpec(name).kind) && typeof value === "string";
    flags[name] = repeatable ? [...(Array.isArray(before) ? before : []), value] : value;
  }
  return { flags, positionals };
}

const REPEATABLE: readonly OptionKind[] = ["pairs", "words"];

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
  next: string | undefined,
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
  if (spec.alone === true && token.value === undefined) return { name, value: isOf(spec.choices, next) ? next : true };
  // "--big --small x" would take "--small" for the model's name; a value that looks like an option needs the = form.
  if (token.value === undefined || (token.inlineValue !== true && /^--?[a-z]/.test(token.value))) {
    throw new AllotError("usage", `${token.rawName} needs a value: ${flagOf(name)} ${spec.placeholder ?? "VALUE"}`);
  }
  return { name, value: token.value };
}

/** `--suggestions security,style` takes the words, `--suggestions src/a.py` leaves the path where it is. */
function isOf(choices: readonly string[] | undefined, next: string | undefined): next is string {
  return next !== undefined && next.split(",").every((word) => choices?.includes(word.trim()) === true);
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
