/**
 * How commands of a project are confined, by what the system has. Decided once per process by trying it.
 *
 * bwrap: the system read-only, homes, /tmp and /run hidden, other processes invisible, no network.
 * unshare-net: no network, nothing else. none: a clean environment and a time limit only.
 * Rejected: containers (not there on most machines, slow to start) and asking for privileges.
 */
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { mkdir, mkdtemp, realpath } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join, sep } from "node:path";
import { commandEnvironment } from "./command-environment.ts";
import { removeTree } from "../remove-tree.ts";

export type SandboxKind = "bwrap" | "unshare-net" | "none";

export interface Confined {
  readonly argv: readonly string[];
  /** Real path; read and written. */
  readonly cwd: string;
  /** Real path of a folder for this command alone; read and written. */
  readonly temporary: string;
  /** Inside `temporary`; what /tmp is for the command, where that can be. */
  readonly slashTmp: string;
  /** May be read although they lie in hidden places. */
  readonly readOnly: readonly string[];
  readonly network: "on" | "off";
}

export interface Sandbox {
  readonly kind: SandboxKind;
  wrap(confined: Confined): readonly string[];
  /** What to report for a command with or without network. */
  held(network: "on" | "off"): SandboxKind;
}

const found = new Map<SandboxKind, Promise<Sandbox>>();

/** The strongest sandbox that works here, or the strongest up to `atMost`. Tried once per process. */
export function chooseSandbox(atMost: SandboxKind = "bwrap"): Promise<Sandbox> {
  const known = found.get(atMost);
  if (known !== undefined) return known;
  const choice = firstThatWorks(candidates(atMost));
  found.set(atMost, choice);
  return choice;
}

const NONE: Sandbox = { kind: "none", wrap: ({ argv }) => argv, held: () => "none" };

function candidates(atMost: SandboxKind): readonly Sandbox[] {
  if (process.platform !== "linux" || atMost === "none") return [];
  const unshare = process.getuid?.() === 0 ? [unshareAsRoot] : [unshareAsUser];
  return atMost === "bwrap" ? [bubblewrap, ...unshare] : unshare;
}

async function firstThatWorks(sandboxes: readonly Sandbox[]): Promise<Sandbox> {
  for (const sandbox of sandboxes) if (await works(sandbox)) return sandbox;
  return NONE;
}

/** Runs our own Node inside, which writes a file and talks to itself over loopback. */
async function works(sandbox: Sandbox): Promise<boolean> {
  const temporary = await mkdtemp(join(await realpath(tmpdir()), "allot-probe-"));
  try {
    const [home, slashTmp, cwd] = [join(temporary, "home"), join(temporary, "slash-tmp"), join(temporary, "cwd")];
    for (const folder of [home, slashTmp, cwd]) await mkdir(folder);
    const { variables, toolFolders } = commandEnvironment({ home, scratch: slashTmp });
    const argv = sandbox.wrap({
      argv: ["node", "-e", PROBE],
      cwd,
      temporary,
      slashTmp,
      readOnly: toolFolders,
      network: "off",
    });
    return await succeeds(argv, { cwd, env: variables });
  } finally {
    await removeTree(temporary);
  }
}

const PROBE = `require("fs").writeFileSync("written", "");
const server = require("net").createServer((socket) => socket.end()).listen(0, "127.0.0.1", () => {
  require("net").connect(server.address().port, "127.0.0.1").on("error", () => process.exit(1)).on("connect", () => process.exit(0));
}).on("error", () => process.exit(1));`;

function succeeds(
  argv: readonly string[],
  options: { cwd: string; env: Readonly<Record<string, string>> },
): Promise<boolean> {
  return new Promise((resolve) => {
    const [program = "", ...args] = argv;
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: "ignore",
      timeout: 10_000,
      killSignal: "SIGKILL",
    });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}

