import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runCommand } from "./run-command.ts";
import { chooseSandbox, type SandboxKind } from "./confinement/sandbox.ts";
import { tailOutput } from "./confinement/tail-output.ts";

let cwd: string;

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), "allot-run-command-")));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cwd, { recursive: true, force: true });
});

const works = async (kind: SandboxKind) => (await chooseSandbox(kind)).kind === kind;
const hasBwrap = await works("bwrap");
const hasUnshare = await works("unshare-net");
/** Every kind that this machine has; a machine without one skips it, which the run shows. */
const kinds: readonly [SandboxKind, boolean][] = [
  ["bwrap", hasBwrap],
  ["unshare-net", hasUnshare],
  ["none", true],
];

describe.each(kinds)("in the sandbox %s", (kind, available) => {
  const when = (name: string, body: () => Promise<void>): void => test.skipIf(!available)(name, body);
  const run = (command: string, options: { timeoutMs?: number; signal?: AbortSignal; network?: "on" | "off" } = {}) =>
    runCommand({ command, cwd, timeoutMs: 20_000, ...options }, kind);

  when("both streams arrive in order, with the exit code", async () => {
    expect(await run("echo one; echo two >&2; echo three; exit 7")).toMatchObject({
      exitCode: 7,
      timedOut: false,
      output: "one\ntwo\nthree\n",
      sandbox: kind,
    });
  });

  when("no variable of ours that could hold a secret reaches the command", async () => {
    vi.stubEnv("ANTHROPIC_API_KEY", "planted-secret");
    vi.stubEnv("GITHUB_TOKEN", "planted-secret");
    vi.stubEnv("SOMETHING", "planted-secret");
    vi.stubEnv("npm_config__authToken", "planted-secret");
    const { output } = await run("env; cat /proc/self/environ | tr '\\0' '\\n'");
    expect(output).toContain("CI=1");
    expect(output).not.toContain("planted-secret");
  });

  when("home is empty and goes away, the temporary folder too", async () => {
    const { output } = await run(
      'ls "$HOME" "$TMPDIR" | grep -v : | grep .; touch "$TMPDIR/x" "$HOME/y"; echo "$HOME"',
    );
    const home = output.trim();
    expect(home).toMatch(/^\S+allot-command-\S+$/);
    expect(home).not.toBe(homedir());
    expect(existsSync(home)).toBe(false);
  });

  when("the command reads and writes its folder and finds Node first in PATH", async () => {
    const { output } = await run("echo content > made; cat made; command -v node");
    expect(output).toBe(`content\n${process.execPath}\n`);
    expect(readdirSync(cwd)).toEqual(["made"]);
  });

  when("a server on loopback can be reached from the command itself", async () => {
    const script =
      'const s=require("http").createServer((q,r)=>r.end("hello")).listen(0,"127.0.0.1",()=>fetch("http://127.0.0.1:"+s.address().port).then(r=>r.text()).then(t=>{console.log(t);s.close()}))';
    expect(await run(`node -e '${script}'`)).toMatchObject({ exitCode: 0, output: "hello\n" });
  });

  when("the time limit ends a command that ignores the polite signal, and its children", async () => {
    const marker = join(cwd, "alive");
    const { exitCode, timedOut, output, tookMs } = await run(
      `trap '' TERM; echo started; (while true; do date > ${marker}; sleep 0.1; done) & while true; do sleep 0.1; done`,
      { timeoutMs: 500 },
    );
    expect({ exitCode, timedOut, output }).toEqual({ exitCode: null, timedOut: true, output: "started\n" });
    expect(tookMs).toBeLessThan(5_000);
    rmSync(marker, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(existsSync(marker)).toBe(false);
  });

  when("children left in the background, daemons included, neither delay the answer nor outlive it", async () => {
    const marker = join(cwd, "alive");
    const loop = `while true; do date > ${marker}; sleep 0.1; done`;
    const { output, tookMs } = await run(`(${loop}) & setsid sh -c '${loop}' & sleep 0.3; echo done`);
    expect(output).toBe("done\n");
    expect(tookMs).toBeLessThan(5_000);
    rmSync(marker, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(existsSync(marker)).toBe(false);
  });

  when("an abort ends it as an interruption", async () => {
    const stop = new AbortController();
    const running = run("sleep 30", { signal: stop.signal });
    setTimeout(() => stop.abort(), 200);
    await expect(running).rejects.toMatchObject({ code: "interrupted" });
    await expect(run("true", { signal: stop.signal })).rejects.toMatchObject({ code: "interrupted" });
  });

  when("standard input is empty", async () => {
    expect((await run("cat; echo end")).output).toBe("end\n");
  });

  when("only the end of a long output is kept", async () => {
    const { output } = await run("i=0; while [ $i -lt 6000 ]; do echo line $i; i=$((i+1)); done");
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(16 * 1024);
    expect(output).toMatch(/^\[\d+ bytes of output left out\]\n/);
    expect(output.endsWith("line 5999\n")).toBe(true);
  });
});

const REMOTE =
  'node -e \'require("net").connect(53, "192.0.2.1").setTimeout(1500, () => { console.log("waited"); process.exit() }).on("error", (e) => { console.log(e.code); process.exit() })\'';

test.skipIf(!hasUnshare && !hasBwrap)("the network is withheld: other machines cannot be reached", async () => {
  for (const kind of [hasBwrap ? "bwrap" : "unshare-net", hasUnshare ? "unshare-net" : "bwrap"] as const) {
    expect(await runCommand({ command: REMOTE, cwd, timeoutMs: 20_000 }, kind)).toMatchObject({
      output: "ENETUNREACH\n",
      sandbox: kind,
    });
  }
});

describe.skipIf(!hasBwrap)("what bwrap hides and shows", () => {
  const hidden = join(homedir(), `.allot-test-${process.pid}`);
  const run = (command: string, readOnly: readonly string[] = []) =>
    runCommand({ command, cwd, timeoutMs: 20_000, readOnly });

  beforeEach(() => {
    mkdirSync(join(hidden, ".ssh"), { recursive: true });
    writeFileSync(join(hidden, ".ssh", "id_key"), "private\n");
  });
  afterEach(() => rmSync(hidden, { recursive: true, force: true }));

  test("files in the user's home are not there, unless they are named", async () => {
    expect((await run(`cat ${hidden}/.ssh/id_key`)).exitCode).not.toBe(0);
    expect((await run(`ls ~/.ssh ${homedir()}/.ssh ${homedir()}/.npmrc ${homedir()}/.config`)).output).not.toMatch(
      /^[^l]/m,
    );
    expect((await run(`cat ${hidden}/.ssh/id_key`, [join(hidden, ".ssh")])).output).toBe("private\n");
    expect((await run(`touch ${hidden}/.ssh/new`, [join(hidden, ".ssh")])).exitCode).not.toBe(0);
  });

  test("naming the whole home shows nothing", async () => {
    expect((await run(`cat ${hidden}/.ssh/id_key`, [homedir(), "/"])).exitCode).not.toBe(0);
  });

  test("the system and other folders are read-only, /tmp is the command's own", async () => {
    const outside = realpathSync(mkdtempSync(join(tmpdir(), "allot-outside-")));
    const { output } = await run(
      `touch /usr/x && echo wrote; ls ${outside} 2>/dev/null && echo seen; echo y > /tmp/y; cat /tmp/y`,
    );
    expect(output.trim().split("\n").slice(-1)).toEqual(["y"]);
    expect(output).not.toContain("wrote");
    expect(output).not.toContain("seen");
    rmSync(outside, { recursive: true });
  });

  test("processes outside cannot be seen, nor their environment", async () => {
    const { output } = await run("ls /proc | grep -c '^[0-9]'");
    expect(Number(output)).toBeLessThan(10);
  });
});

test("output collected in pieces is cut at whole characters and counts what is missing", () => {
  const output = tailOutput();
  for (let count = 0; count < 10_000; count++) output.add(Buffer.from("äé"));
  const text = output.text();
  expect(text).toMatch(/^\[\d+ bytes of output left out\]\n(äé|é)(äé)*$/);
  const left = Number(/\d+/.exec(text)?.[0]);
  expect(left + Buffer.byteLength(text.slice(text.indexOf("\n") + 1))).toBe(40_000);
});
