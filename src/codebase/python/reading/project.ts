import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { importedNames, type ImportedName } from "./bindings.ts";
import { parsePython, walk } from "./syntax.ts";

/** The modules of the project around one file, as far as that file imports them. Paths are repository-relative. */
export interface Project {
  /** The project files that an import in `from` means; none for what comes from outside. */
  readonly filesOf: (imported: ImportedName, from: string) => readonly string[];
  /** True where importing that file leads back to the module under work, even inside a function. */
  readonly leadsBack: (file: string) => boolean;
}

const MOST_FILES = 400;

/** Reads the imports of every project file that `file` reaches through `imports`, at any depth of the code. */
export async function readProject(
  root: string,
  file: string,
  importRoot: string,
  imports: readonly ImportedName[],
): Promise<Project> {
  const filesOf = (imported: ImportedName, from: string): string[] => resolveImport(root, importRoot, imported, from);
  const targets = new Map<string, ReadonlySet<string>>();
  const queue = [...new Set(imports.flatMap((imported) => filesOf(imported, file)))];
  for (let next = queue.pop(); next !== undefined && targets.size < MOST_FILES; next = queue.pop()) {
    if (targets.has(next) || next === file) continue;
    const current = next;
    const found = new Set((await importsOf(join(root, current))).flatMap((imported) => filesOf(imported, current)));
    targets.set(current, found);
    queue.push(...found);
  }
  const back = new Set<string>([file]);
  for (let grown = true; grown;) {
    grown = false;
    for (const [from, found] of targets) {
      if (back.has(from) || ![...found].some((target) => back.has(target))) continue;
      back.add(from);
      grown = true;
    }
  }
  return { filesOf, leadsBack: (target) => back.has(target) };
}

/** Texts of the repository's files whose name matches, by path; folders of tools and of other people's code left out. */
export async function readTexts(root: string, matches: RegExp): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const queue = [""];
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (
        entry.isDirectory() &&
        !/^(\..*|node_modules|__pycache__|venv|env|build|dist|site-packages)$/.test(entry.name)
      )
        queue.push(path);
      if (!entry.isFile() || !matches.test(entry.name) || texts.size >= 3000) continue;
      texts.set(path, await readFile(join(root, path), "utf8"));
    }
  }
  return texts;
}

async function importsOf(path: string): Promise<ImportedName[]> {
  const text = await readFile(path, "utf8");
  if (!/\bimport\b/.test(text)) return [];
  const { module } = await parsePython(text);
  return [...walk(module)]
    .filter((node) => /^import_(from_)?statement$/.test(node.type))
    .flatMap((node) => importedNames(node, text));
}

function resolveImport(root: string, importRoot: string, imported: ImportedName, from: string): string[] {
  const folders = from.split("/").slice(0, -1);
  const above =
    imported.level > 0
      ? folders.slice(0, folders.length - (imported.level - 1))
      : importRoot.split("/").filter((part) => part !== "");
  const path = [...above, ...imported.module.split(".").filter((part) => part !== "")];
  const deeper =
    imported.name === undefined || imported.name === "*" ? undefined : fileOf(root, [...path, imported.name]);
  const own = imported.level === 0 && imported.module === "" ? undefined : fileOf(root, path);
  const found = deeper ?? own;
  return found === undefined ? [] : [found];
}

function fileOf(root: string, path: readonly string[]): string | undefined {
  const stem = path.join("/");
  const candidates = stem === "" ? ["__init__.py"] : [`${stem}/__init__.py`, `${stem}.py`];
  return candidates.find((candidate) => existsSync(join(root, candidate)));
}