/** Parts of /run that are no sockets and no secrets: who answers for host names, and whole systems that live there. */
const NAME_SERVICE = ["/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager/resolv.conf"];
const SYSTEM_IN_RUN = ["/run/current-system", "/run/opengl-driver", "/run/wrappers"];

const BWRAP_ALWAYS =
  "--die-with-parent --unshare-pid --unshare-ipc --unshare-uts --ro-bind / / --dev /dev --proc /proc".split(" ");

function bind(source: string, target: string): readonly string[] {
  return ["--bind", source, target];
}

const bubblewrap: Sandbox = {
  kind: "bwrap",
  held: () => "bwrap",
  wrap: ({ argv, cwd, temporary, slashTmp, readOnly, network }) => {
    const hidden = hiddenPlaces();
    const wanted = [...readOnly, ...(network === "on" ? NAME_SERVICE : []), ...SYSTEM_IN_RUN];
    const shown = [...new Set(wanted.map(real).filter((path) => path !== undefined))]
      .filter((path) => hidden.some((place) => isInside(path, place)) && !isWholePlace(path, hidden))
      .sort();
    return [
      "bwrap",
      ...BWRAP_ALWAYS,
      ...(network === "off" ? ["--unshare-net"] : []),
      ...hidden.flatMap((place) => ["--tmpfs", place]),
      ...bind(slashTmp, "/tmp"),
      ...shown.flatMap((path) => ["--ro-bind-try", path, path]),
      ...bind(temporary, temporary),
      ...bind(cwd, cwd),
      "--chdir",
      cwd,
      "--",
      ...argv,
    ];
  },
};

/** Loopback is down in a new network namespace; tests talk to themselves over it. */
const LOOPBACK_UP = "ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || exit 126; ";

const unshareAsRoot: Sandbox = {
  kind: "unshare-net",
  held: (network) => (network === "off" ? "unshare-net" : "none"),
  wrap: ({ argv, network }) =>
    network === "on" ? argv : ["unshare", "--net", "--", "/bin/sh", "-c", `${LOOPBACK_UP}exec "$@"`, "sh", ...argv],
};

/** Becomes root in a user namespace to have a network of its own, then itself again in a second one. */
const unshareAsUser: Sandbox = {
  kind: "unshare-net",
  held: (network) => (network === "off" ? "unshare-net" : "none"),
  wrap: ({ argv, network }) => {
    if (network === "on") return argv;
    const again = `exec unshare --user --map-user=${process.getuid?.() ?? 0} --map-group=${process.getgid?.() ?? 0} -- "$@"`;
    return ["unshare", "--map-root-user", "--net", "--", "/bin/sh", "-c", `${LOOPBACK_UP}${again}`, "sh", ...argv];
  },
};

/** Homes of people, as they are called; a home may lie inside another hidden folder. */
function homes(): readonly string[] {
  return ["/root", "/home", homedir(), process.env["HOME"] ?? ""];
}

/** True for a folder that holds a whole hidden place or a whole home: naming it shows nothing. */
function isWholePlace(path: string, hidden: readonly string[]): boolean {
  const places = [...hidden, ...homes().flatMap((home) => (home === "" ? [] : (real(home) ?? [])))];
  return places.some((place) => isInside(place, path));
}

/** Folders that hold people's files, keys and sockets; real paths, none inside another. */
export function hiddenPlaces(): readonly string[] {
  const wanted = [...homes(), "/run", "/tmp", "/var/tmp", "/dev/shm"];
  const places = [...new Set(wanted.filter((path) => path !== "").map(real))].filter(
    (path): path is string => path !== undefined && path !== "/" && !path.startsWith("/dev"),
  );
  return places.filter((place) => !places.some((other) => other !== place && isInside(place, other)));
}

/** True for `place` itself and everything below it. */
export function isInside(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}${sep}`);
}

function real(path: string): string | undefined {
  return existsSync(path) ? realpathSync(path) : undefined;
}
