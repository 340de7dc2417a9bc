import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const SCRIPTS = join(import.meta.dirname, "..", "..", "scripts");

let root: string;
let bin: string;

// A tree with one locked package, and an npm of ours that notes its calls and "installs" what the lock says.
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "allot-setup-test-"));
  bin = join(root, "bin");
  mkdirSync(bin);
  cpSync(join(SCRIPTS, "setup.mjs"), join(root, "scripts", "setup.mjs"));
  writeFileSync(join(root, "package-lock.json"), lock("1.0.0"));
  const install = `#!/bin/sh
echo "$@" >> "${root}/npm-calls"
[ "$1" = ci ] || { [ -e "${root}/node-comes-late" ] && ln -sf "${process.execPath}" "${root}/node_modules/.bin/node"; exit 0; }
[ -e "${root}/npm-fails" ] && { echo "E503 registry is down" >&2; exit 1; }
sleep 0.2
rm -rf "${root}/node_modules"; mkdir -p "${root}/node_modules/.bin"
cp "${root}/package-lock.json" "${root}/node_modules/.package-lock.json"
[ -e "${root}/node-comes-late" ] || ln -s "${process.execPath}" "${root}/node_modules/.bin/node"
`;
  writeFileSync(join(bin, "npm"), install, { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function lock(version: string): string {
  const packages = { "": {}, "node_modules/a": { version }, "node_modules/b": { version, optional: true } };
  return JSON.stringify({ lockfileVersion: 3, packages });
}

const environment = () => ({ PATH: `${bin}:/usr/bin:/bin`, HOME: root, TMPDIR: root });

function setup(): { readonly status: number | null; readonly stderr: string } {
  return spawnSync(process.execPath, [join(root, "scripts", "setup.mjs")], { encoding: "utf8", env: environment() });
}

function npmCalls(): readonly string[] {
  const log = join(root, "npm-calls");
  return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
}

describe("setting up", () => {
  test("installs what is locked, says so in two lines, and does nothing the next time", () => {
    const first = setup();
    expect(first.status).toBe(0);
    expect(first.stderr).toMatch(/^Setting up: installing packages .*\nSetting up: done in \d+ s\.\n$/);
    expect(setup()).toMatchObject({ status: 0, stderr: "" });
    expect(npmCalls()).toEqual(["ci --include=dev --no-audit --no-fund --loglevel=error"]);
  });

  test("installs again when the lock has changed since", () => {
    setup();
    writeFileSync(join(root, "package-lock.json"), lock("1.0.1"));
    expect(setup().status).toBe(0);
    expect(npmCalls()).toHaveLength(2);
  });

  test("installs once when several start together", async () => {
    const runs = [1, 2, 3].map(() =>
      spawn(process.execPath, [join(root, "scripts", "setup.mjs")], { env: environment(), stdio: "ignore" }),
    );
    const codes = await Promise.all(runs.map(async (run) => (await once(run, "exit"))[0] as number));
    expect(codes).toEqual([0, 0, 0]);
    expect(npmCalls()).toHaveLength(1);
  });

  test("takes over the lock of a set-up that was killed", () => {
    expect(setup().status).toBe(0);
    rmSync(join(root, "node_modules"), { recursive: true });
    const left = spawnSync(process.execPath, ["-e", "console.log(process.pid)"], { encoding: "utf8" }).stdout.trim();
    writeFileSync(join(root, lockName()), left);
    expect(setup().status).toBe(0);
    expect(npmCalls()).toHaveLength(2);
    expect(existsSync(join(root, lockName()))).toBe(false);
  });

  test("fetches Node again where the installed packages lack it", () => {
    writeFileSync(join(root, "node-comes-late"), "");
    const done = setup();
    expect(done.status).toBe(0);
    expect(npmCalls()[1]).toBe("rebuild node --ignore-scripts=false --loglevel=error");
  });

  test("says what npm said when it fails, and leaves no lock behind", () => {
    writeFileSync(join(root, "npm-fails"), "");
    const failed = setup();
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain(
      "allot: npm ci failed:\nE503 registry is down\nIs the npm registry reachable from here?",
    );
    rmSync(join(root, "npm-fails"));
    expect(setup().status).toBe(0);
  });
});

/** The set-up's lock stands in the temporary folder, which is `root` here, named for the tree's path. */
function lockName(): string {
  return `allot-setup-${userInfo().uid}-${createHash("sha256").update(root).digest("hex").slice(0, 12)}.lock`;
}
