import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import type { Section, Strategy, WorkKind } from "./work.ts";

export const WORK_KINDS = [
  "analyze",
  "document",
  "refactor",
  "test",
  "review",
  "optimize",
  "security",
  "architecture",
  "migration",
] as const satisfies readonly WorkKind[];

const SECTIONS: readonly Section[] = [
  "metadata",
  "target_module",
  "dependencies",
  "module_api",
  "examples",
  "target_code",
  "patterns",
  "context",
  "diff",
  "toc",
];

export type Strategies = Readonly<Record<WorkKind, Strategy>>;

/**
 * How each kind of work is done unless a project says otherwise. The first three are the seeds' own figures (tokens, seconds,
 * sections); the others follow the same form. Minutes by hand are what a reviewer needs to read so much code.
 */
export const STRATEGIES: Strategies = {
  analyze: strategy("analyze", 6_000, 60, ["metadata", "target_module", "dependencies"], 3_000, 20),
  document: strategy("document", 4_000, 30, ["module_api", "examples"], 3_000, 25),
  refactor: strategy("refactor", 8_000, 90, ["target_code", "patterns", "context"], 4_000, 30),
  test: strategy("test", 6_000, 90, ["metadata", "module_api", "examples", "dependencies"], 4_000, 30),
  review: strategy("review", 6_000, 60, ["metadata", "target_module", "dependencies", "diff"], 3_000, 15),
  optimize: strategy("optimize", 8_000, 90, ["metadata", "target_code", "dependencies", "context"], 3_000, 30),
  security: strategy("security", 6_000, 60, ["metadata", "target_module", "dependencies"], 3_000, 25),
  architecture: strategy("architecture", 8_000, 120, ["metadata", "target_module", "dependencies", "toc"], 3_000, 20),
  migration: strategy("migration", 8_000, 120, ["metadata", "target_module", "dependencies", "toc"], 3_000, 30),
};

function strategy(
  kind: WorkKind,
  maxTokens: number,
  seconds: number,
  include: readonly Section[],
  maxOutputTokens: number,
  manualMinutes: number,
): Strategy {
  return { kind, maxTokens, timeoutMs: seconds * 1_000, include, maxOutputTokens, manualMinutes };
}

/** A field of a strategy as a person may write it. */
interface SettingRule {
  readonly field: Exclude<keyof Strategy, "kind">;
  readonly accepts: string;
  /** Undefined where the value is not accepted. */
  read(value: unknown): number | readonly Section[] | undefined;
}

const SETTINGS: Readonly<Record<string, SettingRule>> = {
  maxTokens: { field: "maxTokens", accepts: "whole tokens from 500 to 2000000", read: whole(500, 2_000_000) },
  timeout: { field: "timeoutMs", accepts: "seconds from 1 to 3600", read: seconds },
  include: { field: "include", accepts: `a list of ${SECTIONS.join(", ")}`, read: sections },
  maxOutputTokens: { field: "maxOutputTokens", accepts: "whole tokens from 64 to 200000", read: whole(64, 200_000) },
  manualMinutes: { field: "manualMinutes", accepts: "minutes from 0 to 10000", read: minutes },
};

/**
 * The strategies `below` with a project's own figures in their place: `{ analyze: { maxTokens: 3000, timeout: 45 } }`. Both spellings of
 * a key hold (`max_tokens`, as the strategy document writes it). Pure. Throws `config-invalid` naming the key, the value met and
 * what is accepted; `from` says where it was written.
 */
export function mergeStrategies(settings: unknown, from: string, below: Strategies = STRATEGIES): Strategies {
  if (settings === undefined || settings === null) return below;
  const merged: Record<WorkKind, Strategy> = { ...below };
  for (const [kind, own] of Object.entries(objectAt(settings, "strategies", from))) {
    if (!isWorkKind(kind)) throw unknown(`strategies.${kind}`, kind, WORK_KINDS, from);
    merged[kind] = { ...merged[kind], ...readSettings(own, `strategies.${kind}`, from) };
  }
  return merged;
}

/** True for the name of a kind of work. Pure. */
export function isWorkKind(name: string): name is WorkKind {
  return (WORK_KINDS as readonly string[]).includes(name);
}

function readSettings(own: unknown, at: string, from: string): Partial<Strategy> {
  const read: [string, unknown][] = [];
  for (const [written, value] of Object.entries(objectAt(own, at, from))) {
    const key = written.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const rule = Object.hasOwn(SETTINGS, key) ? SETTINGS[key] : undefined;
    if (rule === undefined) throw unknown(`${at}.${written}`, written, Object.keys(SETTINGS), from);
    const accepted = rule.read(value);
    if (accepted === undefined) {
      const met = JSON.stringify(value);
      throw new AllotError("config-invalid", `${from}: ${at}.${written} is ${met}; ${rule.accepts} are accepted`);
    }
    read.push([rule.field, accepted]);
  }
  return Object.fromEntries(read);
}

function objectAt(value: unknown, at: string, from: string): Readonly<Record<string, unknown>> {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new AllotError("config-invalid", `${from}: ${at} is ${JSON.stringify(value)}; an object is accepted`);
}

function unknown(at: string, name: string, known: readonly string[], from: string): AllotError {
  return new AllotError(
    "config-invalid",
    `${from}: ${at} is not known; ${known.join(", ")} are accepted.${didYouMean(name, known)}`,
  );
}

function whole(least: number, most: number): SettingRule["read"] {
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}

function seconds(value: unknown): number | undefined {
  return typeof value === "number" && value >= 1 && value <= 3_600 ? Math.round(value * 1_000) : undefined;
}

function minutes(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= 10_000 ? value : undefined;
}

function sections(value: unknown): readonly Section[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.every((name) => SECTIONS.includes(name as Section)) ? [...new Set(value as Section[])] : undefined;
}
