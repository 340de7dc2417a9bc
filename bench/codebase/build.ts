import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..", "..");

/** Below the project, so that the built program finds its packages, and apart from what `npm run build` makes. */
const PLACE = join(ROOT, "node_modules", ".cache", "allot-bench");

/** Builds allot as it is published; answers the folder of the built program. Throws where the compiler finds a fault. */
export function buildAllot(): string {
  mkdirSync(PLACE, { recursive: true });
  copyFileSync(join(ROOT, "package.json"), join(PLACE, "package.json"));
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const folder = join(PLACE, "dist");
  const args = [compiler, "-p", join(ROOT, "tsconfig.build.json"), "--outDir", folder];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`the build failed:\n${stdout.slice(0, 2000)}`);
  return folder;
}
