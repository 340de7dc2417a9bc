import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SplitGoal } from "./split-goal.ts";

/** Which file a goal means. */
export type FoundModule =
  | { readonly kind: "found"; readonly file: string; readonly why: string }
  | { readonly kind: "several"; readonly files: readonly string[]; readonly why: string }
  | { readonly kind: "none"; readonly reason: string };

/** Languages whose modules can be split without a model. */
const SPLITTABLE = /\.(?:py|[cm]?[jt]sx?)$/i;
const PASSED_OVER = new Set([
  "node_modules",
  "vendor",
  "third_party",
  "venv",
  "env",
  "dist",
  "build",
  "out",
  "target",
  "coverage",
  "__pycache__",
  "site-packages",
  "bower_components",
]);
const NOT_WRITTEN_BY_HAND = /(?:\.min\.[cm]?js|\.d\.[cm]?ts|\.bundle\.js|_pb2\.py|\.generated\.\w+)$/i;
const TESTS =
  /(?:^|\/)(?:tests?|__tests__|spec|fixtures|examples?|docs?|benchmarks?)\/|(?:^|\/)(?:test_[^/]*|[^/]*_test|[^/]*\.(?:test|spec))\.[^/.]+$/i;

/**
 * The file a split goal means: the one it names by path, by name, or by a class or module in it; where it names none,
 * the largest source file above `maxLines`. Answers several where the goal fits more than one equally well.
 */
export async function findModule(root: string, goal: SplitGoal, maxLines: number): Promise<FoundModule> {
  const files = await listFiles(root);
  if (goal.files.length > 0) return byFile(files, goal.files);
  const named = await byName(root, files, goal.names);
  return named ?? byLargest(root, files, maxLines);
}

/** Every file below `root` that a project keeps as its own, sorted; hidden folders and installed ones are left out. */
export async function listFiles(root: string): Promise<readonly string[]> {
  const files: string[] = [];
  const waiting = [""];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !entry.name.startsWith(".") && !PASSED_OVER.has(entry.name)) waiting.push(path);
      else if (entry.isFile()) files.push(path);
    }
  }
  return files.toSorted();
}

function byFile(files: readonly string[], wanted: readonly string[]): FoundModule {
  const found = wanted.map((name) => ({
    name,
    matches: files.filter((file) => file === name || file.endsWith(`/${name}`)),
  }));
  const missing = found.find(({ matches }) => matches.length === 0);
  if (missing !== undefined) return { kind: "none", reason: `${missing.name} is not in the repository` };
  if (found.length > 1) {
    return {
      kind: "several",
      files: found.map(({ matches, name }) => matches[0] ?? name),
      why: "the goal names several files",
    };
  }
  const { name = "", matches = [] } = found[0] ?? {};
  const exact = matches.find((file) => file === name);
  if (exact !== undefined) return { kind: "found", file: exact, why: "the goal names it" };
  const [file = "", ...others] = matches;
  if (others.length === 0) return { kind: "found", file, why: `the only ${name} of the repository` };
  const own = matches.filter((match) => !TESTS.test(match));
  const [single = ""] = own;
  return own.length === 1
    ? { kind: "found", file: single, why: `the only ${name} outside tests and examples` }
    : { kind: "several", files: matches, why: `the repository has ${matches.length} files of the name ${name}` };
}

/** A class or function of that name, or a module whose file or folder is called so. */
async function byName(
  root: string,
  files: readonly string[],
  names: readonly string[],
): Promise<FoundModule | undefined> {
  const sources = files.filter(isSource);
  for (const name of names) {
    const stem = name.replaceAll(".", "/");
    const asModule = sources.filter((file) => {
      const bare = file.replace(/\.[^./]+$/, "").replace(/\/(?:__init__|index)$/, "");
      return bare === stem || bare.endsWith(`/${stem}`);
    });
    const asClass = asModule.length > 0 ? [] : await definers(root, sources, name);
    const matches = asModule.length > 0 ? asModule : asClass;
    const [file = "", ...others] = matches;
    if (matches.length > 0 && others.length === 0) return { kind: "found", file, why: `${name} stands there` };
    if (matches.length > 1)
      return { kind: "several", files: matches, why: `${name} stands in ${matches.length} files` };
  }
  const [first] = names;
  return first === undefined ? undefined : { kind: "none", reason: `nothing in the repository is called ${first}` };
}

async function definers(root: string, sources: readonly string[], name: string): Promise<readonly string[]> {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return [];
  const pattern = new RegExp(
    String.raw`^\s*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?(?:class|def|function|async function|async def)\s+${name.replaceAll("$", "\\$")}\b`,
    "m",
  );
  const found: string[] = [];
  for (const file of sources) if (pattern.test(await readFile(join(root, file), "utf8"))) found.push(file);
  return found;
}

async function byLargest(root: string, files: readonly string[], maxLines: number): Promise<FoundModule> {
  const sized: { file: string; lines: number }[] = [];
  for (const file of files.filter(isSource)) {
    const lines = await countLines(join(root, file));
    if (lines > maxLines) sized.push({ file, lines });
  }
  sized.sort((a, b) => b.lines - a.lines || (a.file < b.file ? -1 : 1));
  const [first, second] = sized;
  if (first === undefined)
    return { kind: "none", reason: `no source file is above ${maxLines} lines, and the goal names none` };
  // Nearly as large is as likely meant.
  if (second !== undefined && second.lines > first.lines * 0.8) {
    const close = sized.filter(({ lines }) => lines > first.lines * 0.8);
    return {
      kind: "several",
      files: close.map(({ file }) => file),
      why: "the goal names no file, and several are about as large",
    };
  }
  return { kind: "found", file: first.file, why: `the largest source file, ${first.lines} lines` };
}

function isSource(file: string): boolean {
  return SPLITTABLE.test(file) && !NOT_WRITTEN_BY_HAND.test(file) && !TESTS.test(file);
}

/** Newlines of a file, counted in chunks. */
async function countLines(path: string): Promise<number> {
  await using handle = await open(path);
  let lines = 0;
  for await (const chunk of handle.readableWebStream({ autoClose: false })) {
    for (const byte of new Uint8Array(chunk as ArrayBuffer)) if (byte === 10) lines++;
  }
  return lines;
}
