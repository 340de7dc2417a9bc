// Makes the tree ready to run: packages as locked, and Node 24 in node_modules/.bin. Runs on any Node from 20 on, without
// a dependency; does nothing (in milliseconds) when all is there. Safe when several start at once.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const OWN_NODE = join(ROOT, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
const NEEDED = [24, 12];
const OLDEST = 20;

/**
 * Sets the tree up where needed; answers the path of a Node that can run it.
 * Throws an Error with a message for people when it cannot be done.
 */
export async function setup() {
  if (Number(process.versions.node.split(".")[0]) < OLDEST) {
    throw new Error(`allot needs Node ${OLDEST} or newer to set itself up; this is ${process.version}`);
  }
  if (isInstalled() && isUsable(OWN_NODE)) return OWN_NODE;
  const release = await lock();
  try {
    if (!isInstalled()) install();
    return isUsable(OWN_NODE) ? OWN_NODE : repairNode();
  } finally {
    release();
  }
}

/** True when every locked package that belongs on this machine is there in its locked version. */
function isInstalled() {
  const wanted = readJson(join(ROOT, "package-lock.json"))?.packages;
  const present = readJson(join(ROOT, "node_modules", ".package-lock.json"))?.packages;
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional === true || present[path]?.version === entry.version,
  );
}

function isUsable(node) {
  const asked = spawnSync(node, ["--version"], { encoding: "utf8", shell: process.platform === "win32" });
  const [major = 0, minor = 0] = (asked.stdout ?? "").trim().replace(/^v/, "").split(".").map(Number);
  return asked.status === 0 && (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]));
}

function install() {
  const started = Date.now();
  say("Setting up: installing packages (once; about half a minute) ...");
  const done = npm(["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (done.status !== 0) throw new Error(`npm ci failed:\n${tail(done)}\nIs the npm registry reachable from here?`);
  say(`Setting up: done in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** The node package fetches its binary in an install script, which a user's npm settings may have switched off. */
function repairNode() {
  say(`Setting up: fetching Node ${NEEDED[0]} (the installed packages lack a usable one) ...`);
  const done = npm(["rebuild", "node", "--ignore-scripts=false", "--loglevel=error"]);
  if (isUsable(OWN_NODE)) return OWN_NODE;
  if (isUsable(process.execPath)) return process.execPath;
  throw new Error(
    `no usable Node ${NEEDED.join(".")} or newer: ${OWN_NODE} does not run, and this is ${process.version}.\n` +
      `${tail(done)}\nInstall Node ${NEEDED[0]} and try again.`,
  );
}

/** Runs npm on the system's own Node, not on the one inside the folder that npm is about to replace. */
function npm(args) {
  const inner = join(ROOT, "node_modules");
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !resolve(folder).startsWith(inner));
  const env = { ...process.env, PATH: path.join(delimiter) };
  const { npm_execpath: program, npm_node_execpath: node } = process.env;
  const direct =
    program !== undefined && program.endsWith("npm-cli.js") && node !== undefined && !node.startsWith(inner);
  const options = { cwd: ROOT, env, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 };
  return direct && existsSync(program) && existsSync(node)
    ? spawnSync(node, [program, ...args], options)
    : spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
}

/** One set-up at a time for a tree; a dead owner's lock is taken over. Answers how to release it. */
async function lock() {
  const name = createHash("sha256").update(ROOT).digest("hex").slice(0, 12);
  const file = join(tmpdir(), `allot-setup-${userInfo().uid}-${name}.lock`);
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isAbandoned(file)) rmSync(file, { force: true });
    else if (!waited) say("Setting up: another process is at it, waiting ...");
    await sleep(200);
  }
}

function isAbandoned(file) {
  try {
    const owner = Number(readFileSync(file, "utf8"));
    // Just made and not yet written.
    if (owner === 0) return Date.now() - statSync(file).mtimeMs > 5000;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function tail(done) {
  const text = `${done.error?.message ?? ""}\n${done.stdout ?? ""}\n${done.stderr ?? ""}`.trim();
  return text.split("\n").slice(-20).join("\n");
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await setup();
  } catch (error) {
    say(`allot: ${error.message}`);
    process.exitCode = 1;
  }
}
