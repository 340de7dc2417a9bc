import { isAbsolute, posix, relative, sep } from "node:path";
import picomatch from "picomatch";
import type { Codebase, FileFacts, LeftOut, ModuleFacts } from "../../codebase/facts/facts.ts";
import { didYouMean } from "../../foundation/closest.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { WorkKind, WorkSpec } from "../work.ts";
import { findBottlenecks } from "./bottlenecks.ts";

/** The files that work is about. */
export interface Targets {
  /** Sorted by path. */
  readonly files: readonly FileFacts[];
  /** Of what was asked for: what is never read, with the reason. */
  readonly leftOut: readonly LeftOut[];
  /** Paths that were named, are not there, and differ from the commit that is compared with: deleted files. */
  readonly gone: readonly string[];
}

/** Which files of a folder, or of a whole codebase, a kind of work reads; a file that is named by itself is always read. */
const ROLES: Readonly<Record<WorkKind, readonly FileFacts["role"][]>> = {
  analyze: ["code"],
  document: ["code"],
  refactor: ["code"],
  test: ["code"],
  review: ["code", "test", "config"],
  optimize: ["code"],
  security: ["code", "config"],
  architecture: ["code", "config"],
  migration: ["code", "config", "test"],
};

/** Modules at the core of a codebase where none counts as critical. */
const MOST_CORE = 10;

/**
 * The files of a target. Deterministic. Throws `file-not-found` for a path or a module that is not there, with the closest names;
 * a named file that is left out by rule is told in `leftOut`, not thrown.
 */
export async function selectTargets(
  spec: Pick<WorkSpec, "kind" | "target" | "context">,
  codebase: Codebase,
  readBytes: (path: string) => Promise<Buffer>,
): Promise<Targets> {
  const { target } = spec;
  switch (target.by) {
    case "modules":
      return ofModules(target.names, codebase);
    case "paths":
      return ofPaths(target.paths, spec, codebase);
    case "core-modules":
      return modulesAsTargets(coreModules(codebase), codebase);
    case "bottlenecks":
      return modulesAsTargets(await findBottlenecks(codebase, readBytes), codebase);
    case "codebase":
      return { files: ofRoles(codebase.files, spec.kind), leftOut: codebase.leftOut, gone: [] };
  }
}

function coreModules({ modules }: Codebase): readonly ModuleFacts[] {
  const critical = modules.filter(({ criticality }) => criticality.isCritical);
  if (critical.length > 0) return critical;
  return modules.toSorted((a, b) => b.criticality.score - a.criticality.score).slice(0, MOST_CORE);
}

function modulesAsTargets(modules: readonly ModuleFacts[], codebase: Codebase): Targets {
  const paths = new Set(modules.flatMap(({ files }) => files));
  return { files: codebase.files.filter(({ path }) => paths.has(path)), leftOut: [], gone: [] };
}

/** A module by its name, by the end of its name where only one has it, or by a path. */
function ofModules(names: readonly string[], codebase: Codebase): Targets {
  const paths = new Set<string>();
  for (const name of names) for (const path of filesOfModule(name, codebase)) paths.add(path);
  return { files: codebase.files.filter(({ path }) => paths.has(path)), leftOut: [], gone: [] };
}

function filesOfModule(name: string, codebase: Codebase): readonly string[] {
  const { modules, files } = codebase;
  const named = modules.find((module) => module.name === name);
  if (named !== undefined) return named.files;
  const ending = modules.filter((module) => module.name.endsWith(`.${name}`));
  const [only] = ending;
  if (only !== undefined && ending.length === 1) return only.files;
  if (ending.length > 1) {
    const several = ending.slice(0, 5).map((module) => module.name);
    throw new AllotError("input-invalid", `"${name}" may be ${several.join(", ")}; name one of them in full`);
  }
  const path = pathInside(name, codebase.root);
  const matching =
    path === undefined ? [] : files.filter((file) => file.path === path || file.path.startsWith(`${path}/`));
  if (matching.length > 0) return matching.map((file) => file.path);
  const known = modules.map((module) => module.name);
  throw new AllotError(
    "file-not-found",
    `no module "${name}" in ${codebase.root}; "allot list --modules" names all ${known.length}.${didYouMean(name, known)}`,
  );
}

function ofPaths(
  asked: readonly string[],
  { kind, context }: Pick<WorkSpec, "kind" | "context">,
  codebase: Codebase,
): Targets {
  const chosen = new Set<string>();
  const leftOut = new Set<LeftOut>();
  const gone: string[] = [];
  for (const given of asked) {
    const path = pathInside(given, codebase.root);
    if (path === undefined) {
      throw new AllotError("path-escapes", `${given} is outside of ${codebase.root}; a path inside is accepted`);
    }
    const isIn = matcher(path, codebase);
    const named = codebase.files.filter((file) => isIn(file.path));
    const isFile = named.length === 1 && named[0]?.path === path;
    for (const file of isFile ? named : ofRoles(named, kind)) chosen.add(file.path);
    const out = codebase.leftOut.filter((one) => isIn(one.path));
    for (const one of out) leftOut.add(one);
    if (named.length > 0 || out.length > 0 || path === "") continue;
    if (context !== "git_diff") throw nothingAt(given, codebase);
    gone.push(path);
  }
  return {
    files: codebase.files.filter(({ path }) => chosen.has(path)),
    leftOut: [...leftOut],
    gone: gone.toSorted(byCodeUnit),
  };
}

/** A folder that holds tests or documents only is read for what it is. */
function ofRoles(files: readonly FileFacts[], kind: WorkKind): readonly FileFacts[] {
  const fitting = files.filter(({ role }) => ROLES[kind].includes(role));
  return fitting.length > 0 ? fitting : files.filter(({ role }) => role !== "data");
}

/** A file, all below a folder, or what a pattern matches. */
function matcher(path: string, { files }: Codebase): (path: string) => boolean {
  if (path === "") return () => true;
  const isIn = (candidate: string): boolean => candidate === path || candidate.startsWith(`${path}/`);
  // Brackets are common in names of routes.
  const isPattern = /[*?[\]{}!]/.test(path) && !files.some((file) => isIn(file.path));
  return isPattern ? picomatch(path, { dot: true }) : isIn;
}

/** Relative to the root, with "/", "" for the root; undefined where it leads outside. Pure. */
export function pathInside(given: string, root: string): string | undefined {
  const local = isAbsolute(given) ? relative(root, given) : given;
  const path = posix.normalize(local.split(sep).join("/")).replace(/\/+$/, "");
  if (path === "." || path === "") return "";
  return path === ".." || path.startsWith("../") || isAbsolute(path) ? undefined : path;
}

function nothingAt(given: string, { files, root }: Codebase): AllotError {
  const paths = files.map(({ path }) => path);
  const near = didYouMean(given, paths.length > 5_000 ? paths.filter((path) => sameName(path, given)) : paths);
  return new AllotError("file-not-found", `no file, folder or pattern "${given}" in ${root}.${near}`);
}

function sameName(path: string, given: string): boolean {
  return posix.basename(path).toLowerCase() === posix.basename(given).toLowerCase();
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
