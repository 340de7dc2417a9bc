/** `allot connect` on homes of users who have settings of their own. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type AllotHome, allotHome, type Ended, runInside } from "../support/run-allot.ts";

const CLIENTS = {
  claude: {
    file: ".claude/settings.json",
    own: `{
  "permissions": { "allow": ["Bash(npm run test:*)"], "deny": [] },
  "env": { "ANTHROPIC_BASE_URL": "https://mine.example", "DISABLE_TELEMETRY": "1" },
    "model":"opus"
}`,
    written: `{
  "permissions": { "allow": ["Bash(npm run test:*)"], "deny": [] },
  "env": { "ANTHROPIC_BASE_URL": "http://127.0.0.1:7878", "DISABLE_TELEMETRY": "1", "ANTHROPIC_AUTH_TOKEN": "k-1" },
    "model":"opus"
}`,
  },
  codex: {
    file: ".codex/config.toml",
    own: `# mine
model = "gpt-5.5"   # the best
model_provider = "azure"

[model_providers.azure]
name = "Azure"

[projects."/work"]
trust_level = "trusted"
`,
    written: `# mine
model = "gpt-5.5"   # the best
model_provider = "allot"

[model_providers.azure]
name = "Azure"

[projects."/work"]
trust_level = "trusted"

[model_providers.allot]
name = "allot"
base_url = "http://127.0.0.1:7878/v1"
env_key = "ALLOT_KEY"
wire_api = "responses"
`,
  },
  gemini: {
    file: ".gemini/.env",
    own: "# mine\nGEMINI_API_KEY='AIza-mine' # private\nGOOGLE_CLOUD_PROJECT=x",
    written:
      "# mine\nGEMINI_API_KEY=k-1 # private\nGOOGLE_CLOUD_PROJECT=x\nGOOGLE_GEMINI_BASE_URL=http://127.0.0.1:7878\n",
  },
  opencode: {
    file: ".config/opencode/opencode.json",
    own: `{
\t// my models
\t"provider": {
\t\t"anthropic": { "options": { "timeout": 600000 } }, // slow line
\t},
}
`,
    written: undefined,
  },
} as const;

type Name = keyof typeof CLIENTS;
const NAMES = Object.keys(CLIENTS) as Name[];

/** A home in which the client's own settings stand. */
function homeOf(name: Name, text: string = CLIENTS[name].own): AllotHome & { readonly file: string } {
  const home = allotHome();
  const file = join(home.dir, CLIENTS[name].file);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return { ...home, file };
}

function backupsOf(file: string): string[] {
  if (!existsSync(dirname(file))) return [];
  return readdirSync(dirname(file)).filter((name) => name.includes(".allot-backup-"));
}

/** What was done to the client's main file. */
function mainFile(ended: Ended): unknown {
  return (ended.lines[0]?.["files"] as unknown[] | undefined)?.[0];
}

