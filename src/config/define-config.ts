import type { TASK_TYPES } from "../foundation/task-types.ts";
import type { LimitSetting, RawFile } from "./config.ts";
import type { OPTIONS, OptionName, OptionSpec } from "./options.ts";

/** "limitUsd" -> "limit_usd": an option's key in files. */
type SnakeCase<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : "";

type Written<Spec extends OptionSpec> = Spec["kind"] extends "flag"
  ? boolean
  : Spec["kind"] extends "count"
    ? number
    : Spec["kind"] extends "usd"
      ? number | string
      : Spec["kind"] extends "pairs"
        ? Readonly<Record<string, string>>
        : Spec["kind"] extends "names"
          ? string | readonly string[] | Readonly<Record<string, string | readonly string[]>>
          : Spec["kind"] extends "words"
            ? string | readonly string[]
            : string;

type Measure = "tokens" | "usd" | "cost" | "requests";
type LimitKey = `${Measure}_per_${"hour" | "5h" | "day" | "week" | "month"}` | `${Measure}_total`;

/** Whole tokens and requests, dollars; "none" takes a default away. */
export type LimitCaps = { readonly [Key in LimitKey]?: number | string | null };

type Thresholds = { readonly [Name in "warning" | "soft" | "hard" | "critical"]?: number };

/** The `limits` section: caps by scope, for each one ("*" or directly) or for one by name. */
export type LimitsConfig = {
  readonly [Scope in LimitSetting["scope"]]?: LimitCaps | Readonly<Record<string, LimitCaps>>;
} & {
  readonly thresholds?: Thresholds;
  /** IANA name of the zone in which a month begins. */
  readonly time_zone?: string;
} & ThrottleFields;

/** The guide's names: limits of each session, dollars of a month of all, shares at which levels begin. */
export type ThrottleFields = LimitCaps & { readonly [Name in keyof Thresholds as `${Name}_threshold`]?: number };

/** The `routes` section: rows of the routing table to change, agents of one's own, and what happens where it is unsure. */
export type RoutesConfig = {
  readonly [Type in (typeof TASK_TYPES)[number]]?: {
    readonly agent?: string;
    readonly model?: string;
    readonly session?: string;
    readonly simple_model?: string | null;
  };
} & {
  readonly agents?: Readonly<Record<string, { readonly model: string; readonly session?: string }>>;
  readonly premium?: string;
  readonly sure_from?: number;
  readonly unsure?: "premium" | "ask" | "ask-model";
  readonly ask_model?: string;
};

/** What a configuration file can hold, with the same names. */
export type AllotConfig = {
  readonly [Name in OptionName as (typeof OPTIONS)[Name]["from"] extends "flag" ? never : SnakeCase<Name>]?: Written<
    (typeof OPTIONS)[Name]
  >;
} & {
  /** The same as `fallback`. */
  readonly fallback_models?: AllotConfig["fallback"];
  readonly limits?: LimitsConfig;
  readonly routes?: RoutesConfig;
  /** How kinds of work on a codebase are done: `{ analyze: { max_tokens: 3000, timeout: 45 } }`. */
  readonly strategies?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly models?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly upstreams?: Readonly<Record<string, string>>;
};

/**
 * A configuration as a program states it, with names and types checked while it is written. Its values are checked where
 * it is used: see `ConfigSources.program`. Pure.
 */
export function defineConfig(config: AllotConfig): AllotConfig {
  return config;
}

/** A program's configuration in the shape of a file's. */
export function programFile(config: AllotConfig): RawFile {
  return { path: "defineConfig", values: config };
}

/**
 * The guide's way to state limits: `new ThrottleConfig({ tokens_per_day: 500_000, cost_per_day: 25 })`, to be given as
 * `limits`. What is not stated keeps its default.
 */
export class ThrottleConfig implements ThrottleFields {
  constructor(fields: ThrottleFields = {}) {
    Object.assign(this, fields);
  }
}
