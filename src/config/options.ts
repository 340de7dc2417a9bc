/**
 * Every option of allot, once. Flags, environment variables, file keys, validation, help and `docs/config.md` are all made
 * from this table. A name here is the key in `Config.settings`; its flag is the name in kebab-case, its file key in snake_case.
 */
export interface OptionSpec {
  readonly kind: OptionKind;
  /** Used where nobody states a value; as one would type it, null for "none". */
  readonly default: string | null;
  /** One line; what it does, not what type it is. */
  readonly doc: string;
  readonly group: OptionGroup;
  readonly env?: readonly string[];
  /** Other names of its file key. */
  readonly alsoInFiles?: readonly string[];
  /** Variables that stand for one value when they are set at all: NO_COLOR. */
  readonly envMeans?: Readonly<Record<string, string>>;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** One letter. */
  readonly short?: string;
  /** What help shows for the value: FILE, URL. */
  readonly placeholder?: string;
  /**
   * Who may state it. "anyone": also the project's file, which comes with the repository and may be a stranger's.
   * "user": the user's own file, environment and flags. "flag": this call only.
   */
  readonly from: "anyone" | "user" | "flag";
}

/**
 * flag: yes or no. count: whole number. usd: dollars, exact. duration: 90s, 10m. pairs: NAME=VALUE, repeatable. store: a
 * path, or the address of a Postgres database. names: a list of names, in files also a map of such lists. secret: never shown.
 */
export type OptionKind =
  | "flag"
  | "text"
  | "secret"
  | "count"
  | "usd"
  | "duration"
  | "choice"
  | "path"
  | "url"
  | "pairs"
  | "store"
  | "names";
export type OptionGroup =
  | "models"
  | "run"
  | "money"
  | "checks"
  | "places"
  | "addresses"
  | "gateway"
  | "output"
  | "command";

