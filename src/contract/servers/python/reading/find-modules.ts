import type { SourceTree } from "../../../source-tree.ts";
import type { Module, Scope } from "../values/values.ts";

export interface FolderModule {
  readonly name: string;
  readonly isPackage: boolean;
}

export interface Modules {
  /** The module that `name` means in an import of `from`; "..models" is relative. Undefined where the tree does not hold it. */
  find(name: string, from: Module): Module | undefined;
  /** The modules and packages of a folder, sorted by name; without "__init__" and "__main__". */
  inFolder(folder: string): readonly FolderModule[];
  /** The module of a file. */
  ofFile(path: string): Module | undefined;
}

// Packages whose names a project's folders may have too, without meaning them.
const LIBRARIES =
  /^(?:fastapi|starlette|flask\w*|quart|apiflask|django|rest_framework\w*|ninja|werkzeug|pydantic\w*|sqlalchemy|typing|logging|json|os|sys|re|enum|abc|functools|collections|dataclasses|datetime|pathlib|asyncio|contextlib|itertools|time|uuid|importlib|inspect|types|email|http|test|code|copy|random|string|secrets|calendar|queue|select|signal|platform|statistics|tokenize|token|types|html|xml|csv|math|operator|pkgutil|celery|redis|requests|jinja2|click)$/;

/** Finds modules as imports name them, from every folder of the tree that may be a source root. Files are read when asked for. */
export function findModules(tree: SourceTree): Modules {
  const files = new Set(tree.files.filter((path) => path.endsWith(".py")));
  const { folders, parents } = foldersOf(files);
  const known = new Map<string, Module | undefined>();
  const at = (path: string): Module | undefined => {
    const file = [`${path}.py`, join(path, "__init__.py")].find((each) => files.has(each));
    if (file !== undefined) return open(file);
    return folders.has(path) ? open(path) : undefined;
  };
  const open = (path: string): Module | undefined => {
    if (known.has(path)) return known.get(path);
    const text = files.has(path) ? tree.read(path) : folders.has(path) ? "" : undefined;
    const module = text === undefined ? undefined : newModule(path, text);
    known.set(path, module);
    return module;
  };
  return {
    ofFile: open,
    inFolder: (folder) => inFolder(folder, files, folders),
    find: (name, from) => {
      const dots = /^\.*/.exec(name)?.[0].length ?? 0;
      const parts = name.slice(dots).split(".").filter(Boolean);
      if (dots > 0) return at(join(above(from.folder, dots - 1), parts.join("/")));
      const first = parts[0] ?? "";
      for (const parent of inOrder(parents.get(first) ?? new Set(), from.folder, files, LIBRARIES.test(first))) {
        const found = at(join(parent, parts.join("/")));
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

function foldersOf(files: ReadonlySet<string>): {
  readonly folders: ReadonlySet<string>;
  readonly parents: ReadonlyMap<string, ReadonlySet<string>>;
} {
  const folders = new Set<string>([""]);
  const parents = new Map<string, Set<string>>();
  const note = (name: string, parent: string): void => {
    const all = parents.get(name) ?? new Set();
    parents.set(name, all.add(parent));
  };
  for (const path of files) {
    note(path.slice(path.lastIndexOf("/") + 1, -3), above(path, 1));
    for (let folder = above(path, 1); folder !== "" && !folders.has(folder); folder = above(folder, 1)) {
      folders.add(folder);
      note(folder.slice(folder.lastIndexOf("/") + 1), above(folder, 1));
    }
  }
  return { folders, parents };
}

/** Source roots that hold a name, as an import of a file in `folder` is likely to find them. */
function inOrder(
  parents: ReadonlySet<string>,
  folder: string,
  files: ReadonlySet<string>,
  isLibrary: boolean,
): readonly string[] {
  const isAbove = (parent: string): boolean => parent === "" || folder === parent || folder.startsWith(`${parent}/`);
  const isPackage = (parent: string): boolean => files.has(join(parent, "__init__.py"));
  const rank = (parent: string): number => (isAbove(parent) ? 0 : 2) + (isPackage(parent) ? 1 : 0);
  const kept = isLibrary ? [...parents].filter((parent) => parent !== "" && rank(parent) === 0) : [...parents];
  const near = (parent: string): number => -sharedLength(parent, folder);
  return kept.toSorted(
    (one, other) =>
      rank(one) - rank(other) || near(one) - near(other) || one.length - other.length || (one < other ? -1 : 1),
  );
}

function sharedLength(one: string, other: string): number {
  const parts = one.split("/");
  const others = other.split("/");
  let shared = 0;
  while (shared < parts.length && parts[shared] === others[shared]) shared += 1;
  return shared;
}

function inFolder(folder: string, files: ReadonlySet<string>, folders: ReadonlySet<string>): readonly FolderModule[] {
  const found: FolderModule[] = [];
  for (const file of files)
    if (above(file, 1) === folder && !/(?:^|\/)__\w+__\.py$/.test(file))
      found.push({ name: file.slice(file.lastIndexOf("/") + 1, -".py".length), isPackage: false });
  for (const each of folders)
    if (each !== "" && above(each, 1) === folder && files.has(join(each, "__init__.py")))
      found.push({ name: each.slice(each.lastIndexOf("/") + 1), isPackage: true });
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function newModule(path: string, text: string): Module {
  const isFile = path.endsWith(".py");
  const isPackage = path === "__init__.py" || path.endsWith("/__init__.py");
  const scope: Scope = { kind: "module", names: new Map(), parent: undefined, module: undefined as never };
  const plain = isPackage ? above(path, 1) : isFile ? path.slice(0, -3) : path;
  const module: Module = {
    path,
    folder: isFile ? above(path, 1) : path,
    name: plain.replaceAll("/", "."),
    text,
    scope,
    state: "new",
  };
  (scope as { module: Module }).module = module;
  return module;
}

function above(path: string, levels: number): string {
  let at = path;
  for (let level = 0; level < levels; level += 1) at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
  return at;
}

function join(folder: string, name: string): string {
  return folder === "" ? name : name === "" ? folder : `${folder}/${name}`;
}