describe.each(NAMES)("allot connect %s", (name) => {
  const { own, written } = CLIENTS[name];

  test("without --write shows the settings and touches nothing", async () => {
    const home = homeOf(name);
    const ended = await runInside(home, ["connect", name, "--port", "9191", "--key", "k-1"]);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain("http://127.0.0.1:9191");
    expect(ended.stdout).toContain("k-1");
    expect(ended.stdout).toContain(home.file);
    expect(readFileSync(home.file, "utf8")).toBe(own);
    expect(backupsOf(home.file)).toEqual([]);
  });

  test("--write changes its own values only, keeps the mode, leaves a backup, and does nothing the second time", async () => {
    const home = homeOf(name);
    chmodSync(home.file, 0o640);
    const first = await runInside(home, ["connect", name, "--write", "--no-guest", "--key", "k-1", "--json"]);
    expect(first.code).toBe(0);
    const text = readFileSync(home.file, "utf8");
    if (written !== undefined) expect(text).toBe(written);
    expect(statSync(home.file).mode & 0o777).toBe(0o640);
    const [backup, ...more] = backupsOf(home.file);
    expect(more).toEqual([]);
    expect(readFileSync(join(dirname(home.file), backup ?? ""), "utf8")).toBe(own);
    expect(first.lines[0]?.["client"]).toBe(name);
    expect(mainFile(first)).toEqual({
      path: home.file,
      changed: true,
      backup: join(dirname(home.file), backup ?? ""),
    });
    const second = await runInside(home, ["connect", name, "--write", "--no-guest", "--key", "k-1", "--json"]);
    expect(mainFile(second)).toMatchObject({ path: home.file, changed: false, backup: null });
    expect(readFileSync(home.file, "utf8")).toBe(text);
    expect(backupsOf(home.file)).toEqual([backup]);
  });

  test("--undo gives the file back to the byte, also after the port was changed", async () => {
    const home = homeOf(name);
    await runInside(home, ["connect", name, "--write", "--key", "k-1"]);
    await runInside(home, ["connect", name, "--write", "--key", "k-2", "--port", "9191"]);
    expect(readFileSync(home.file, "utf8")).toContain("9191");
    const ended = await runInside(home, ["connect", name, "--undo", "--json"]);
    expect(mainFile(ended)).toMatchObject({ path: home.file, changed: true });
    expect(readFileSync(home.file, "utf8")).toBe(own);
    const again = await runInside(home, ["connect", name, "--undo", "--json"]);
    expect(mainFile(again)).toMatchObject({ path: home.file, changed: false });
    expect(readFileSync(home.file, "utf8")).toBe(own);
  });

  test("--undo takes a file away that was not there before", async () => {
    const home = allotHome();
    const file = join(home.dir, CLIENTS[name].file);
    await runInside(home, ["connect", name, "--write", "--key", "k-1"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const ended = await runInside(home, ["connect", name, "--undo"]);
    expect(ended.code).toBe(0);
    expect(existsSync(file)).toBe(false);
    expect(backupsOf(file)).toEqual([]);
  });

  test("--write without a key makes one with the client's name, once", async () => {
    const home = homeOf(name);
    const ended = await runInside(home, ["connect", name, "--write", "--json"]);
    const key = String(ended.lines[0]?.["key"]);
    expect(key).toMatch(/^allot-[A-Za-z0-9]{40}$/);
    expect(JSON.stringify(ended.lines[0]?.["env"])).toContain(key);
    const again = await runInside(home, ["connect", name, "--write", "--json"]);
    expect(mainFile(again)).toMatchObject({ changed: false });
    const listed = (await runInside(home, ["key", "list", "--json"])).lines[0]?.["keys"];
    expect(listed).toMatchObject([{ name, state: "works" }]);
  });
});

test.each([
  ["claude", '{ "env": { "A": "1" '],
  ["claude", '{ "env": {} } // a comment'],
  ["codex", 'model = "gpt-5.5\n'],
  ["codex", "model_providers = {}\n"],
  ["opencode", "provider: {}\n"],
] as const)("%s: a file that cannot be read (%j) is left as it was, and no key is made", async (name, text) => {
  const home = homeOf(name, text);
  const ended = await runInside(home, ["connect", name, "--write"]);
  expect(ended.code).toBe(65);
  expect(ended.stderr).toContain(`${home.file}, line 1: `);
  expect(readFileSync(home.file, "utf8")).toBe(text);
  expect(backupsOf(home.file)).toEqual([]);
  expect((await runInside(home, ["key", "list", "--json"])).lines[0]).toEqual({ keys: [] });
});

test("a file that is no text is left as it was", async () => {
  const home = homeOf("gemini");
  const bytes = Buffer.from([0x41, 0x3d, 0xff, 0xfe, 0x0a]);
  writeFileSync(home.file, bytes);
  const ended = await runInside(home, ["connect", "gemini", "--write", "--key", "k-1"]);
  expect(ended.code).toBe(65);
  expect(readFileSync(home.file)).toEqual(bytes);
});

test("a folder where the file should be is an error with its path", async () => {
  const home = allotHome();
  const file = join(home.dir, CLIENTS.claude.file);
  mkdirSync(file, { recursive: true });
  const ended = await runInside(home, ["connect", "claude", "--write", "--key", "k-1"]);
  expect(ended.code).toBe(73);
  expect(ended.stderr).toContain(`${file} cannot be read (EISDIR)`);
});

test("the Gemini CLI is told to use a key, and of a login before that its user gets it back", async () => {
  const home = homeOf("gemini");
  const file = join(home.dir, ".gemini/settings.json");
  const own = '{\n  // mine\n  "security": { "auth": { "selectedType": "oauth-personal" } },\n  "ui": {}\n}\n';
  writeFileSync(file, own);
  const ended = await runInside(home, ["connect", "gemini", "--write", "--no-guest", "--key", "k-1", "--json"]);
  expect(ended.lines[0]?.["files"]).toMatchObject([
    { path: home.file, changed: true },
    { path: file, changed: true },
  ]);
  expect(readFileSync(file, "utf8")).toBe(own.replace("oauth-personal", "gemini-api-key"));
  await runInside(home, ["connect", "gemini", "--undo"]);
  expect(readFileSync(file, "utf8")).toBe(own);
});

test("where one of a client's files cannot be read, none is changed", async () => {
  const home = homeOf("gemini");
  const file = join(home.dir, ".gemini/settings.json");
  writeFileSync(file, "{");
  const ended = await runInside(home, ["connect", "gemini", "--write", "--key", "k-1"]);
  expect(ended.code).toBe(65);
  expect(readFileSync(home.file, "utf8")).toBe(CLIENTS.gemini.own);
  expect(readFileSync(file, "utf8")).toBe("{");
});

test("opencode's four providers get address and key beside what is there; comments stay", async () => {
  const home = homeOf("opencode");
  await runInside(home, ["connect", "opencode", "--write", "--no-guest", "--key", "k-1"]);
  const text = readFileSync(home.file, "utf8");
  expect(text).toContain("// my models");
  expect(text).toContain("}, // slow line");
  const plain = text.replaceAll(/\/\/ (my|slow).*/g, "").replaceAll(/,(\s*})/g, "$1");
  expect(JSON.parse(plain)).toEqual({
    provider: {
      anthropic: { options: { timeout: 600000, baseURL: "http://127.0.0.1:7878/v1", apiKey: "k-1" } },
      openai: { options: { baseURL: "http://127.0.0.1:7878/v1", apiKey: "k-1" } },
      google: { options: { baseURL: "http://127.0.0.1:7878/v1beta", apiKey: "k-1" } },
      xai: { options: { baseURL: "http://127.0.0.1:7878/v1", apiKey: "k-1" } },
    },
  });
});

describe("where the user has changed the file since", () => {
  test("--undo restores the values that were there, keeps the rest, and leaves a backup", async () => {
    const home = homeOf("claude");
    await runInside(home, ["connect", "claude", "--write", "--key", "k-1"]);
    writeFileSync(home.file, readFileSync(home.file, "utf8").replace('"opus"', '"sonnet"'));
    await runInside(home, ["connect", "claude", "--undo"]);
    expect(readFileSync(home.file, "utf8")).toBe(CLIENTS.claude.own.replace('"opus"', '"sonnet"'));
    expect(backupsOf(home.file)).toHaveLength(2);
  });

  test("--undo leaves a value that was changed since, and says so", async () => {
    const home = homeOf("claude");
    await runInside(home, ["connect", "claude", "--write", "--key", "k-1"]);
    writeFileSync(home.file, readFileSync(home.file, "utf8").replace("http://127.0.0.1:7878", "https://other.example"));
    const ended = await runInside(home, ["connect", "claude", "--undo"]);
    expect(ended.stdout).toContain("left, because it was changed since: env.ANTHROPIC_BASE_URL");
    expect(readFileSync(home.file, "utf8")).toBe(
      CLIENTS.claude.own.replace("https://mine.example", "https://other.example"),
    );
  });

  test("--undo takes a file away that holds nothing but what allot put there, and tables below it", async () => {
    const home = allotHome();
    const file = join(home.dir, CLIENTS.codex.file);
    await runInside(home, ["connect", "codex", "--write", "--key", "k-1"]);
    const added = '\n[model_providers.allot.http_headers]\nx-allot-session = "codex"\n';
    writeFileSync(file, readFileSync(file, "utf8") + added);
    await runInside(home, ["connect", "codex", "--write", "--key", "k-1", "--port", "9191"]);
    expect(readFileSync(file, "utf8")).toContain(added);
    await runInside(home, ["connect", "codex", "--undo"]);
    expect(existsSync(file)).toBe(false);
  });

  test("--undo works without the backup", async () => {
    const home = homeOf("codex");
    await runInside(home, ["connect", "codex", "--write", "--key", "k-1"]);
    writeFileSync(home.file, `${readFileSync(home.file, "utf8")}\n[tui]\ntheme = "dark"\n`);
    for (const backup of backupsOf(home.file)) rmSync(join(dirname(home.file), backup));
    await runInside(home, ["connect", "codex", "--undo"]);
    expect(readFileSync(home.file, "utf8")).toBe(`${CLIENTS.codex.own}\n[tui]\ntheme = "dark"\n`);
  });
});

test("the clients' own variables say where their files are", async () => {
  const home = allotHome();
  const env = {
    ...home.env,
    CLAUDE_CONFIG_DIR: join(home.dir, "a"),
    CODEX_HOME: join(home.dir, "b"),
    XDG_CONFIG_HOME: join(home.dir, "c"),
    GEMINI_CLI_HOME: join(home.dir, "d"),
  };
  for (const name of NAMES) await runInside({ ...home, env }, ["connect", name, "--write", "--key", "k-1"]);
  const made = [
    "a/settings.json",
    "b/config.toml",
    "c/opencode/opencode.json",
    "d/.gemini/.env",
    "d/.gemini/settings.json",
  ];
  expect(made.filter((path) => !existsSync(join(home.dir, path)))).toEqual([]);
});

test("opencode's file with comments in its name is taken where there is one", async () => {
  const home = allotHome();
  const file = join(home.dir, ".config/opencode/opencode.jsonc");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "{}");
  await runInside(home, ["connect", "opencode", "--write", "--key", "k-1"]);
  expect(readFileSync(file, "utf8")).toContain("k-1");
});

