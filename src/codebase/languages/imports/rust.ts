import { type Files, folderOf, joined, nameOf, upwards } from "./files.ts";

interface Place {
  /** The module's file. */
  readonly file: string;
  /** Where the files of its inner modules lie. */
  readonly folder: string;
}

/**
 * Rust: `crate`, `self` and `super` by the files of modules, and the crates of the repository by the names in their Cargo.toml. Of a path
 * the longest part that is a file counts; the rest names items in it.
 */
export function openRustImports(files: Files): (from: string, specifier: string, name?: string) => string | undefined {
  const crates = cratesOf(files);
  return (from, specifier, name) => {
    if (specifier.startsWith("./")) {
      const path = joined(folderOf(from), specifier);
      return path !== undefined && files.has(path) ? path : undefined;
    }
    const parts = [...specifier.split("::"), ...(name === undefined || name === "*" ? [] : [name])].filter(
      (part) => part !== "",
    );
    const [head = "", ...rest] = parts;
    const here = placeOf(from);
    if (head === "crate") return descend(files, crateRoot(files, from), rest, 0)?.file;
    if (head === "self") return other(descend(files, here, rest, 0)?.file, from);
    if (head === "super") {
      let place: Place | undefined = above(files, here);
      let at = 0;
      for (; rest[at] === "super" && place !== undefined; at += 1) place = above(files, place);
      return other(descend(files, place, rest.slice(at), 0)?.file, from);
    }
    const inner = descend(files, here, parts, 1);
    if (inner !== undefined) return inner.file;
    const own = crates.get(head);
    return own === undefined ? undefined : descend(files, own, rest, 0)?.file;
  };
}

function other(file: string | undefined, from: string): string | undefined {
  return file === from ? undefined : file;
}

function placeOf(file: string): Place {
  const name = nameOf(file);
  const folder = folderOf(file);
  const isFolderFile =
    /^(?:mod|lib|main|build)\.rs$/.test(name) || /(?:^|\/)(?:bin|tests|examples|benches)$/.test(folder);
  return { file, folder: isFolderFile ? folder : join(folder, name.replace(/\.rs$/, "")) };
}

function above(files: Files, place: Place): Place | undefined {
  const folder = folderOf(place.folder);
  // The folder of a file named mod.rs is the module's own: the one above it holds its siblings.
  const isAt = (path: string): boolean => files.has(path) && path !== place.file;
  const own = [`${folder}.rs`, join(folder, "mod.rs"), join(folder, "lib.rs"), join(folder, "main.rs")].find(isAt);
  return own === undefined ? undefined : { file: own, folder };
}

function descend(files: Files, from: Place | undefined, parts: readonly string[], atLeast: number): Place | undefined {
  let place = from;
  let steps = 0;
  for (const part of parts) {
    if (place === undefined) return undefined;
    const base = join(place.folder, part);
    const file = [`${base}.rs`, `${base}/mod.rs`].find((path) => files.has(path));
    if (file === undefined) break;
    place = { file, folder: base };
    steps += 1;
  }
  return steps < atLeast ? undefined : place;
}

function crateRoot(files: Files, from: string): Place | undefined {
  if (/(?:^|\/)(?:src\/bin|tests|examples|benches)\/[^/]+\.rs$/.test(from)) return placeOf(from);
  for (const folder of upwards(folderOf(from))) {
    const root = ["lib.rs", "main.rs"].map((name) => join(folder, name)).find((path) => files.has(path));
    if (root !== undefined) return { file: root, folder };
    if (files.has(join(folder, "Cargo.toml"))) return manifestRoot(files, folder);
  }
  return undefined;
}

function cratesOf(files: Files): ReadonlyMap<string, Place> {
  const crates = new Map<string, Place>();
  for (const path of files.named("Cargo.toml")) {
    const folder = folderOf(path);
    const text = files.read(path);
    const root = manifestRoot(files, folder);
    const names = [section(text, "package"), section(text, "lib")].flatMap(
      (part) => /^\s*name\s*=\s*["']([^"']+)["']/m.exec(part)?.[1] ?? [],
    );
    for (const name of names)
      if (root !== undefined && !crates.has(name.replaceAll("-", "_"))) crates.set(name.replaceAll("-", "_"), root);
  }
  return crates;
}

function manifestRoot(files: Files, folder: string): Place | undefined {
  const text = files.read(join(folder, "Cargo.toml"));
  const written = /^\s*path\s*=\s*["']([^"']+)["']/m.exec(`${section(text, "lib")}\n${section(text, "[bin]")}`)?.[1];
  const file = [written, "src/lib.rs", "src/main.rs"]
    .flatMap((path) => (path === undefined ? [] : (joined(folder, path) ?? [])))
    .find((path) => files.has(path));
  return file === undefined ? undefined : { file, folder: folderOf(file) };
}

function section(toml: string, name: string): string {
  const start = toml.indexOf(`[${name}]`);
  if (start < 0) return "";
  const end = toml.indexOf("\n[", start + name.length);
  return toml.slice(start, end < 0 ? undefined : end);
}

function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
