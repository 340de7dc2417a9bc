import { join } from "node:path";
import { folder, geminiHome, opencodeSettings, type Surroundings } from "./client-folders.ts";
import { ENV_FORM } from "./env-form.ts";
import { jsonForm } from "./json-form.ts";
import type { Place, TextForm } from "./text-form.ts";
import { TOML_FORM } from "./toml-form.ts";

/** Programs that `allot connect` sets up. */
export const CLIENTS = ["claude", "codex", "gemini", "opencode"] as const;
export type ClientName = (typeof CLIENTS)[number];

/** What people call them. */
export const CLIENT_TITLES: Readonly<Record<ClientName, string>> = {
  claude: "Claude Code",
  codex: "Codex",
  gemini: "Gemini CLI",
  opencode: "opencode",
};

/** Where the gateway is and how a client shows that it may use it. */
export interface Connection {
  /** "http://127.0.0.1:7878" */
  readonly address: string;
  readonly key: string;
}

/** Text of the file's own kind, by place. */
export interface SettingsValue {
  readonly place: Place;
  readonly value: string;
  /**
   * "append": one more item of the list there, whose other items stay. "if-absent": only where the user has nothing there.
   * Absent: in place of what is there.
   */
  readonly manner?: "append" | "if-absent";
}

/** One of a client's own files, and what goes into it. */
export interface ClientFile {
  readonly path: string;
  readonly form: TextForm;
  readonly values: readonly SettingsValue[];
  /** Where the key stands in it, if it does. */
  readonly keyPlace?: Place;
}

/** What makes one client use the gateway. */
export interface ClientSettings {
  /** "Claude Code" */
  readonly title: string;
  /** Where none of them holds the key, the client reads it from ALLOT_KEY. */
  readonly files: readonly ClientFile[];
  /** What does the same for one shell, or is needed beside the files. */
  readonly env: Readonly<Record<string, string>>;
  /** The same as the files' values, as data. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What a user should know besides. */
  readonly remarks: readonly string[];
}

/** The settings of a client. Sources: what each was seen to read (docs/gateway.md names the versions). Pure but for `exists`. */
export function clientSettings(name: ClientName, to: Connection, around: Surroundings): ClientSettings {
  return BUILDERS[name](to, around);
}

const BUILDERS: Readonly<Record<ClientName, (to: Connection, around: Surroundings) => ClientSettings>> = {
  claude: claudeCode,
  codex,
  gemini: geminiCli,
  opencode,
};

function claudeCode({ address, key }: Connection, around: Surroundings): ClientSettings {
  const env = { ANTHROPIC_BASE_URL: address, ANTHROPIC_AUTH_TOKEN: key };
  return {
    title: CLIENT_TITLES.claude,
    files: [
      {
        path: join(folder(around, "CLAUDE_CONFIG_DIR", ".claude"), "settings.json"),
        form: jsonForm({ comments: false }),
        values: Object.entries(env).map(([name, value]) => ({ place: ["env", name], value: JSON.stringify(value) })),
        keyPlace: ["env", "ANTHROPIC_AUTH_TOKEN"],
      },
    ],
    env,
    settings: { env },
    remarks: [],
  };
}

function codex({ address, key }: Connection, around: Surroundings): ClientSettings {
  const provider = { name: "allot", base_url: `${address}/v1`, env_key: "ALLOT_KEY", wire_api: "responses" };
  const lines = Object.entries(provider).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return {
    title: CLIENT_TITLES.codex,
    files: [
      {
        path: join(folder(around, "CODEX_HOME", ".codex"), "config.toml"),
        form: TOML_FORM,
        values: [
          { place: ["model_provider"], value: '"allot"' },
          { place: ["model_providers", "allot"], value: lines.join("\n") },
        ],
      },
    ],
    env: { ALLOT_KEY: key },
    settings: { model_provider: "allot", model_providers: { allot: provider } },
    remarks: [
      "Codex reads the key from ALLOT_KEY: export it where Codex is started, in the shell's profile for instance.",
    ],
  };
}

/** An address alone makes it choose a way to log in that it then turns down: hence the second file. */
function geminiCli({ address, key }: Connection, around: Surroundings): ClientSettings {
  const env = { GOOGLE_GEMINI_BASE_URL: address, GEMINI_API_KEY: key };
  const home = join(geminiHome(around), ".gemini");
  return {
    title: CLIENT_TITLES.gemini,
    files: [
      {
        path: join(home, ".env"),
        form: ENV_FORM,
        values: Object.entries(env).map(([name, value]) => ({ place: [name], value: envQuoted(value) })),
        keyPlace: ["GEMINI_API_KEY"],
      },
      {
        path: join(home, "settings.json"),
        form: jsonForm({ comments: true }),
        values: [{ place: ["security", "auth", "selectedType"], value: '"gemini-api-key"' }],
      },
    ],
    env,
    settings: { security: { auth: { selectedType: "gemini-api-key" } } },
    remarks: [
      "The Gemini CLI reads its .env in folders that it trusts only, and a .env in or above the folder it works in stands in for it; variables of the shell hold everywhere.",
    ],
  };
}

/** Providers of opencode, and what stands between the gateway's address and their paths. */
const OPENCODE_PROVIDERS: Readonly<Record<string, string>> = {
  anthropic: "/v1",
  openai: "/v1",
  google: "/v1beta",
  xai: "/v1",
};

function opencode({ address, key }: Connection, around: Surroundings): ClientSettings {
  const provider = Object.fromEntries(
    Object.entries(OPENCODE_PROVIDERS).map(([name, path]) => [
      name,
      { options: { baseURL: address + path, apiKey: key } },
    ]),
  );
  return {
    title: CLIENT_TITLES.opencode,
    files: [
      {
        path: opencodeSettings(around),
        form: jsonForm({ comments: true }),
        values: Object.entries(provider).flatMap(([name, { options }]) =>
          Object.entries(options).map(([option, value]) => ({
            place: ["provider", name, "options", option],
            value: JSON.stringify(value),
          })),
        ),
        keyPlace: ["provider", "anthropic", "options", "apiKey"],
      },
    ],
    env: { OPENCODE_CONFIG_CONTENT: JSON.stringify({ provider }) },
    settings: { provider },
    remarks: [],
  };
}

function envQuoted(value: string): string {
  if (/^[\w./:@%+-]+$/.test(value)) return value;
  return value.includes("'") ? `"${value}"` : `'${value}'`;
}
