import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { Language } from "../../languages/languages.ts";
import { byText } from "../listing/names.ts";

/** A file that belongs to a module. */
export interface ModuleFile {
  readonly path: string;
  readonly language: Language;
}

/** The unit of import and its name. */
export interface NamedModule {
  readonly name: string;
  /** Sorted. */
  readonly files: readonly string[];
}

interface Unit {
  readonly files: string[];
  /** Names to try, the shortest first. */
  readonly names: readonly string[];
}

/** Files that speak for their folder. */
const FOLDER_FILE = /^(?:index|__init__|mod)$/;
/** Source roots that a language's own names leave out. */
const JVM_ROOT = /^(?:.*\/)?src\/(?:main|test)\/(?:java|kotlin|scala)\//;
const LONGEST_NAME = 160;

/**
 * Puts files of code into modules and names them: `pkg/core.py` is pkg.core, `src/gateway/paid.ts` src.gateway.paid, an
 * index or `__init__` its folder, a folder of Go one module, and so are a header and its source of C.
 *
 * Names are unique, hold letters, digits and "._+@-" only, and depend on the paths alone. Where two would be equal, the
 * one that speaks for a folder gets its own name too, then the extension counts, then a number. Sorted by name. Pure.
 */
export function nameModules(files: readonly ModuleFile[]): readonly NamedModule[] {
  const paths = new Set(files.map(({ path }) => path));
  const units = new Map<string, Unit>();
  for (const file of files.toSorted((a, b) => byText(a.path, b.path))) {
    const key = unitOf(file);
    const unit = units.get(key);
    if (unit === undefined) units.set(key, { files: [file.path], names: namesOf(file, paths) });
    else unit.files.push(file.path);
  }
  return settleNames([...units.values()]).toSorted((a, b) => byText(a.name, b.name));
}

/** Files with the same key are one module. */
function unitOf({ path, language }: ModuleFile): string {
  if (language === "go") return `go:${posix.dirname(path)}`;
  if (language === "c" || language === "cpp") return `c:${withoutExtension(path)}`;
  return path;
}

function namesOf(file: ModuleFile, paths: ReadonlySet<string>): readonly string[] {
  if (file.language === "go") {
    const folder = posix.dirname(file.path);
    return folder === "." ? ["main", "go.main"] : [dotted(folder), `${dotted(folder)}.go`];
  }
  const path = withoutRoot(file, paths);
  const stem = withoutExtension(path);
  const extension = path.slice(stem.length);
  const base = posix.basename(stem);
  const own = dotted(stem);
  const names = [own, dotted(stem + extension)];
  const folder = posix.dirname(stem);
  return FOLDER_FILE.test(base) && folder !== "." ? [dotted(folder), ...names] : names;
}

/** Without the folder that the language's own names leave out: `src/` of a Python package, `src/main/java/`. */
function withoutRoot({ path, language }: ModuleFile, paths: ReadonlySet<string>): string {
  if (language === "java") return path.replace(JVM_ROOT, "");
  if (language !== "python" || !path.startsWith("src/") || paths.has("src/__init__.py")) return path;
  return path.slice("src/".length);
}

function withoutExtension(path: string): string {
  const from = path.lastIndexOf("/") + 1;
  const dot = path.lastIndexOf(".");
  return dot > from ? path.slice(0, dot).replace(/\.d$/, "") : path;
}

/** "src/[id]/page" as src._id_.page: nothing that a shell reads as more than a word. */
function dotted(path: string): string {
  const name = path
    .split("/")
    .map((part) => part.replaceAll(/[^\p{L}\p{M}\p{N}_.+@-]+/gu, "_"))
    .join(".")
    .replace(/^[-.]/, (sign) => (sign === "-" ? "_" : sign));
  if (name.length <= LONGEST_NAME) return name;
  return `${name.slice(0, LONGEST_NAME - 9)}-${createHash("sha256").update(path).digest("hex").slice(0, 8)}`;
}

/** Gives each unit the first of its names that no other wants; those who want the same both try their next. */
function settleNames(units: readonly Unit[]): readonly NamedModule[] {
  const rank = new Map(units.map((unit) => [unit, 0]));
  const wanted = (unit: Unit): string => unit.names[rank.get(unit) ?? 0] ?? "";
  const longest = units.reduce((most, { names }) => Math.max(most, names.length), 0);
  for (let round = 1; round < longest; round++) {
    const counts = new Map<string, Unit[]>();
    for (const unit of units) {
      const rivals = counts.get(wanted(unit));
      if (rivals === undefined) counts.set(wanted(unit), [unit]);
      else rivals.push(unit);
    }
    for (const rivals of counts.values()) {
      if (rivals.length < 2) continue;
      // A folder's file gives way first: it has a longer name of its own.
      const folders = rivals.filter(({ names }) => names.length > 2);
      const giving = folders.length > 0 && folders.length < rivals.length ? folders : rivals;
      for (const unit of giving) rank.set(unit, Math.min((rank.get(unit) ?? 0) + 1, unit.names.length - 1));
    }
  }
  const taken = new Set<string>();
  return units.map((unit) => {
    const base = wanted(unit);
    let name = base;
    for (let number = 2; taken.has(name); number++) name = `${base}-${number}`;
    taken.add(name);
    return { name, files: unit.files };
  });
}