test("a file that is a link stays one, and what it points to is changed", async () => {
  const home = homeOf("claude");
  const real = join(home.dir, "dotfiles.json");
  writeFileSync(real, "{}\n");
  const link = join(home.dir, "linked");
  mkdirSync(link);
  symlinkSync(real, join(link, "settings.json"));
  const env = { ...home.env, CLAUDE_CONFIG_DIR: link };
  await runInside({ ...home, env }, ["connect", "claude", "--write", "--key", "k-1"]);
  expect(lstatSync(join(link, "settings.json")).isSymbolicLink()).toBe(true);
  expect(readFileSync(real, "utf8")).toContain("k-1");
});

test("what was there before is noted for its owner alone, and gone after --undo", async () => {
  const home = homeOf("claude");
  await runInside(home, ["connect", "claude", "--write", "--key", "k-1"]);
  const notes = join(home.dir, ".allot/connections");
  const [note] = readdirSync(notes);
  expect(statSync(join(notes, note ?? "")).mode & 0o777).toBe(0o600);
  await runInside(home, ["connect", "claude", "--undo"]);
  expect(readdirSync(notes)).toEqual([]);
});

test.each([
  [["connect"], "connect needs a client: one of claude, codex, gemini, opencode"],
  [["connect", "cluade"], "Did you mean claude?"],
  [["connect", "claude", "codex"], '"codex" is no client that connect knows'],
  [["connect", "claude", "--write", "--undo"], "--write and --undo are opposites"],
  [["connect", "claude", "--port", "0"], "a client needs the gateway's own port"],
  [["connect", "claude", "--key", "two words"], '--key is "[redacted]"'],
])("%j is refused", async (args, message) => {
  const ended = await runInside(allotHome(), args);
  expect(ended.code).toBe(64);
  expect(ended.stderr).toContain(message);
});