export const OPTIONS = {
  big: {
    kind: "text",
    default: null,
    group: "models",
    env: ["ALLOT_BIG"],
    placeholder: "MODEL",
    from: "anyone",
    doc: "model that plans, advises and verifies; any name or alias of `allot models`, or PROVIDER/NAME",
  },
  small: {
    kind: "text",
    default: null,
    group: "models",
    env: ["ALLOT_SMALL"],
    placeholder: "MODEL",
    from: "anyone",
    doc: "model that carries out mini-tasks",
  },
  provider: {
    kind: "choice",
    choices: ["anthropic", "openai", "xai", "google", "ollama", "openai-compatible", "offline"],
    default: null,
    group: "models",
    env: ["LLM_DEFAULT_PROVIDER"],
    from: "anyone",
    doc: "provider to take models from when several are set up",
  },
  claudeModel: {
    kind: "text",
    default: null,
    group: "models",
    env: ["CLAUDE_MODEL"],
    placeholder: "MODEL",
    from: "anyone",
    doc: "big model when the provider is Anthropic",
  },
  grokModel: {
    kind: "text",
    default: "grok-beta",
    group: "models",
    env: ["GROK_MODEL"],
    placeholder: "MODEL",
    from: "anyone",
    doc: "big model when the provider is xAI; grok-beta stands for its successor of today, any name is accepted",
  },
  fallback: {
    kind: "names",
    default: null,
    group: "models",
    env: ["ALLOT_FALLBACK"],
    alsoInFiles: ["fallback_models"],
    placeholder: "NAMES",
    from: "user",
    doc: "who may answer where the model that was asked for cannot: providers (gpt, gemini, local), models or PROVIDER/MODEL, in this order; chain for the usual ones; none without it",
  },
  preferGrok: {
    kind: "flag",
    default: "no",
    group: "models",
    env: ["ALLOT_PREFER_GROK"],
    from: "user",
    doc: "ask xAI's Grok first where it is set up, then the model that was asked for, then the fallbacks",
  },
  offline: {
    kind: "flag",
    default: "no",
    group: "models",
    env: ["ALLOT_OFFLINE"],
    from: "anyone",
    doc: "ask no model at all: plan by static analysis, carry out exact steps only",
  },
  prices: {
    kind: "text",
    default: "current",
    group: "money",
    env: ["ALLOT_PRICES"],
    placeholder: "LIST",
    from: "user",
    doc: "price list: current, or seeds-2025-10 (the table of October 2025)",
  },
  limitUsd: {
    kind: "usd",
    default: null,
    group: "money",
    env: ["ALLOT_LIMIT_USD"],
    from: "anyone",
    doc: "most that one run may hold and spend; a project's file can only lower the user's own",
  },
  budget: {
    kind: "text",
    default: null,
    group: "money",
    env: ["ALLOT_BUDGET"],
    placeholder: "ID",
    from: "user",
    doc: "budget that all calls draw on; `allot exec --limit-usd` opens one and hands it to its children by this variable",
  },
  unknownPrice: {
    kind: "choice",
    choices: ["deny", "assume-max", "allow-flagged"],
    default: "assume-max",
    group: "money",
    env: ["ALLOT_UNKNOWN_PRICE"],
    from: "user",
    doc: "a model without known price: refuse it, hold and count it at the dearest rates there are, or let it pass limits in dollars and count it all the same",
  },
  holdExpiry: {
    kind: "duration",
    min: 60_000,
    max: 2_592_000_000,
    default: "24h",
    group: "money",
    env: ["ALLOT_HOLD_EXPIRY"],
    from: "user",
    doc: "a call of which nobody has heard for so long is no longer waited for: its hold counts as spent",
  },
  unknownCalls: {
    kind: "choice",
    choices: ["again", "ask"],
    default: "again",
    group: "money",
    env: ["ALLOT_UNKNOWN_CALLS"],
    from: "user",
    doc: "a call whose host died before its answer came stays counted at its hold: make it once more, which is told, or ask",
  },
  decision: {
    kind: "choice",
    choices: ["auto", "delegate", "direct"],
    default: "auto",
    group: "run",
    env: ["ALLOT_DECISION"],
    from: "user",
    doc: "split the goal into mini-tasks, let one strong model do it, or decide by the goal",
  },
  planner: {
    kind: "choice",
    choices: ["auto", "static", "model"],
    default: "auto",
    group: "run",
    env: ["ALLOT_PLANNER"],
    from: "user",
    doc: "who plans: static analysis (splits of modules only), the big model, or the big model where there is one",
  },
  yes: {
    kind: "flag",
    default: "no",
    short: "y",
    group: "run",
    env: ["ALLOT_YES"],
    from: "user",
    doc: "carry out the plan without asking",
  },
  concurrency: {
    kind: "count",
    min: 1,
    max: 64,
    default: "2",
    group: "run",
    env: ["ALLOT_CONCURRENCY"],
    placeholder: "TASKS",
    from: "anyone",
    doc: "mini-tasks carried out at the same time",
  },
  maxLines: {
    kind: "count",
    min: 20,
    max: 100_000,
    default: "600",
    group: "run",
    env: ["ALLOT_MAX_LINES"],
    placeholder: "LINES",
    from: "anyone",
    doc: "longest file a split may leave",
  },
  session: {
    kind: "text",
    default: "default",
    group: "run",
    env: ["SESSION_ID"],
    placeholder: "NAME",
    from: "user",
    doc: "who is spending: calls are counted under this name",
  },
  learn: {
    kind: "choice",
    choices: ["on", "off"],
    default: "on",
    group: "run",
    env: ["ALLOT_LEARN"],
    from: "user",
    doc: "let what you said of tasks, and what became of them, shift where the next ones go",
  },
  priority: {
    kind: "choice",
    choices: ["low", "normal", "high", "critical"],
    default: "normal",
    group: "run",
    env: ["ALLOT_PRIORITY"],
    from: "user",
    doc: "what calls may do when limits are near: low waits first, critical goes always and may leave debt",
  },
  callTimeout: {
    kind: "duration",
    min: 1000,
    max: 7_200_000,
    default: "60s",
    group: "run",
    env: ["ALLOT_CALL_TIMEOUT"],
    from: "anyone",
    doc: "longest wait for a model: for the whole answer, or for the first sign of a streamed one (long answers are streamed)",
  },
  idleTimeout: {
    kind: "duration",
    min: 1000,
    max: 7_200_000,
    default: "60s",
    group: "run",
    env: ["ALLOT_IDLE_TIMEOUT"],
    from: "anyone",
    doc: "longest silence inside a streamed answer",
  },
  test: {
    kind: "text",
    default: null,
    group: "checks",
    env: ["ALLOT_TEST"],
    placeholder: "COMMAND",
    from: "anyone",
    doc: "the project's own test command; found by itself where the project says it (package.json, pytest ...)",
  },
  commandTimeout: {
    kind: "duration",
    min: 100,
    max: 7_200_000,
    default: "10m",
    group: "checks",
    env: ["ALLOT_COMMAND_TIMEOUT"],
    from: "anyone",
    doc: "time limit for each command that allot runs to check a result",
  },
  network: {
    kind: "choice",
    choices: ["off", "on"],
    default: "off",
    group: "checks",
    env: ["ALLOT_NETWORK"],
    from: "user",
    doc: "network for those commands; off where the system can withhold it",
  },
  repo: {
    kind: "path",
    default: ".",
    group: "places",
    env: ["ALLOT_REPO"],
    placeholder: "DIR",
    from: "user",
    doc: "git repository to work on",
  },
  home: {
    kind: "path",
    default: "~/.allot",
    group: "places",
    env: ["ALLOT_HOME"],
    placeholder: "DIR",
    from: "flag",
    doc: "folder of the user's configuration, store and logs",
  },
  db: {
    kind: "store",
    default: "$ALLOT_HOME/allot.db",
    group: "places",
    env: ["ALLOT_DB"],
    placeholder: "FILE|URL",
    from: "user",
    doc: "the store: runs, calls, ledger; an SQLite file on a local disk, or postgres://USER@HOST/DATABASE for many machines",
  },
  workspaceDir: {
    kind: "path",
    default: "$ALLOT_HOME/workspaces",
    group: "places",
    env: ["WORKSPACE_DIR"],
    placeholder: "DIR",
    from: "user",
    doc: "folder in which the minimal workspaces of mini-tasks are made",
  },
  anthropicBaseUrl: {
    kind: "url",
    default: null,
    group: "addresses",
    env: ["ANTHROPIC_BASE_URL"],
    from: "user",
    doc: "address of Anthropic's API",
  },
  openaiBaseUrl: {
    kind: "url",
    default: null,
    group: "addresses",
    env: ["OPENAI_BASE_URL", "OPENAI_API_BASE"],
    from: "user",
    doc: "address of OpenAI's API",
  },
  xaiBaseUrl: {
    kind: "url",
    default: null,
    group: "addresses",
    env: ["XAI_BASE_URL"],
    from: "user",
    doc: "address of xAI's API",
  },
  googleBaseUrl: {
    kind: "url",
    default: null,
    group: "addresses",
    env: ["GOOGLE_GEMINI_BASE_URL", "GEMINI_BASE_URL"],
    from: "user",
    doc: "address of Google's Gemini API",
  },
  ollamaBaseUrl: {
    kind: "url",
    default: null,
    group: "addresses",
    env: ["OLLAMA_HOST", "OLLAMA_BASE_URL"],
    from: "user",
    doc: "address of Ollama; tried at http://127.0.0.1:11434 when not set",
  },
  openaiCompatibleBaseUrl: {
    kind: "url",
    default: null,
    group: "addresses",
    env: ["OPENAI_COMPATIBLE_BASE_URL"],
    from: "user",
    doc: "address of any endpoint that speaks OpenAI's chat completions",
  },
  upstream: {
    kind: "pairs",
    default: null,
    group: "addresses",
    placeholder: "NAME=URL",
    from: "user",
    doc: "points a provider at another address (repeatable); ALLOT_UPSTREAM_NAME does the same",
  },
  port: {
    kind: "count",
    min: 0,
    max: 65_535,
    default: "7878",
    group: "gateway",
    env: ["ALLOT_PORT"],
    placeholder: "PORT",
    from: "user",
    doc: "port of the gateway on this machine; 0 takes any free one",
  },
  host: {
    kind: "text",
    default: "127.0.0.1",
    group: "gateway",
    env: ["ALLOT_HOST"],
    placeholder: "ADDRESS",
    from: "user",
    doc: "address the gateway listens on; another than this machine's own lets others in who have a key",
  },
  hostNames: {
    kind: "text",
    default: null,
    group: "gateway",
    env: ["ALLOT_HOST_NAMES"],
    placeholder: "NAME,...",
    from: "user",
    doc: "names besides localhost under which clients may ask the gateway",
  },
  key: {
    kind: "secret",
    default: null,
    group: "gateway",
    env: ["ALLOT_KEY"],
    placeholder: "KEY",
    from: "flag",
    doc: "a key that clients of the gateway may use besides those of `allot key`; better by its variable, for others see arguments",
  },
  disconnect: {
    kind: "text",
    default: "abort",
    group: "gateway",
    env: ["ALLOT_DISCONNECT"],
    placeholder: "abort|drain|TOKENS",
    from: "user",
    doc: "when a client leaves: stop the call, read it to its end, or until so many more tokens were written",
  },
  firstByteTimeout: {
    kind: "duration",
    min: 100,
    max: 3_600_000,
    default: "60s",
    group: "gateway",
    env: ["ALLOT_FIRST_BYTE_TIMEOUT"],
    from: "user",
    doc: "longest the gateway waits for a streamed answer to begin",
  },
  answerTimeout: {
    kind: "duration",
    min: 100,
    max: 7_200_000,
    default: "10m",
    group: "gateway",
    env: ["ALLOT_ANSWER_TIMEOUT"],
    from: "user",
    doc: "longest the gateway waits for an answer that is not streamed",
  },
  hold: {
    kind: "duration",
    min: 0,
    max: 300_000,
    default: "20s",
    group: "gateway",
    env: ["ALLOT_HOLD"],
    from: "user",
    doc: "a request that limits refuse is held so long at most, where there is room again by then",
  },
  json: {
    kind: "flag",
    default: "no",
    group: "output",
    env: ["ALLOT_JSON"],
    from: "user",
    doc: "one JSON object (or one a line for events) instead of text",
  },
  color: {
    kind: "choice",
    choices: ["auto", "always", "never"],
    default: "auto",
    group: "output",
    env: ["ALLOT_COLOR"],
    envMeans: { NO_COLOR: "never", FORCE_COLOR: "always" },
    from: "user",
    doc: "colours, also where the output is no terminal (always) or nowhere (never)",
  },
  help: { kind: "flag", default: "no", short: "h", group: "command", from: "flag", doc: "show help and stop" },
  version: { kind: "flag", default: "no", group: "command", from: "flag", doc: "show the version and stop" },
  base: {
    kind: "text",
    default: null,
    group: "command",
    placeholder: "REV",
    from: "flag",
    doc: "revision before the work",
  },
  head: {
    kind: "text",
    default: null,
    group: "command",
    placeholder: "REV",
    from: "flag",
    doc: "revision with the work",
  },
  task: {
    kind: "path",
    default: null,
    group: "command",
    placeholder: "FILE",
    from: "flag",
    doc: "mini-task file that says what was asked",
  },
  report: {
    kind: "path",
    default: null,
    group: "command",
    placeholder: "FILE",
    from: "flag",
    doc: "what the worker says of its work; compared with the facts, never believed",
  },
  tier: {
    kind: "choice",
    choices: ["small", "big"],
    default: null,
    group: "command",
    from: "flag",
    doc: "only models of this tier",
  },
  commit: {
    kind: "flag",
    default: "no",
    group: "command",
    from: "flag",
    doc: "put the result on the current branch as one commit",
  },
  pr: {
    kind: "flag",
    default: "no",
    group: "command",
    from: "flag",
    doc: "push the result's branch and open a pull request with the report, through the gh program",
  },
  merge: {
    kind: "flag",
    default: "no",
    group: "command",
    from: "flag",
    doc: "merge the result's branch into the current one",
  },
  template: {
    kind: "text",
    default: null,
    group: "command",
    placeholder: "NAME",
    from: "flag",
    doc: "start from a saved plan of `allot templates`",
  },
  as: {
    kind: "text",
    default: null,
    group: "command",
    placeholder: "TYPE",
    from: "flag",
    doc: "the task is of this type: ui, coding, testing, debugging, documentation, research, analysis, automation",
  },
  previous: {
    kind: "text",
    default: null,
    group: "command",
    placeholder: "TYPE",
    from: "flag",
    doc: 'type of the task before, which a follow-up like "ok, do that" inherits',
  },
  from: {
    kind: "path",
    default: null,
    group: "command",
    placeholder: "FILE",
    from: "flag",
    doc: "a file with one JSON object {text} a line; with --json answers one line {label, p} for each",
  },
  why: {
    kind: "flag",
    default: "no",
    group: "command",
    from: "flag",
    doc: "also the words that decided, the share of each type, and what was learnt",
  },
  lessons: {
    kind: "flag",
    default: "no",
    group: "command",
    from: "flag",
    doc: "list what was learnt",
  },
  forget: {
    kind: "flag",
    default: "no",
    group: "command",
    from: "flag",
    doc: "forget all that was learnt; with --repo only of that repository",
  },
  mix: {
    kind: "text",
    default: null,
    group: "command",
    placeholder: "TYPE=SHARE,...",
    from: "flag",
    doc: "a day's work by type in percent, like ui=50,coding=30,docs=20",
  },
  tasks: {
    kind: "count",
    min: 1,
    max: 1_000_000,
    default: null,
    group: "command",
    placeholder: "TASKS",
    from: "flag",
    doc: "tasks a day, counted at the tokens expected of each type",
  },
  budgetPerDay: {
    kind: "usd",
    default: null,
    group: "command",
    from: "flag",
    doc: "what the day would cost on the premium model alone (default 18, as in the guide)",
  },
  by: {
    kind: "choice",
    choices: ["session", "model", "agent", "task", "day", "provider", "run"],
    default: "session",
    group: "command",
    from: "flag",
    doc: "what a row is",
  },
  since: {
    kind: "text",
    default: null,
    group: "command",
    placeholder: "WHEN",
    from: "flag",
    doc: "only what was spent since then: 90m, 24h, 7d, or a date like 2026-11-01",
  },
  byHand: {
    kind: "duration",
    default: "59s",
    group: "command",
    placeholder: "TIME",
    from: "user",
    doc: "how long one task takes by hand, against which time saved is reckoned",
  },
  format: {
    kind: "choice",
    choices: ["jsonl", "csv"],
    default: "jsonl",
    group: "command",
    from: "flag",
    doc: "how entries are written",
  },
  out: {
    kind: "path",
    default: null,
    group: "command",
    placeholder: "FILE",
    from: "flag",
    doc: "file to write, which must not be there yet; standard output otherwise",
  },
  asOf: {
    kind: "text",
    default: null,
    group: "command",
    placeholder: "DATE",
    from: "flag",
    doc: "prices of that day, like 2025-10-01",
  },
  apply: {
    kind: "flag",
    default: "no",
    group: "command",
    from: "flag",
    doc: "add the differences to the ledger, as corrections",
  },
  all: {
    kind: "flag",
    default: "no",
    group: "command",
    from: "flag",
    doc: "everything that was changed",
  },
  once: {
    kind: "flag",
    default: "no",
    group: "command",
    from: "flag",
    doc: "one picture, then stop",
  },
  model: {
    kind: "text",
    default: null,
    group: "command",
    placeholder: "MODEL",
    from: "flag",
    doc: "model that the program's calls go to by default; any name or alias of `allot models`",
  },
  expiresIn: {
    kind: "duration",
    min: 1000,
    max: 315_360_000_000,
    default: null,
    group: "command",
    from: "flag",
    doc: "how long the key works, like 12h or 30d; for ever without it",
  },
  project: {
    kind: "text",
    default: null,
    group: "command",
    placeholder: "NAME",
    from: "flag",
    doc: "every call of the key counts for this project",
  },
  models: {
    kind: "text",
    default: null,
    group: "command",
    placeholder: "NAMES",
    from: "flag",
    doc: "models that the key may use, with commas between them; * stands for anything: claude-*,gpt-5; all without it",
  },
  limit: {
    kind: "pairs",
    default: null,
    group: "command",
    placeholder: "WHAT=AMOUNT",
    from: "flag",
    doc: "caps the key alone (repeatable): usd/month=100, tokens/hour=200k, requests/day=500",
  },
  write: {
    kind: "flag",
    default: "no",
    group: "command",
    from: "flag",
    doc: "put the settings into the client's own file, a backup beside it",
  },
  undo: {
    kind: "flag",
    default: "no",
    group: "command",
    from: "flag",
    doc: "take the settings out of the client's file, back to what stood there",
  },
  save: {
    kind: "text",
    default: null,
    group: "command",
    placeholder: "NAME",
    from: "flag",
    doc: "keep the plan as a template under this name",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export type OptionName = keyof typeof OPTIONS;

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

/** The table's entry, with the fields that only some entries have. */
export function optionSpec(name: OptionName): OptionSpec {
  return OPTIONS[name];
}

/** `limitUsd` -> `--limit-usd`. */
export function flagOf(name: OptionName): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Every key under which a file may state it; the first is its own. */
export function fileKeysOf(name: OptionName): readonly string[] {
  return [fileKeyOf(name), ...(optionSpec(name).alsoInFiles ?? [])];
}

/** `limitUsd` -> `limit_usd`. */
export function fileKeyOf(name: OptionName): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
