import type { NanoUsd } from "../foundation/units.ts";
import type { OPTIONS, OptionName } from "./options.ts";
import type { RouteSettings } from "./route-settings.ts";
import type { Secret } from "./secret.ts";

/*
 * Configuration: what was written (flags, environment, files) and what it means. One table of options (options.ts) yields
 * flag, variable, file key, validation, help and docs/config.md. Highest first: flag, environment, `defineConfig`, the project's file
 * (allot.config.json, .allot/config.json), the user's file (~/.allot/config.json), default.
 *
 * Invariants: a resolved value knows where it came from; nothing is read globally (environment, folders and file access
 * are passed in); unknown keys are errors; keys of providers come from the environment only and are never printed.
 * A project's file is part of a repository that may be a stranger's: it cannot move addresses, prices or permissions.
 *
 * Rejected: one big schema beside the table (two places to change), silent ignoring of unknown keys (typos cost money).
 */

/** What was typed on the command line, unchecked: text, true/false, or all values of a repeatable option. */
export type RawFlags = Readonly<Partial<Record<OptionName, string | boolean | readonly string[]>>>;

/** What was written, by source, before it means anything. */
export interface RawConfig {
  readonly flags: RawFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of a program that uses allot as a library: above the files. */
  readonly program: RawFile | undefined;
  readonly project: RawFile | undefined;
  readonly user: RawFile | undefined;
}

/** A configuration file as parsed, keys as written. */
export interface RawFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A section of a file, as it was written. */
export interface RawSection {
  readonly path: string;
  readonly value: unknown;
}

type ValueOf<Spec> = Spec extends { readonly kind: "flag" }
  ? boolean
  : Spec extends { readonly kind: "count" | "duration" }
    ? number
    : Spec extends { readonly kind: "usd" }
      ? NanoUsd
      : Spec extends { readonly kind: "choice"; readonly choices: readonly (infer Choice)[] }
        ? Choice
        : Spec extends { readonly kind: "pairs" }
          ? Readonly<Record<string, string>>
          : Spec extends { readonly kind: "names" }
            ? NameLists
            : Spec extends { readonly kind: "words" }
              ? readonly string[]
              : Spec extends { readonly kind: "secret" }
                ? Secret
                : string;

/** Lists of names by what they are for; "*" for all. A plain list is that of "*". */
export type NameLists = Readonly<Record<string, readonly string[]>>;

/** Every option by name; durations in milliseconds, money in nano-dollars, paths absolute; null where nothing is set. */
export type Settings = {
  readonly [Name in OptionName]: (typeof OPTIONS)[Name] extends { readonly default: null }
    ? ValueOf<(typeof OPTIONS)[Name]> | null
    : ValueOf<(typeof OPTIONS)[Name]>;
};

/** Where a value came from: `name` is the flag, the variable, or the file's path. */
export interface Origin {
  readonly kind: "flag" | "environment" | "program" | "project file" | "user file" | "default";
  readonly name: string;
}

export type ProviderId = "anthropic" | "openai" | "xai" | "google" | "ollama" | "openai-compatible";

export interface ProviderSettings {
  /** As stated by the user; null: the provider's usual address. */
  readonly baseUrl: string | null;
  readonly baseUrlOrigin: Origin;
  readonly apiKey: Secret | null;
  /** The variable the key was found in, or the first one that would be read. */
  readonly keyVariable: string;
}

/** Where the store is. */
export type StorePlace =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: Secret; readonly shown: string };

/** A model of the user's file; money in dollars per million tokens. */
export interface ModelSettings {
  readonly provider?: string;
  readonly label?: string;
  readonly tier?: "small" | "big";
  readonly aliases?: readonly string[];
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  readonly reasoning?: number;
  readonly batch?: number;
  readonly priority?: number;
  readonly longContext?: readonly LongContextSettings[];
}

export interface LongContextSettings {
  readonly aboveInputTokens: number;
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  readonly reasoning?: number;
}

/** A cap of the `limits` section. A budget is capped by the command that opens it. */
export interface LimitSetting {
  readonly scope: "session" | "run" | "key" | "project" | "provider" | "model" | "global";
  /** "*": each one by itself. */
  readonly of: string;
  readonly window: "hour" | "5h" | "day" | "week" | "month" | "ever";
  readonly measure: "tokens" | "nanoUsd" | "requests";
  /** Whole tokens, nano-dollars or requests; null: no limit, where there would be one. */
  readonly amount: number | null;
}

/** What one source states of limits; of two statements about the same, the later one holds. */
export interface LimitSettings {
  readonly limits: readonly LimitSetting[];
  /** Thousandths of a limit. */
  readonly thresholds: Readonly<Partial<Record<"warning" | "soft" | "hard" | "critical", number>>>;
  readonly timeZone: string | null;
}

/** What it all means; frozen. JSON of it holds no secret. */
export interface Config {
  /** `db` is for people: of an address, without its password. */
  readonly settings: Settings;
  readonly store: StorePlace;
  readonly origins: Readonly<Record<OptionName, Origin>>;
  readonly providers: Readonly<Record<ProviderId, ProviderSettings>>;
  /** The user's own models and prices, for the catalogue. */
  readonly models: Readonly<Record<string, ModelSettings>>;
  /** Limits of the user and of the project, for the throttle: the project's only ever lower the others. */
  readonly limits: { readonly user: LimitSettings; readonly project: LimitSettings };
  /** Changes to the routing table, by who stated them: the project's may make nothing dearer. */
  readonly routes: RouteSettings;
  /** Changes to the strategies of work on a codebase, lowest first; what they may hold is theirs to check (`tasks/strategies.ts`). */
  readonly strategies: readonly RawSection[];
  /** The files that were read. */
  readonly files: readonly string[];
}
