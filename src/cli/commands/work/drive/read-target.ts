import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import type { Codebase } from "../../../../codebase/facts/facts.ts";
import type { Settings } from "../../../../config/config.ts";
import { didYouMean } from "../../../../foundation/closest.ts";
import { AllotError } from "../../../../foundation/errors.ts";
import type { WorkSpec } from "../../../../tasks/work.ts";
import { modulesByWeight } from "../../../view/work/list-screen.ts";

export type Target = WorkSpec["target"];

/** What a command is to work on. */
export interface ReadTarget {
  /** null: nothing of what was named can be read; `notes` say why. */
  readonly target: Target | null;
  /** What was named and is passed over, each with its reason: deleted, left out. */
  readonly notes: readonly string[];
}

/** What somebody typed of it, unchecked. */
export type TargetWords = Pick<Settings, "scope" | "target" | "module" | "file" | "files"> & {
  readonly positionals: readonly string[];
};

/** What is known of a path that is not there: git has it in the last commit, or nobody knows it. */
export type WasThere = (path: string) => Promise<boolean>;

const WHOLE = ["codebase", "all", "project", "."];

/**
 * What was named, as files and modules of the codebase; undefined where nothing was. Modules may be named by their last
 * words, files from the working folder or from the root. A file that was deleted or is left out is passed over and told.
 * Throws `usage` for a module that is none, `file-not-found` for a path that never was one.
 */
export async function readTarget(
  words: TargetWords,
  codebase: Codebase,
  cwd: string,
  wasThere: WasThere,
): Promise<ReadTarget | undefined> {
  const { scope } = words;
  const targets = words.target ?? [];
  const files = [...(words.file ?? []), ...(words.files ?? []), ...words.positionals].map(unquoted);
  const modules = words.module ?? [];
  if (scope === "codebase" || targets.some((word) => WHOLE.includes(word.toLowerCase())))
    return { target: { by: "codebase" }, notes: [] };
  const special = targets.map((word) => word.toLowerCase().replaceAll("-", "_"));
  if (special.includes("core_modules")) return { target: { by: "core-modules" }, notes: [] };
  if (special.includes("bottlenecks")) return { target: { by: "bottlenecks" }, notes: [] };
  const asFiles = targets.filter((word) => scope === "file" || (scope === null && isPath(word, codebase, cwd)));
  const asModules = [...modules, ...targets.filter((word) => !asFiles.includes(word))];
  const named = words.files !== null || words.file !== null;
  if (asModules.length > 0 && files.length + asFiles.length === 0) {
    return { target: { by: "modules", names: asModules.map((name) => moduleNamed(name, codebase)) }, notes: [] };
  }
  const paths = [...files, ...asFiles];
  if (paths.length === 0 && !named) return undefined;
  const ofModules = asModules.flatMap(
    (name) => codebase.modules.find((module) => module.name === moduleNamed(name, codebase))?.files ?? [],
  );
  return readPaths(paths, ofModules, codebase, cwd, wasThere);
}

async function readPaths(
  paths: readonly string[],
  more: readonly string[],
  codebase: Codebase,
  cwd: string,
  wasThere: WasThere,
): Promise<ReadTarget> {
  const notes: string[] = [];
  const found: string[] = [...more];
  for (const written of paths) {
    const places = placesOf(written, codebase, cwd);
    const path = places.find((place) => isRead(place, codebase));
    if (path === undefined) notes.push(await whyNot(written, places, codebase, wasThere));
    else found.push(path);
  }
  if (found.includes("")) return { target: { by: "codebase" }, notes };
  const unique = [...new Set(found)];
  if (paths.length === 0 && unique.length === 0) notes.push("no file was named");
  return { target: unique.length === 0 ? null : { by: "paths", paths: unique }, notes };
}

function isRead(path: string, { files }: Codebase): boolean {
  return path === "" || files.some((file) => file.path === path || file.path.startsWith(`${path}/`));
}

/** Why nothing of it is read. Throws `file-not-found` for what never was there. */
async function whyNot(
  written: string,
  places: readonly string[],
  { root, leftOut }: Codebase,
  wasThere: WasThere,
): Promise<string> {
  for (const path of places) {
    const left = leftOut.find((out) => out.path === path || path.startsWith(`${out.path}/`));
    if (left !== undefined) return `${path} is left out: ${left.reason} (${left.detail})`;
    if (existsSync(join(root, path))) return `${path} holds nothing that can be read`;
    if (await wasThere(path)) return `${path} was deleted: there is nothing to read`;
  }
  throw new AllotError("file-not-found", `${written} is no file or folder of ${root}`);
}

/**
 * What a written path may mean, from the root: as seen from the working folder first, then from the root, as
 * `git diff --name-only` writes. Throws `path-escapes` where both are outside.
 */
function placesOf(written: string, { root }: Codebase, cwd: string): readonly string[] {
  const fromHere = relative(realpathOf(root), realpathOf(resolve(cwd, written)));
  const fromRoot = isAbsolute(written) ? fromHere : relative(root, resolve(root, written));
  const inside = [fromHere, fromRoot]
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path !== ".." && !path.startsWith("../") && !isAbsolute(path));
  if (inside.length === 0) throw new AllotError("path-escapes", `${written} is outside of ${root}`);
  return [...new Set(inside)];
}

function realpathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function isPath(word: string, codebase: Codebase, cwd: string): boolean {
  if (codebase.modules.some(({ name }) => name === word)) return false;
  return existsSync(resolve(cwd, word)) || existsSync(join(codebase.root, word)) || word.includes("/");
}

/** Git writes names with other letters in quotes, with their bytes as octal digits. */
function unquoted(written: string): string {
  if (!/^".*"$/s.test(written)) return written;
  const bytes: number[] = [];
  const plain: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 };
  for (const [, octal, sign, other] of written.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gsu)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (sign !== undefined) bytes.push(plain[sign] ?? sign.codePointAt(0) ?? 0);
    else bytes.push(...Buffer.from(other ?? ""));
  }
  return Buffer.from(bytes).toString("utf8");
}

/** A module by its name, by a file or folder of it, or by the end of its name where only one has it. */
function moduleNamed(word: string, codebase: Codebase): string {
  const { modules } = codebase;
  const path = word.replace(/^\.\//, "");
  const found = modules.find(({ name }) => name === word) ?? modules.find(({ files }) => files.includes(path));
  if (found !== undefined) return found.name;
  const dotted = path.replaceAll("/", ".").toLowerCase();
  const ends = modules.filter(({ name }) => name.toLowerCase() === dotted || name.toLowerCase().endsWith(`.${dotted}`));
  const [only] = ends;
  if (ends.length === 1 && only !== undefined) return only.name;
  const names = modules.map(({ name }) => name);
  const some = modulesByWeight(codebase, false)
    .slice(0, 5)
    .map(({ name }) => name);
  throw new AllotError(
    "usage",
    ends.length > 1
      ? `"${word}" is several modules: ${ends.map(({ name }) => name).join(", ")}; give one of them`
      : `"${word}" is no module here.${didYouMean(word, names)} There are ${names.length}, like ${some.join(", ")}; allot list --modules names them all`,
    { details: { module: word } },
  );
}
