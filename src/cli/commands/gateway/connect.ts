import { existsSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { openConfiguredStore } from "../../../app/store.ts";
import type { Config } from "../../../config/config.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { didYouMean } from "../../../foundation/closest.ts";
import { AllotError } from "../../../foundation/errors.ts";
import {
  CLIENT_TITLES,
  type ClientName,
  CLIENTS,
  type ClientSettings,
  clientSettings,
} from "../../../gateway/connect/clients.ts";
import {
  checkFiles,
  connectClient,
  type Desk,
  disconnectClient,
  isConnected,
  keyInFiles,
} from "../../../gateway/connect/connect.ts";
import { guestFiles, projectFiles, withFiles } from "../../../gateway/connect/guest/guest-files.ts";
import { openKeys } from "../../../gateway/keys/open-keys.ts";
import type { Command, Io } from "../../command.ts";
import { launcherFor } from "../../launcher.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { programName } from "../../program-name.ts";
import { columnsOf } from "../../view/fit.ts";
import {
  connectedScreen,
  connectJson,
  disconnectedScreen,
  holdsKey,
  projectScreen,
  type ShownConnection,
  settingsScreen,
} from "../../view/gateway/connect-screen.ts";

/** Stands where a key would, while nobody has given one. */
const NO_KEY = "YOUR_KEY";

/** `allot connect`: shows a client's settings for the gateway, writes them into its own file, or takes them back. */
export const connectCommand: Command = {
  name: "connect",
  summary: "sets a client up for the gateway: shows its settings, or puts them into its own file",
  positionals: "claude|codex|gemini|opencode",
  options: ["port", "host", "key", "write", "undo", "guest", "repo", "db", "json"],
  optionTexts: {
    port: "the gateway's port (default 7878)",
    host: "the gateway's address (default 127.0.0.1)",
    key: "the client's key; with --write, one is made where none is given",
    repo: "a project instead of this user's settings: the skill and the tools go into its folder, for all who work in it",
  },
  examples: [
    { command: "allot connect claude", shows: "what goes into Claude Code's settings, and as variables for one shell" },
    {
      command: "allot connect codex --write",
      shows: "put it into ~/.codex/config.toml; a copy of the file stays beside it",
    },
    {
      command: "allot connect claude --write --repo .",
      shows: "the skill and the tools for all who work in this project: .claude/skills/orchestrate and .mcp.json",
    },
    { command: "allot connect codex --undo", shows: "what stood there before stands there again" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const name = readClient(input.positionals);
    const { write, undo } = config.settings;
    if (write && undo) throw new AllotError("usage", "--write and --undo are opposites; give one of them");
    const desk: Desk = { folder: join(config.settings.home, "connections"), clock: systemClock };
    if (config.origins.repo.kind === "flag") return setUpProject(name, desk, config, io);
    const look = (key: string): ClientSettings => {
      const client = clientSettings(name, { address: addressOf(config), key }, surroundings(io));
      if (!config.settings.guest) return client;
      return withFiles(client, guestFiles(name, launcherFor(io.env["PATH"]), surroundings(io)));
    };
    if (undo) return takeBack(name, look(NO_KEY), desk, config, io);
    const given = config.settings.key?.reveal();
    if (!write) return show(name, look, given ?? (await keyOf(name, look(NO_KEY), desk)), config, io);
    const { key, isNew } = await keyFor(name, look(NO_KEY), given, desk, config);
    const client = look(key);
    const changes = await connectClient(name, client, desk);
    tell(
      config,
      io,
      { name, client, address: addressOf(config), changes, newKey: isNew ? key : undefined },
      connectedScreen,
    );
    return 0;
  },
};

/** The skill and the tools in a project's own folder: shown, written or taken back. Throws `usage` for a client that has none there. */
async function setUpProject(name: ClientName, desk: Desk, config: Config, io: Io): Promise<number> {
  const { repo, write, undo, json } = config.settings;
  await insideProject(repo, []);
  const files = projectFiles(name, repo);
  if (files.length === 0)
    throw new AllotError("usage", `${name} keeps nothing of the kind in a project's folder; leave --repo out`);
  await insideProject(
    repo,
    files.map(({ path }) => path),
  );
  const client: ClientSettings = { title: CLIENT_TITLES[name], files, env: {}, settings: {}, remarks: [] };
  const changes = undo
    ? await disconnectClient(name, client, desk)
    : write
      ? await connectClient(name, client, desk)
      : undefined;
  const shown = { name, client, address: repo, changes, isUndone: undo };
  const form = { columns: columnsOf(io), program: programName(io.env) };
  io.stdout.write(`${json ? JSON.stringify(connectJson(shown)) : projectScreen(shown, form).join("\n")}\n`);
  return 0;
}

/** Throws `file-not-found` where the project is no folder, `path-escapes` where a link leads one of the files out of it. */
async function insideProject(project: string, files: readonly string[]): Promise<void> {
  const root = await realpath(project).catch(() => undefined);
  if (root === undefined || !(await stat(root)).isDirectory())
    throw new AllotError("file-not-found", `--repo ${project} is no folder; give the project's own`);
  for (const file of files) {
    let there = file;
    while (!existsSync(there)) there = dirname(there);
    const way = relative(root, await realpath(there));
    if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way))
      throw new AllotError("path-escapes", `${file} leads out of ${project} by a link; remove the link and try again`);
  }
}

