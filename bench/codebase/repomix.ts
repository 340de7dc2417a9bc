import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VERSION = "1.18.1";

export const REPOMIX_NAME = `repomix ${VERSION}`;

/** Installs the peer from npm, once, outside of the project. Answers its program, or why it cannot be had. */
export function installRepomix(): { readonly program: string } | { readonly why: string } {
  const folder = join(tmpdir(), `allot-bench-repomix-${VERSION}`);
  const own = join(folder, "node_modules", "repomix");
  const program = join(own, "bin", "repomix.cjs");
  if (versionIn(own) === VERSION) return { program };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: { repomix: VERSION } }));
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const done = spawnSync("npm", args, { cwd: folder, encoding: "utf8", timeout: 180_000 });
  if (versionIn(own) === VERSION) return { program };
  const said = `${done.error?.message ?? ""}\n${done.stderr}`.trim().split("\n")[0] ?? "";
  return { why: `npm could not install ${REPOMIX_NAME}: ${said.slice(0, 200)}` };
}

function versionIn(folder: string): string | undefined {
  const path = join(folder, "package.json");
  if (!existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
