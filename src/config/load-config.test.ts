import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { isAllotError } from "../foundation/errors.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load-config.ts";
import type { ConfigSources } from "./load-config.ts";
import { OPTION_NAMES, fileKeysOf, flagOf, optionSpec } from "./options.ts";

interface Written {
  readonly flags?: ConfigSources["flags"];
  readonly env?: ConfigSources["env"];
  readonly cwd?: string;
  /** Files by path. */
  readonly files?: Readonly<Record<string, string>>;
}

function load({ flags = {}, env = {}, cwd = "/repo", files = {} }: Written): Config {
  return loadConfig({ flags, env, cwd, home: "/home/ann", readFile: (path) => files[path] });
}

function refusal(written: Written): string {
  try {
    load(written);
  } catch (error) {
    if (isAllotError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "accepted";
}

const PROJECT = "/repo/allot.config.json";
const USER = "/home/ann/.allot/config.json";

describe("a value", () => {
  test("comes from the flag before the environment, the project, the user and the default", () => {
    const files = { [PROJECT]: '{"concurrency": 4}', [USER]: '{"concurrency": 5}' };
    const env = { ALLOT_CONCURRENCY: "3" };
    const seen = [
      load({ flags: { concurrency: "9" }, env, files }),
      load({ env, files }),
      load({ files }),
      load({ files: { [USER]: files[USER] } }),
      load({}),
    ].map(({ settings, origins }) => [settings.concurrency, origins.concurrency.kind, origins.concurrency.name]);
    expect(seen).toEqual([
      [9, "flag", "--concurrency"],
      [3, "environment", "ALLOT_CONCURRENCY"],
      [4, "project file", PROJECT],
      [5, "user file", USER],
      [2, "default", ""],
    ]);
  });

  test("has the seeds' variables", () => {
    const { settings } = load({
      env: {
        CLAUDE_MODEL: "claude-sonnet-4-5-20250929",
        GROK_MODEL: "anything-at-all",
        LLM_DEFAULT_PROVIDER: "ollama",
        SESSION_ID: "background_worker",
        WORKSPACE_DIR: "/workspaces",
      },
    });
    expect(settings).toMatchObject({
      claudeModel: "claude-sonnet-4-5-20250929",
      grokModel: "anything-at-all",
      provider: "ollama",
      session: "background_worker",
      workspaceDir: "/workspaces",
    });
    expect(load({}).settings.grokModel).toBe("grok-beta");
  });

  test("of an empty variable counts as not set", () => {
    expect(load({ env: { SESSION_ID: "", ALLOT_CONCURRENCY: "" } }).settings).toMatchObject({
      session: "default",
      concurrency: 2,
    });
  });

  test("of money is exact to the nano-dollar", () => {
    expect(load({ flags: { limitUsd: "0.1" } }).settings.limitUsd).toBe(100_000_000);
    expect(load({ flags: { limitUsd: "$2.000000001" } }).settings.limitUsd).toBe(2_000_000_001);
    expect(load({ files: { [USER]: '{"limit_usd": 1.5}' } }).settings.limitUsd).toBe(1_500_000_000);
  });

  test("of a duration carries its unit and becomes milliseconds", () => {
    expect(load({ flags: { commandTimeout: "90s" } }).settings.commandTimeout).toBe(90_000);
    expect(load({ flags: { callTimeout: "2h" } }).settings.callTimeout).toBe(7_200_000);
  });

  test("of fallbacks is a list from flag and variable, and a list or lists by name in files", () => {
    expect(load({}).settings.fallback).toBeNull();
    expect(load({ flags: { fallback: "gpt, local" } }).settings.fallback).toEqual({ "*": ["gpt", "local"] });
    expect(load({ env: { ALLOT_FALLBACK: "chain" } }).settings.fallback).toEqual({ "*": ["chain"] });
    expect(load({ files: { [USER]: '{"fallback_models": ["claude", "gpt-4"]}' } }).settings.fallback).toEqual({
      "*": ["claude", "gpt-4"],
    });
    expect(
      load({ files: { [USER]: '{"fallback": {"claude": ["gpt", "local"], "*": "chain"}}' } }).settings,
    ).toMatchObject({
      fallback: { claude: ["gpt", "local"], "*": ["chain"] },
    });
  });

  test("of fallbacks is taken away by none", () => {
    const files = { [USER]: '{"fallback": "gpt"}' };
    expect(load({ files, flags: { fallback: "none" } }).settings.fallback).toEqual({ "*": [] });
  });

  test("of a key is shown by nothing, neither the configuration nor a message", () => {
    const config = load({ env: { ALLOT_KEY: "client-key" } });
    expect(config.settings.key?.reveal()).toBe("client-key");
    expect(JSON.stringify(config)).not.toContain("client-key");
    expect(() => load({ env: { ALLOT_KEY: "client key" } })).toThrow('ALLOT_KEY is "[redacted]"');
  });

  test("of a duration may be in days", () => {
    expect(load({ flags: { expiresIn: "30d" } }).settings.expiresIn).toBe(2_592_000_000);
  });

  test("of a flag may have the name of a file's section", () => {
    const files = { [USER]: '{"models": {"our-coder": {"provider": "ollama"}}}' };
    expect(load({ files }).settings.models).toBeNull();
    expect(load({ files, flags: { models: "gpt-5" } }).settings.models).toBe("gpt-5");
  });

  test("of a path is absolute, counted from its source", () => {
    expect(load({ flags: { repo: "sub" }, cwd: "/repo" }).settings.repo).toBe("/repo/sub");
    expect(load({ env: { ALLOT_DB: "~/x.db" } }).settings.db).toBe("/home/ann/x.db");
    expect(load({ env: { ALLOT_HOME: "/data" } }).settings).toMatchObject({
      home: "/data",
      db: "/data/allot.db",
      workspaceDir: "/data/workspaces",
    });
    expect(load({ files: { [USER]: '{"workspace_dir": "w"}' } }).settings.workspaceDir).toBe("/home/ann/.allot/w");
  });

  test("of colour follows NO_COLOR and FORCE_COLOR, below a flag", () => {
    expect(load({ env: { NO_COLOR: "1" } }).settings.color).toBe("never");
    expect(load({ env: { FORCE_COLOR: "1" } }).settings.color).toBe("always");
    expect(load({ env: { NO_COLOR: "1" }, flags: { color: "always" } }).settings.color).toBe("always");
  });

  test("cannot be changed afterwards", () => {
    const config = load({ files: { [USER]: '{"models": {"haiku": {"aliases": ["h"]}}}' } });
    for (const part of [config, config.settings, config.origins, config.origins.big, config.providers, config.models]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(Object.isFrozen(config.models["haiku"]?.aliases)).toBe(true);
  });
});

describe("a file", () => {
  test("of the project is found upwards, as far as the repository's root", () => {
    const files = { [PROJECT]: '{"max_lines": 300}', "/repo/.git/HEAD": "ref: refs/heads/main" };
    expect(load({ cwd: "/repo/src/deep", files }).settings.maxLines).toBe(300);
    expect(load({ cwd: "/other", files }).settings.maxLines).toBe(600);
    const inner = { ...files, "/repo/inner/.git": "gitdir: ../.git/worktrees/inner" };
    expect(load({ cwd: "/repo/inner", files: inner }).settings.maxLines).toBe(600);
  });

  test("of the project belongs to --repo, not to the working folder", () => {
    const files = { [PROJECT]: '{"max_lines": 300}' };
    expect(load({ cwd: "/elsewhere", flags: { repo: "/repo" }, files }).settings.maxLines).toBe(300);
  });

  test("may be .allot/config.json, or YAML", () => {
    expect(load({ files: { "/repo/.allot/config.json": '{"offline": true}' } }).settings.offline).toBe(true);
    const yaml = "# ours\nmax_lines: 250\ntest: npm test\n";
    expect(load({ files: { "/repo/allot.config.yaml": yaml } }).settings).toMatchObject({
      maxLines: 250,
      test: "npm test",
    });
  });

  test("of the user is not taken for the project's, where the working folder lies below it", () => {
    const files = { [USER]: '{"yes": true}' };
    const { settings, origins, files: read } = load({ cwd: "/home/ann/letters", files });
    expect([settings.yes, origins.yes, read]).toEqual([true, { kind: "user file", name: USER }, [USER]]);
  });

  test("is listed when it was read", () => {
    const files = { [PROJECT]: "{}", [USER]: "" };
    expect(load({ files }).files).toEqual([PROJECT, USER]);
    expect(load({}).files).toEqual([]);
  });

  test("of the project may lower the user's limit but not raise it", () => {
    const limit = (project: number, user: number) =>
      load({ files: { [PROJECT]: `{"limit_usd": ${project}}`, [USER]: `{"limit_usd": ${user}}` } }).settings.limitUsd;
    expect(limit(1, 5)).toBe(1_000_000_000);
    expect(limit(50, 5)).toBe(5_000_000_000);
  });

  test.each([
    "yes",
    "network",
    "unknown_calls",
    "unknown_price",
    "prices",
    "db",
    "repo",
    "session",
    "anthropic_base_url",
    "openai_compatible_base_url",
    "upstreams",
    "models",
    "fallback",
    "fallback_models",
    "prefer_grok",
  ])("of the project cannot state %s, because a stranger may have written it", (key) => {
    expect(refusal({ files: { [PROJECT]: `{"${key}": "x"}` } })).toBe(
      `config-invalid: ${PROJECT}: ${key} is the user's to state, not the project's: ` +
        "move it to the config.json in ALLOT_HOME, the environment, or a flag",
    );
  });
});

describe("a mistake names the place, the value met and what is right", () => {
  test.each<[string, Written, string]>([
    [
      "a flag",
      { flags: { concurrency: "many" } },
      'usage: --concurrency is "many", expected a whole number from 1 to 64',
    ],
    [
      "a flag out of range",
      { flags: { concurrency: "0" } },
      'usage: --concurrency is "0", expected a whole number from 1 to 64',
    ],
    [
      "a choice",
      { flags: { unknownPrice: "assume" } },
      'usage: --unknown-price is "assume", expected one of deny, assume-max, allow-flagged. Did you mean assume-max?',
    ],
    [
      "a duration without unit",
      { env: { ALLOT_COMMAND_TIMEOUT: "90" } },
      'config-invalid: ALLOT_COMMAND_TIMEOUT is "90", expected a duration with its unit from 100ms to 2h, like 90s, 10m, 1h or 30d',
    ],
    [
      "an address with a password",
      { env: { OPENAI_BASE_URL: "https://ann:pw@host/v1" } },
      'config-invalid: OPENAI_BASE_URL is "https://ann:pw@host/v1", expected an http or https address without a user name or password in it',
    ],
    [
      "money",
      { files: { [USER]: '{"limit_usd": -1}' } },
      `config-invalid: ${USER}: limit_usd is -1, expected dollars from 0 to 999999, like 5 or 0.50`,
    ],
    [
      "an unknown key",
      { files: { [PROJECT]: '{"max_line": 3}' } },
      `config-invalid: ${PROJECT}: max_line is not an option. Did you mean max_lines?`,
    ],
    [
      "a key in a file",
      { files: { [USER]: '{"anthropic_api_key": "sk-1"}' } },
      `config-invalid: ${USER}: anthropic_api_key looks like a key: keys are read from the environment only, never from files`,
    ],
    [
      "a client's key in a file",
      { files: { [USER]: '{"key": "client-key"}' } },
      `config-invalid: ${USER}: key can only be stated on the command line or in the environment`,
    ],
    [
      "a flag-only key",
      { files: { [USER]: '{"head": "x"}' } },
      `config-invalid: ${USER}: head can only be stated on the command line or in the environment`,
    ],
    [
      "two files",
      { files: { [PROJECT]: "{}", "/repo/.allot/config.json": "{}" } },
      `config-invalid: ${PROJECT} and /repo/.allot/config.json both exist; keep one of them`,
    ],
    ["a list", { files: { [USER]: "[1]" } }, `config-invalid: ${USER} must hold an object of options`],
    [
      "an upstream without a provider",
      { flags: { upstream: ["antropic=http://x"] } },
      'usage: --upstream antropic: "antropic" is no provider. Did you mean anthropic? Known are anthropic, openai, xai, google, ollama, openai-compatible',
    ],
    [
      "half an upstream",
      { flags: { upstream: ["anthropic"] } },
      'usage: --upstream is "anthropic", expected NAME=URL, NAME being a provider',
    ],
    [
      "a model's price",
      { files: { [USER]: '{"models": {"m": {"input": "3"}}}' } },
      `config-invalid: ${USER}: models.m.input is "3", expected dollars per million tokens, 0 or more`,
    ],
    [
      "a model's key",
      { files: { [USER]: '{"models": {"m": {"inputs": 3}}}' } },
      `config-invalid: ${USER}: models.m.inputs is not known. Did you mean input? Known are input, output, cache_read, cache_write_5m, cache_write_1h, reasoning, batch, priority, context_window, max_output_tokens, provider, label, tier, aliases, long_context`,
    ],
  ])("for %s", (_what, written, message) => {
    expect(refusal(written)).toBe(message);
  });

  test("for JSON that cannot be read", () => {
    expect(refusal({ files: { [PROJECT]: '{"big": ' } })).toMatch(
      /^config-invalid: \/repo\/allot\.config\.json cannot be read as JSON: /,
    );
  });
});

describe("a provider", () => {
  test("takes its address from --upstream, then ALLOT_UPSTREAM_NAME, its own option, the user's file", () => {
    const files = { [USER]: '{"upstreams": {"claude": "http://file", "xai": "http://file"}}' };
    const env = {
      ALLOT_UPSTREAM_OPENAI: "http://variable",
      ANTHROPIC_BASE_URL: "http://own",
      OLLAMA_HOST: "127.0.0.1:11434",
    };
    const { providers } = load({ files, env, flags: { upstream: ["openai=http://flag/v1/"] } });
    expect(
      Object.entries(providers).map(([name, { baseUrl, baseUrlOrigin }]) => [name, baseUrl, baseUrlOrigin.kind]),
    ).toEqual([
      ["anthropic", "http://own", "environment"],
      ["openai", "http://flag/v1", "flag"],
      ["xai", "http://file", "user file"],
      ["google", null, "default"],
      ["ollama", "http://127.0.0.1:11434", "environment"],
      ["openai-compatible", null, "default"],
    ]);
  });

  test("named with a dash has an underscore in its variable", () => {
    const { providers } = load({ env: { ALLOT_UPSTREAM_OPENAI_COMPATIBLE: "http://127.0.0.1:8000/v1" } });
    expect(providers["openai-compatible"].baseUrl).toBe("http://127.0.0.1:8000/v1");
  });

  test("takes its key from the first variable that is set", () => {
    const { providers } = load({ env: { GOOGLE_API_KEY: "g-1", XAI_API_KEY: " x-1\n" } });
    expect([providers.google.keyVariable, providers.google.apiKey?.reveal()]).toEqual(["GOOGLE_API_KEY", "g-1"]);
    expect(providers.xai.apiKey?.reveal()).toBe("x-1");
    expect([providers.anthropic.keyVariable, providers.anthropic.apiKey]).toEqual(["ANTHROPIC_API_KEY", null]);
  });

  test("never shows its key, in text, JSON or a dump", () => {
    const config = load({ env: { ANTHROPIC_API_KEY: "sk-ant-very-secret" } });
    const key = config.providers.anthropic.apiKey;
    for (const shown of [
      `${key}`,
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      String(key),
    ]) {
      expect(shown).not.toContain("very-secret");
    }
  });
});

test("models of the user's file keep their figures, with keys as the code has them", () => {
  const file = `{"models": {"our-coder": {"provider": "openai-compatible", "tier": "small", "input": 0.2, "output": 0.6,
    "cache_write_5m": 0.25, "context_window": 131072,
    "long_context": [{"above_input_tokens": 100000, "input": 0.4, "output": 1.2}]}}}`;
  expect(load({ files: { [USER]: file } }).models).toEqual({
    "our-coder": {
      provider: "openai-compatible",
      tier: "small",
      input: 0.2,
      output: 0.6,
      cacheWrite5m: 0.25,
      contextWindow: 131_072,
      longContext: [{ aboveInputTokens: 100_000, input: 0.4, output: 1.2 }],
    },
  });
});

describe("the store", () => {
  const URL_WITH_PASSWORD = "postgres://ann:s3cr%40t@db.example:6432/team?prepare=false";

  test("is a file by default, and a database where --db or ALLOT_DB is its address", () => {
    expect(load({}).store).toEqual({ kind: "sqlite", path: "/home/ann/.allot/allot.db" });
    const { store, settings } = load({ env: { ALLOT_DB: URL_WITH_PASSWORD } });
    expect(store.kind === "postgres" && store.url.reveal()).toBe(URL_WITH_PASSWORD);
    expect(settings.db).toBe("postgres://ann@db.example:6432/team?prepare=false");
    expect(load({ flags: { db: "postgresql://h/d" } }).store.kind).toBe("postgres");
  });

  test("takes the password in PGPASSWORD where its address has none", () => {
    const reveal = (db: string): string | false => {
      const { store } = load({ flags: { db }, env: { PGPASSWORD: "p:w/1" } });
      return store.kind === "postgres" && store.url.reveal();
    };
    expect(reveal("postgres://ann@h/d")).toBe("postgres://ann:p%3Aw%2F1@h/d");
    expect(reveal("postgres://ann:own@h/d")).toBe("postgres://ann:own@h/d");
  });

  test("never shows its password, in text, JSON or a dump", () => {
    const config = load({ flags: { db: URL_WITH_PASSWORD } });
    const seen = [JSON.stringify(config), inspect(config, { depth: 9 })].join();
    expect(seen).not.toMatch(/s3cr/);
  });

  test.each([
    ["a character of the password splits it", "postgres://ann:s3cr#t@h/d"],
    ["a slash in the password splits it", "postgres://ann:12/s3cr@h/d"],
    ["its port is none", "postgres://ann:s3cr@h:99999/d"],
  ])("is refused without showing its password where %s", (_, db) => {
    expect(refusal({ flags: { db } })).toMatch(
      /^usage: --db is "postgres:\/\/\[redacted\]", expected postgres:\/\/USER/,
    );
    expect(refusal({ env: { ALLOT_DB: db } })).toMatch(/^config-invalid: ALLOT_DB is "postgres:\/\/\[redacted\]"/);
    expect(refusal({ files: { [USER]: JSON.stringify({ db }) } })).toMatch(/db is "postgres:\/\/\[redacted\]"/);
  });

  test("is no other kind of address", () => {
    expect(refusal({ flags: { db: "mysql://h/d" } })).toMatch(
      /^usage: --db is "mysql:.*expected a path, or an address/,
    );
  });
});

test("a .git that is a folder without anything in it is passed over on the way up", () => {
  const files: Record<string, string> = { "/work/allot.config.json": '{"concurrency": 7}' };
  const readFile = (path: string): string | undefined => {
    if (path === "/work/app/.git")
      throw Object.assign(new Error("EISDIR: illegal operation on a directory"), { code: "EISDIR" });
    return files[path];
  };
  const config = loadConfig({ flags: {}, env: {}, cwd: "/work/app", home: "/home/ann", readFile });
  expect(config.settings.concurrency).toBe(7);
});

describe("the option table", () => {
  test("has defaults that its own rules accept", () => {
    expect(() => load({})).not.toThrow();
  });

  test("names no flag, file key or variable twice", () => {
    const names = OPTION_NAMES.flatMap((name) => [flagOf(name), ...fileKeysOf(name), ...(optionSpec(name).env ?? [])]);
    const shorts = OPTION_NAMES.flatMap((name) => optionSpec(name).short ?? []);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(new Set(shorts).size).toBe(shorts.length);
  });
});

test("strategies are kept as they were written, the user's below the project's", () => {
  const files = {
    [USER]: '{"strategies": {"analyze": {"max_tokens": 3000}}}',
    [PROJECT]: '{"strategies": {"analyze": {"timeout": 45}}}',
  };
  expect(load({ files }).strategies).toEqual([
    { path: USER, value: { analyze: { max_tokens: 3000 } } },
    { path: PROJECT, value: { analyze: { timeout: 45 } } },
  ]);
});

test("a list of words is split at commas and lines, may be empty, and keeps commas where they belong to a name", () => {
  const flags = { files: ["a.ts,b.ts\nc.ts", ""], file: ["odd,name.ts"], suggestions: true, module: " core , api " };
  const { settings } = load({ flags });
  expect([settings.files, settings.file, settings.suggestions, settings.module, settings.target]).toEqual([
    ["a.ts", "b.ts", "c.ts"],
    ["odd,name.ts"],
    [],
    ["core", "api"],
    null,
  ]);
});

test("agents that a subscription covers are known by name, claude too, and others are an error", () => {
  const covered = (...words: string[]) => load({ flags: { covered: words } }).settings.covered;
  expect(covered("claude,Codex", "claude-code")).toEqual(["claude-code", "codex"]);
  expect(covered("")).toEqual([]);
  expect(load({ env: { ALLOT_COVERED: "gemini-cli" } }).settings.covered).toEqual(["gemini"]);
  expect(() => covered("codex,claude-coed")).toThrow(
    /^--covered is .* "claude-coed" is none\. Did you mean claude-code\?$/,
  );
  expect(() => covered("constructor")).toThrow(/"constructor" is none/);
  expect(() => load({ env: { ALLOT_COVERED: "foo" } })).toThrow(
    /ALLOT_COVERED.* is "foo"|ALLOT_COVERED.*"foo" is none/,
  );
});

test("a file where a folder belongs is told, and so is a settings file that cannot be read", () => {
  const place = mkdtempSync(join(tmpdir(), "allot-config-"));
  try {
    const file = join(place, "FILE");
    writeFileSync(file, "x");
    const readFile = (path: string): string | undefined =>
      path.startsWith(file) ? readFileSync(path, "utf8") : undefined;
    const codeAndText = (flags: ConfigSources["flags"], read = readFile): string => {
      try {
        loadConfig({ flags, env: {}, cwd: "/repo", home: "/home/ann", readFile: read });
      } catch (error) {
        return isAllotError(error) ? `${error.code}: ${error.message}` : String(error);
      }
      return "accepted";
    };
    const told = (folder: string): string =>
      `file-not-found: ${folder} is not a folder, but a folder is needed there: a file stands at it or on the way to it`;
    expect(codeAndText({ repo: file })).toBe(told(file));
    expect(codeAndText({ home: join(file, "sub") })).toBe(told(join(file, "sub")));
    const folderForFile = (path: string): string | undefined =>
      path === USER ? readFileSync(place, "utf8") : undefined;
    expect(codeAndText({}, folderForFile)).toBe(`config-invalid: ${USER} cannot be read: EISDIR`);
  } finally {
    rmSync(place, { recursive: true });
  }
});