function readClient(words: readonly string[]): ClientName {
  const [word, more] = words;
  const name = CLIENTS.find((client) => client === word);
  if (name !== undefined && more === undefined) return name;
  const met =
    word === undefined
      ? "connect needs a client"
      : `"${more ?? word}" is no client that connect knows.${didYouMean(more ?? word, CLIENTS)}`;
  throw new AllotError("usage", `${met}${word === undefined ? ":" : " It is"} one of ${CLIENTS.join(", ")}`);
}

/** Where clients of this machine reach the gateway; one that listens everywhere is reached here too. */
function addressOf({ settings: { host, port } }: Config): string {
  if (port === 0)
    throw new AllotError("usage", "a client needs the gateway's own port: --port as `allot serve` shows it");
  const reached = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reached.includes(":") ? `[${reached}]` : reached}:${port}`;
}

function surroundings({ env, cwd }: Io) {
  return { env, cwd, home: env["HOME"] ?? homedir(), exists: existsSync };
}

/** The key a client was connected with, so that doing it again makes no second one. */
async function keyOf(name: ClientName, client: ClientSettings, desk: Desk): Promise<string | undefined> {
  return (await isConnected(name, client, desk)) ? keyInFiles(client) : undefined;
}

/** As given, else as it stands in the client's file, else a new one with the client's name. */
async function keyFor(name: ClientName, client: ClientSettings, given: string | undefined, desk: Desk, config: Config) {
  if (given !== undefined) return { key: given, isNew: false };
  if (await isConnected(name, client, desk)) {
    const key = await keyInFiles(client);
    // Codex holds its key in a variable: what it is, only its user knows.
    if (key !== undefined || !holdsKey(client)) return { key: key ?? NO_KEY, isNew: false };
  }
  // A key that nothing comes of would only lie about.
  await checkFiles(client);
  await using store = await openConfiguredStore(config, systemClock);
  const { key } = await openKeys({ store, clock: systemClock }).create({ name });
  return { key, isNew: true };
}

function show(
  name: ClientName,
  look: (key: string) => ClientSettings,
  key: string | undefined,
  config: Config,
  io: Io,
): number {
  const standsFor = key === undefined ? NO_KEY : undefined;
  tell(config, io, { name, client: look(key ?? NO_KEY), address: addressOf(config), standsFor }, settingsScreen);
  return 0;
}

async function takeBack(name: ClientName, client: ClientSettings, desk: Desk, config: Config, io: Io): Promise<number> {
  const changes = await disconnectClient(name, client, desk);
  tell(config, io, { name, client, address: addressOf(config), changes }, disconnectedScreen);
  return 0;
}

function tell(
  config: Config,
  io: Io,
  shown: ShownConnection,
  screen: (shown: ShownConnection, form: { columns: number; program: string }) => readonly string[],
): void {
  const form = { columns: columnsOf(io), program: programName(io.env) };
  const text = config.settings.json ? JSON.stringify(connectJson(shown)) : screen(shown, form).join("\n");
  io.stdout.write(`${text}\n`);
}
