import { type Files, folderOf, joined } from "./files.ts";
import { asRecord, lenientJson, strings } from "./lenient-json.ts";

/** A package of the repository itself. */
export interface OwnPackage {
  readonly folder: string;
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** The repository's packages by name; of two of one name the one nearest the root. */
export function ownPackages(files: Files): ReadonlyMap<string, OwnPackage> {
  const packages = new Map<string, OwnPackage>();
  for (const path of files.named("package.json")) {
    if (/(?:^|\/)node_modules\//.test(path)) continue;
    const manifest = lenientJson(files.read(path));
    const name = manifest["name"];
    if (typeof name === "string" && name !== "" && !packages.has(name))
      packages.set(name, { folder: folderOf(path), manifest });
  }
  return packages;
}

/** "@scope/name/a/b" as ["@scope/name", "./a/b"]; "name" as ["name", "."]. */
export function packageName(specifier: string): readonly [name: string, subpath: string] {
  const parts = specifier.split("/");
  const count = specifier.startsWith("@") ? 2 : 1;
  const rest = parts.slice(count).join("/");
  return [parts.slice(0, count).join("/"), rest === "" ? "." : `./${rest}`];
}

/** Files that a part of a package may mean by its manifest and by custom, best first; some have no extension, some are built later. */
export function entriesOf({ folder, manifest }: OwnPackage, subpath: string): readonly string[] {
  const written =
    subpath === "."
      ? [
          ...byConditions(manifest["exports"], "."),
          ...["source", "module", "main", "types", "typings"].flatMap((field) => strings(manifest[field])),
        ]
      : byConditions(manifest["exports"], subpath);
  const custom =
    subpath === "." ? ["./src/index", "./index", "./src/main", "./lib/index"] : [subpath, `./src/${subpath.slice(2)}`];
  return [...written.flatMap(sourceOf), ...custom].flatMap((path) => joined(folder, path) ?? []);
}

/** Targets of a name like "#db" by the `imports` of the manifest in that folder. */
export function internalsOf(files: Files, folder: string, name: string): readonly string[] {
  const manifest = lenientJson(files.read(folder === "" ? "package.json" : `${folder}/package.json`));
  return byConditions(manifest["imports"], name)
    .flatMap(sourceOf)
    .flatMap((path) => (path.startsWith(".") ? (joined(folder, path) ?? []) : []));
}

/** All targets of a part of `exports` or `imports`, whatever the condition: we ask which file is meant, not by whom. */
function byConditions(field: unknown, part: string): string[] {
  if (typeof field === "string" || Array.isArray(field)) return part === "." ? leaves(field, 0) : [];
  const table = asRecord(field);
  const keys = Object.keys(table);
  if (keys.length > 0 && keys.every((key) => !/^[.#]/.test(key))) return part === "." ? leaves(table, 0) : [];
  if (Object.hasOwn(table, part)) return leaves(table[part], 0);
  const patterns = keys
    .filter((key) => key.includes("*"))
    .toSorted((one, other) => other.indexOf("*") - one.indexOf("*"));
  for (const pattern of patterns) {
    const [before = "", after = ""] = pattern.split("*");
    if (!part.startsWith(before) || !part.endsWith(after) || part.length < before.length + after.length) continue;
    const matched = part.slice(before.length, part.length - after.length);
    return leaves(table[pattern], 0).map((target) => target.replaceAll("*", () => matched));
  }
  return [];
}

function leaves(value: unknown, depth: number): string[] {
  if (typeof value === "string") return [value];
  if (depth > 8) return [];
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, depth + 1));
  return Object.values(asRecord(value)).flatMap((item) => leaves(item, depth + 1));
}

/** What is built is not in the repository: "./dist/esm/a.js" comes from "./src/a", mostly. */
function sourceOf(target: string): string[] {
  const path = target.startsWith("./") ? target : `./${target}`;
  const stem = path.replace(/(?:\.d)?\.[cm]?[jt]sx?$/, "");
  const built =
    /^\.\/(?:dist|lib|build|out|output|es|esm|cjs|types|typings)\/(?:(?:esm|cjs|es|types|src|node|browser)\/)?(.*)$/.exec(
      stem,
    )?.[1];
  return built === undefined ? [path] : [path, `./src/${built}`, `./${built}`];
}
