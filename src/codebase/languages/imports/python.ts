import { type Files, folderOf, joined, upwards } from "./files.ts";

/** A module or package: its file, and the folder that its submodules lie in. */
interface Found {
  readonly file: string | undefined;
  readonly folder: string | undefined;
}

/**
 * Python: relative imports by their dots; absolute ones from the folder above the file's own package, the folders above it that are no
 * packages, and the roots of projects with their `src`. Answers one file a name, since `from package import name` may mean a submodule.
 */
export function openPythonImports(
  files: Files,
): (from: string, specifier: string, name?: string) => string | undefined {
  const roots = projectRoots(files);
  return (from, specifier, name) => {
    const dots = /^\.*/.exec(specifier)?.[0].length ?? 0;
    const parts = specifier
      .slice(dots)
      .split(".")
      .filter((part) => part !== "");
    for (const base of dots > 0 ? relativeBase(from, dots) : basesOf(files, from, roots)) {
      const found = parts.length === 0 ? packageAt(files, base) : moduleAt(files, base, parts);
      if (found === undefined) continue;
      const inside =
        name === undefined || name === "*" || found.folder === undefined
          ? undefined
          : moduleAt(files, found.folder, [name]);
      const file = inside?.file ?? found.file;
      if (file !== undefined) return file;
      // A folder without __init__.py is a package in parts: another root may hold the rest of it.
    }
    return undefined;
  };
}

function relativeBase(from: string, dots: number): string[] {
  const base = joined(folderOf(from), "../".repeat(dots - 1));
  return base === undefined ? [] : [base];
}

function* basesOf(files: Files, from: string, roots: readonly string[]): Generator<string> {
  for (const folder of upwards(folderOf(from))) if (!isPackage(files, folder)) yield folder;
  yield* roots;
}

function projectRoots(files: Files): readonly string[] {
  const projects = ["pyproject.toml", "setup.py", "setup.cfg", "manage.py"].flatMap((name) =>
    files.named(name).map(folderOf),
  );
  const roots = ["", ...projects].flatMap((folder) => [
    folder,
    join(folder, "src"),
    join(folder, "lib"),
    join(folder, "python"),
  ]);
  return [...new Set(roots)].filter((folder) => folder === "" || files.hasFolder(folder));
}

function moduleAt(files: Files, base: string, parts: readonly string[]): Found | undefined {
  const path = join(base, parts.join("/"));
  for (const end of [".py", ".pyi"])
    if (files.has(path + end)) return { file: path + end, folder: isPackage(files, path) ? path : undefined };
  return files.hasFolder(path) ? packageAt(files, path) : undefined;
}

function packageAt(files: Files, folder: string): Found {
  const file = [join(folder, "__init__.py"), join(folder, "__init__.pyi")].find((path) => files.has(path));
  return { file, folder };
}

function isPackage(files: Files, folder: string): boolean {
  return files.has(join(folder, "__init__.py")) || files.has(join(folder, "__init__.pyi"));
}

function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
