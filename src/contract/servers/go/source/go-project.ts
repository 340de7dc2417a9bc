import { posix } from "node:path";
import type { SourceTree } from "../../../source-tree.ts";
import type { SyntaxParser } from "../../syntax-tree.ts";
import { type GoDeclared, type GoFile, type GoFunction, readGoFile } from "./go-files.ts";

/** All files of one folder, as the compiler sees them: one space of names. Only files that declare what is asked for are parsed. */
export interface GoPackage {
  readonly folder: string;
  functionNamed(name: string): GoFunction | undefined;
  /** A type, constant or variable. */
  declaredNamed(name: string): GoDeclared | undefined;
  methodOf(type: string, name: string): GoFunction | undefined;
}

/** The Go code of a project: packages by folder or by the path they are imported by. Each file is parsed once, when asked for. */
export interface GoProject {
  readonly paths: readonly string[];
  pathsIn(folder: string): readonly string[];
  file(path: string): GoFile | undefined;
  packageAt(folder: string): GoPackage;
  /** Undefined for a package that is not of this project. */
  packageOf(importPath: string): GoPackage | undefined;
  /** The same, by its folder and without reading it. */
  folderOf(importPath: string): string | undefined;
  /** All methods of a name, whatever their type. */
  methodsNamed(name: string): readonly GoFunction[];
}

export function openGoProject(tree: SourceTree, parser: SyntaxParser): GoProject {
  const paths = tree.files.filter(
    (path) => path.endsWith(".go") && !path.endsWith("_test.go") && !/(?:^|\/)(?:vendor|testdata)\//.test(path),
  );
  const byFolder = Map.groupBy(paths, (path) => (path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ""));
  const modules = modulesOf(tree);
  const files = new Map<string, GoFile | undefined>();
  const packages = new Map<string, GoPackage>();
  const file = (path: string): GoFile | undefined => {
    if (!files.has(path)) files.set(path, readGoFile(tree, parser, path));
    return files.get(path);
  };
  const packageAt = (folder: string): GoPackage => {
    const known = packages.get(folder);
    if (known !== undefined) return known;
    const made = openPackage(folder, byFolder.get(folder) ?? [], tree, file);
    packages.set(folder, made);
    return made;
  };
  const folderOf = (importPath: string): string | undefined => {
    for (const [module, folder] of modules) {
      if (importPath !== module && !importPath.startsWith(`${module}/`)) continue;
      const inside = posix.join(folder, importPath.slice(module.length)).replace(/^\.?\/|^\.$/g, "");
      if (byFolder.has(inside)) return inside;
    }
    if (modules.length > 0) return undefined;
    // Without a go.mod the name of the module is not known; what is behind it is a folder.
    const parts = importPath.split("/");
    return parts.map((_, at) => parts.slice(at + 1).join("/")).find((rest) => rest !== "" && byFolder.has(rest));
  };
  const folders = new Map<string, string | undefined>();
  const knownFolderOf = (importPath: string): string | undefined => {
    if (!folders.has(importPath)) folders.set(importPath, folderOf(importPath));
    return folders.get(importPath);
  };
  return {
    paths,
    pathsIn: (folder) => byFolder.get(folder) ?? [],
    file,
    packageAt,
    folderOf: knownFolderOf,
    packageOf(importPath) {
      const folder = knownFolderOf(importPath);
      return folder === undefined ? undefined : packageAt(folder);
    },
    methodsNamed(name) {
      const head = new RegExp(`^func\\s*\\([^()]*\\)\\s*${name}\\s*\\(`, "m");
      return paths
        .filter((path) => head.test(tree.read(path) ?? ""))
        .flatMap((path) => file(path)?.functions ?? [])
        .filter((one) => one.receiver !== undefined && one.name === name);
    },
  };
}

/** Folders by the path of the module in them, the longest path first. */
function modulesOf(tree: SourceTree): [string, string][] {
  const found: [string, string][] = [];
  for (const path of tree.files.filter((name) => /(?:^|\/)go\.mod$/.test(name))) {
    const module = /^\s*module\s+"?([^\s"]+)/m.exec(tree.read(path) ?? "")?.[1];
    if (module !== undefined) found.push([module, posix.dirname(path)]);
  }
  return found.toSorted(([a], [b]) => b.length - a.length);
}

function openPackage(
  folder: string,
  paths: readonly string[],
  tree: SourceTree,
  file: (path: string) => GoFile | undefined,
): GoPackage {
  const known = new Map<string, GoFunction | GoDeclared | undefined>();
  const find = <T extends GoFunction | GoDeclared>(
    key: string,
    name: string,
    head: RegExp,
    pick: (one: GoFile) => T | undefined,
  ): T | undefined => {
    if (known.has(key)) return known.get(key) as T | undefined;
    let found: T | undefined;
    for (const path of paths) {
      const text = tree.read(path) ?? "";
      if (!text.includes(name) || !head.test(text)) continue;
      const one = file(path);
      found = one === undefined ? undefined : pick(one);
      if (found !== undefined) break;
    }
    known.set(key, found);
    return found;
  };
  return {
    folder,
    functionNamed: (name) =>
      find(`func ${name}`, name, new RegExp(`^func\\s+${name}\\s*[(\\[]`, "m"), ({ functions }) =>
        functions.find((one) => one.receiver === undefined && one.name === name),
      ),
    // In a group of declarations the name begins a line.
    declaredNamed: (name) =>
      find(
        `name ${name}`,
        name,
        new RegExp(`^(?:(?:type|var|const)\\s+|\\s+)(?:\\w+\\s*,\\s*)*${name}\\b`, "m"),
        ({ declared }) => declared.find((one) => one.name === name),
      ),
    methodOf: (type, name) =>
      find(
        `${type}.${name}`,
        name,
        new RegExp(`^func\\s*\\([^()]*\\b${type}\\b[^()]*\\)\\s*${name}\\s*\\(`, "m"),
        ({ functions }) => functions.find((one) => one.receiver?.type === type && one.name === name),
      ),
  };
}
