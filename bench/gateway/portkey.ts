import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VERSION = "1.15.2";

/** A fresh install takes a newer one, with which Portkey cannot stream: `TypeError: immutable`. */
const SERVER_VERSION = "1.13.0";

export const PORTKEY_NAME = `@portkey-ai/gateway ${VERSION}`;

/** Installs the peer from npm, once, outside of the project. Answers its program, or why it cannot be had. */
export function installPortkey(): { readonly program: string } | { readonly why: string } {
  const folder = join(tmpdir(), `allot-bench-portkey-${VERSION}`);
  const modules = join(folder, "node_modules");
  const program = join(modules, "@portkey-ai", "gateway", "build", "start-server.js");
  if (isThere(modules)) return { program };
  mkdirSync(folder, { recursive: true });
  const wanted = {
    private: true,
    dependencies: { "@portkey-ai/gateway": VERSION },
    overrides: { "@hono/node-server": SERVER_VERSION },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(wanted));
  // Its install scripts are not needed to run it.
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const done = spawnSync("npm", args, { cwd: folder, encoding: "utf8", timeout: 180_000 });
  if (isThere(modules)) return { program };
  const said = `${done.error?.message ?? ""}\n${done.stderr}`.trim().split("\n")[0] ?? "";
  return { why: `npm could not install ${PORTKEY_NAME}: ${said.slice(0, 200)}` };
}

function isThere(modules: string): boolean {
  return (
    versionIn(join(modules, "@portkey-ai", "gateway")) === VERSION &&
    versionIn(join(modules, "@hono", "node-server")) === SERVER_VERSION
  );
}

function versionIn(folder: string): string | undefined {
  const path = join(folder, "package.json");
  if (!existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
