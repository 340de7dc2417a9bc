import { mkdir, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What an agent's home is made for. */
export interface AgentHome {
  readonly agent: string;
  /** The home's folder; made where it is missing, and kept: the agent's sessions stand in it. */
  readonly home: string;
  /** The user's own environment: where programs are found, and where the user's login is. */
  readonly userEnv: Readonly<Record<string, string | undefined>>;
  /** Whether the agent works on the user's own login; with a gateway it needs none. */
  readonly login: boolean;
}

/** The user's way to programs, languages, certificates and the network; no keys. */
const PASSED_ON = [
  "PATH",
  "LANG",
  "LC_ALL",
  "TZ",
  "USER",
  "LOGNAME",
  "SHELL",
  "SystemRoot",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

/** Where each agent keeps its login: the variable that names its folder, the folder's usual place, the file, and a token's variable. */
const LOGINS: Readonly<
  Record<string, { readonly variable: string; readonly folder: string; readonly file: string; readonly token?: string }>
> = {
  codex: { variable: "CODEX_HOME", folder: ".codex", file: "auth.json" },
  claude: {
    variable: "CLAUDE_CONFIG_DIR",
    folder: ".claude",
    file: ".credentials.json",
    token: "CLAUDE_CODE_OAUTH_TOKEN",
  },
};

/**
 * A home of an agent's own, and with it the agent's whole environment: its settings, sessions and temporary files stand there, none of
 * the user's settings, skills or keys come along. On the user's login the one file with it is linked, never copied: allot does not
 * read it, and a login that the agent renews is renewed for the user too. API keys are never passed on: what they pay for is no
 * subscription, and goes through the gateway.
 *
 * Can be done again for a home that is there.
 */
export async function openAgentHome({ agent, home, userEnv, login }: AgentHome): Promise<Record<string, string>> {
  const temporary = join(home, "tmp");
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  await writeFile(join(home, ".gitconfig"), "[user]\n\tname = allot\n\temail = allot@localhost\n");
  const passed = PASSED_ON.flatMap((name) => {
    const value = userEnv[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const own = LOGINS[agent];
  const env = { ...Object.fromEntries(passed), HOME: home, TMPDIR: temporary, TERM: "dumb", CI: "1" };
  if (own === undefined || !login) return env;
  const folder = userEnv[own.variable] ?? join(userEnv["HOME"] ?? "", own.folder);
  await link(join(folder, own.file), join(home, own.folder, own.file));
  const token = own.token === undefined ? undefined : userEnv[own.token];
  return own.token === undefined || token === undefined ? env : { ...env, [own.token]: token };
}

/** Nothing is linked that is not there: the agent then says itself that nobody is logged in. */
async function link(from: string, to: string): Promise<void> {
  if ((await stat(from).catch(() => undefined)) === undefined) return;
  if ((await readlink(to).catch(() => undefined)) === from) return;
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await rm(to, { force: true });
  await symlink(from, to);
}
