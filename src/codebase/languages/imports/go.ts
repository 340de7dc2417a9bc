import { type Files, folderOf, joined, nameOf } from "./files.ts";

interface Module {
  /** Import path that it is known by. */
  readonly path: string;
  readonly folder: string;
}

/**
 * Go: the folder of an import path by the repository's go.mod files and what they replace with folders of it; the longest path wins. A
 * folder is answered by one file: the one named as it, else the first that is no test.
 */
export function openGoImports(files: Files): (from: string, specifier: string) => string | undefined {
  const modules = files
    .named("go.mod")
    .flatMap((path) => modulesOf(files, path))
    .toSorted((one, other) => other.path.length - one.path.length);
  return (from, specifier) => {
    if (/^\.{1,2}\//.test(specifier)) {
      const folder = joined(folderOf(from), specifier);
      return folder === undefined ? undefined : fileOf(files, folder);
    }
    for (const { path, folder } of modules) {
      if (specifier !== path && !specifier.startsWith(`${path}/`)) continue;
      const target = joined(folder, specifier.slice(path.length));
      const file = target === undefined ? undefined : fileOf(files, target);
      if (file !== undefined) return file;
    }
    return modules.length === 0 ? byEnd(files, specifier) : undefined;
  };
}

function modulesOf(files: Files, path: string): Module[] {
  const text = files.read(path);
  const folder = folderOf(path);
  const own = /^\s*module\s+"?([^\s"]+)"?/m.exec(text)?.[1];
  const replaced = [
    ...text.matchAll(
      /^\s*(?:replace\s+)?([^\s()/][^\s()]*)(?:\s+v\S+)?\s+=>\s+(\.{1,2}\/\S*|\.{1,2})\s*(?:\/\/.*)?$/gm,
    ),
  ];
  return [
    ...(own === undefined ? [] : [{ path: own, folder }]),
    ...replaced.flatMap(([, name = "", target = ""]) => {
      const at = joined(folder, target);
      return at === undefined ? [] : [{ path: name, folder: at }];
    }),
  ];
}

/** Without any go.mod the folders lie as the import paths say, below something that is not in the repository. */
function byEnd(files: Files, specifier: string): string | undefined {
  const parts = specifier.split("/");
  for (let skip = 1; skip < parts.length; skip += 1) {
    const file = parts.length - skip === 1 && parts.length < 4 ? undefined : fileOf(files, parts.slice(skip).join("/"));
    if (file !== undefined) return file;
  }
  return undefined;
}

function fileOf(files: Files, folder: string): string | undefined {
  const code = files.inFolder(folder).filter((path) => path.endsWith(".go") && !path.endsWith("_test.go"));
  return code.find((path) => nameOf(path) === `${nameOf(folder)}.go`) ?? code[0];
}
