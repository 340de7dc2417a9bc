/*
 * A real Postgres for tests: `node postgres-server.ts '{"fsync": false}'`. Prints one line, {"url": "postgres://…"} or
 * {"error": "…"}, and runs until its standard input ends, which it does when whoever started it dies, however that
 * comes about. Then the server is stopped and its folder removed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { formatIdentity, parseIdentity, probe, processIdentity } from "../../src/foundation/process-identity.ts";
import { copyBinaries, findBinaries, type ServerUser, serverUser } from "./postgres-binaries.ts";

const PREFIX = "allot-test-postgres-";
const options = JSON.parse(process.argv[2] ?? "{}") as { fsync?: boolean };

const told = Promise.withResolvers<void>();
process.stdin.on("end", () => told.resolve());
process.stdin.on("error", () => told.resolve());
process.stdin.resume();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => told.resolve());

const user = serverUser();
const base = baseFolder(user);
sweep(base);
const folder = await mkdtemp(join(base, PREFIX));
let server: ChildProcess | undefined;
process.on("exit", () => {
  server?.kill("SIGQUIT");
  rmSync(folder, { recursive: true, force: true });
});
try {
  writeFileSync(join(folder, "supervisor"), formatIdentity(processIdentity()));
  const url = await start();
  process.stdout.write(`${JSON.stringify({ url })}\n`);
  await told.promise;
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`);
  process.exitCode = 1;
}
if (server !== undefined && server.exitCode === null && server.signalCode === null) {
  // At once and without a last checkpoint: nothing of it is wanted any more.
  server.kill("SIGQUIT");
  await once(server, "exit");
}
await rm(folder, { recursive: true, force: true });
process.exit();

async function start(): Promise<string> {
  const binaries = findBinaries();
  if ("missing" in binaries) throw new Error(binaries.missing);
  const [programs, data, secret] = ["programs", "data", "password"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await chmod(folder, 0o755);
  await copyBinaries(binaries.native, programs);
  const password = `pw-${randomBytes(12).toString("hex")}`;
  await writeFile(secret, password);
  await mkdir(data, { mode: 0o700 });
  if (user !== undefined) for (const path of [data, secret]) await chown(path, user.uid, user.gid);
  // Another order of text than SQLite's, as most servers have it: nothing of ours may lean on it.
  const made = run(programs, "initdb", [
    `--pgdata=${data}`,
    "--username=postgres",
    `--pwfile=${secret}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=icu",
    "--icu-locale=en-US",
    "--no-sync",
    "--no-instructions",
  ]);
  const [code] = (await once(made.child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`initdb failed: ${made.words()}`);
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const running = run(programs, "postgres", ["-D", data, ...settings(port)]);
    server = running.child;
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    if (await answers(url, running.child)) return url;
    if (tries === 5) throw new Error(`postgres does not start: ${running.words()}`);
  }
}

function settings(port: number): string[] {
  const durable = options.fsync === true ? "on" : "off";
  const values = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    // Small containers have little of /dev/shm.
    dynamic_shared_memory_type: "mmap",
    shared_buffers: "64MB",
    max_connections: 200,
    fsync: durable,
    synchronous_commit: durable,
    full_page_writes: durable,
    deadlock_timeout: "200ms",
    log_min_messages: "fatal",
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

function run(programs: string, name: string, args: string[]): { child: ChildProcess; words: () => string } {
  const library = join(programs, "lib");
  const child = spawn(join(programs, "bin", name), args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], LD_LIBRARY_PATH: library, DYLD_LIBRARY_PATH: library, LC_ALL: "C", TZ: "UTC" },
    ...user,
  });
  let text = "";
  const hear = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-2000);
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  child.on("error", (error) => hear(Buffer.from(String(error))));
  return { child, words: () => text.trim() };
}

/** Whether the server answers in time; false once it has ended. */
async function answers(url: string, child: ChildProcess): Promise<boolean> {
  for (
    let tries = 0;
    tries < 300 && child.exitCode === null && child.signalCode === null && child.pid !== undefined;
    tries += 1
  ) {
    const client = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
    try {
      await client`select 1`;
      return true;
    } catch {
      await sleep(100);
    } finally {
      await client.end({ timeout: 1 });
    }
  }
  return false;
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  listener.close();
  if (address === null || typeof address === "string") throw new Error("no free port on 127.0.0.1");
  return address.port;
}

/** A folder for temporary files that the server's user can reach. */
function baseFolder(of: ServerUser | undefined): string {
  if (of === undefined) return tmpdir();
  const found = [tmpdir(), "/tmp", "/var/tmp"].find(reachable);
  if (found === undefined) throw new Error("no folder for temporary files is open to every user");
  return found;
}

function reachable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    for (let at = path; ; at = dirname(at)) {
      if ((statSync(at).mode & 0o001) === 0) return false;
      if (dirname(at) === at) return true;
    }
  } catch {
    return false;
  }
}

/** Takes away what a supervisor left behind that was killed itself. */
function sweep(base: string): void {
  for (const name of readdirSync(base).filter((entry) => entry.startsWith(PREFIX))) {
    const stale = join(base, name);
    const identity = readText(join(stale, "supervisor"));
    if (identity === undefined || probe(parseIdentity(identity)) !== "gone") continue;
    const pid = Number(readText(join(stale, "data", "postmaster.pid"))?.split("\n")[0]);
    // The number may be another's by now, so only a process that names this folder is stopped.
    if (pid > 1 && readText(`/proc/${pid}/cmdline`)?.includes(stale) === true) process.kill(pid, "SIGQUIT");
    rmSync(stale, { recursive: true, force: true, maxRetries: 5 });
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
