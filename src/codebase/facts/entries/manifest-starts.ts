import { baseOf, folderOf } from "../listing/names.ts";

/** A program's start as a manifest names it. */
export interface ProgramStart {
  /** "path": a file, relative to the root, perhaps of a build. "module": a Python module, relative to `folder`. */
  readonly kind: "path" | "module";
  /** Folder of the manifest. */
  readonly folder: string;
  readonly target: string;
  /** "package.json bin". */
  readonly why: string;
}

type ReadStarts = (text: string) => readonly Omit<ProgramStart, "folder">[];

const MANIFESTS: Readonly<Record<string, ReadStarts>> = {
  "package.json": fromPackage,
  "composer.json": fromComposer,
  "pyproject.toml": (text) =>
    fromScriptLines(
      text,
      "pyproject.toml",
      /^\[(?:project\.(?:gui-)?scripts|tool\.poetry\.scripts|project\.entry-points\..*)\]/,
    ),
  "setup.cfg": (text) => fromScriptLines(text, "setup.cfg", /^\s*(?:console|gui)_scripts\s*=/),
  "setup.py": (text) => fromScriptLines(text, "setup.py", /(?:console|gui)_scripts/),
  "Cargo.toml": fromCargo,
};

/** The starts that a manifest names; none in any other file, or where it is broken. Pure. */
export function startsIn(path: string, text: string): readonly ProgramStart[] {
  const name = baseOf(path);
  const read = Object.hasOwn(MANIFESTS, name) ? MANIFESTS[name] : undefined;
  if (read === undefined) return [];
  const folder = folderOf(path);
  return read(text).map((start) => ({ ...start, folder }));
}

function fromPackage(text: string): ReturnType<ReadStarts> {
  const manifest = objectIn(text);
  const start = (target: string, field: string) => ({ kind: "path" as const, target, why: `package.json ${field}` });
  const named = [
    ...stringsIn(manifest["bin"]).map((target) => start(target, "bin")),
    ...stringsIn(manifest["main"]).map((target) => start(target, "main")),
    ...stringsIn(manifest["module"]).map((target) => start(target, "module")),
    ...stringsIn(manifest["exports"]).map((target) => start(target, "exports")),
  ];
  const scripts = isObject(manifest["scripts"]) ? manifest["scripts"] : {};
  const run = ["start", "dev", "serve"].flatMap((name) =>
    programsIn(scripts[name]).map((target) => start(target, `scripts.${name}`)),
  );
  const known = [...named, ...run].filter(
    ({ target }) => !target.includes("*") && !/\.(?:json|css|d\.[cm]?ts)$/.test(target),
  );
  // Without a word, a package starts at its index.
  return named.length > 0 ? known : [...known, start("./index.js", "(by default)")];
}

/** Files that a script starts: "node --watch server.js", "tsx src/main.ts". */
function programsIn(script: unknown): readonly string[] {
  if (typeof script !== "string") return [];
  const runs = script.matchAll(
    /\b(?:node|tsx|ts-node|ts-node-dev|nodemon|bun(?: run)?|deno run)((?:\s+-\S+)*)\s+([\w@./-]+\.[cm]?[jt]sx?)\b/g,
  );
  return Array.from(runs, (run) => run[2] ?? "");
}

function fromComposer(text: string): ReturnType<ReadStarts> {
  return stringsIn(objectIn(text)["bin"]).map((target) => ({ kind: "path", target, why: "composer.json bin" }));
}

/** Lines `name = package.module:function` below a heading. */
function fromScriptLines(text: string, file: string, heading: RegExp): ReturnType<ReadStarts> {
  const starts: Omit<ProgramStart, "folder">[] = [];
  let isInside = false;
  for (const line of text.split("\n")) {
    if (heading.test(line)) isInside = true;
    else if (/^\[/.test(line) || /^\s*[\])}]+,?\s*$/.test(line)) isInside = false;
    if (!isInside) continue;
    for (const [, module = ""] of line.matchAll(/=\s*["']?([A-Za-z_][\w.]*)\s*:\s*[A-Za-z_]/g)) {
      starts.push({ kind: "module", target: module, why: `${file} scripts` });
    }
  }
  return starts;
}

function fromCargo(text: string): ReturnType<ReadStarts> {
  const starts: Omit<ProgramStart, "folder">[] = [
    { kind: "path", target: "src/main.rs", why: "Cargo.toml bin" },
    { kind: "path", target: "src/lib.rs", why: "Cargo.toml lib" },
  ];
  let table = "";
  for (const line of text.split("\n")) {
    table = /^\s*\[+\s*([\w.-]+)\s*\]+/.exec(line)?.[1] ?? table;
    const path = /^\s*path\s*=\s*["']([^"']+)["']/.exec(line)?.[1];
    if (path !== undefined && (table === "bin" || table === "lib")) {
      starts.push({ kind: "path", target: path, why: `Cargo.toml ${table}` });
    }
  }
  return starts;
}

/** Every string in a value, however it is nested. */
function stringsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
