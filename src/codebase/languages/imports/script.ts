import { type Files, folderOf, joined, upwards } from "./files.ts";
import { lenientJson } from "./lenient-json.ts";
import { entriesOf, internalsOf, type OwnPackage, ownPackages, packageName } from "./packages.ts";
import { mapped, type PathRules, pathRules } from "./script-paths.ts";

const TYPED = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".d.ts", ".d.mts", ".d.cts"];
const PLAIN = [".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".d.ts", ".d.mts", ".d.cts"];
const OTHERS = [".vue", ".svelte", ".astro", ".json", ".css", ".scss"];
/** What is written as a built file, and what it is built from. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx", ".jsx", ".d.ts"],
  ".jsx": [".tsx", ".d.ts"],
  ".mjs": [".mts", ".d.mts"],
  ".cjs": [".cts", ".d.cts"],
};

/**
 * JavaScript and TypeScript: relative paths, `paths` and `baseUrl` of the nearest tsconfig.json, the repository's own packages with
 * their `exports` and `imports`, and the customs "@/", "~/" and "$lib/". By the list of files alone, so that it is the same whether
 * dependencies are installed or not, and no link leads out of the repository.
 */
export function openScriptImports(files: Files): (from: string, specifier: string) => string | undefined {
  let packages: ReadonlyMap<string, OwnPackage> | undefined;
  const rulesOf = new Map<string, PathRules | undefined>();
  const rules = (folder: string): PathRules | undefined => {
    if (rulesOf.has(folder)) return rulesOf.get(folder);
    const config = ["tsconfig.json", "jsconfig.json", "tsconfig.base.json"]
      .map((name) => (folder === "" ? name : `${folder}/${name}`))
      .find((path) => files.has(path));
    const found = config === undefined ? undefined : pathRules(files, config);
    rulesOf.set(folder, found);
    return found;
  };
  return (from, written) => {
    const specifier = written.replace(/^.*!/, "").replace(/[?][^/]*$/, "");
    const folder = folderOf(from);
    const extensions = /\.[cm]?tsx?$/.test(from) ? TYPED : PLAIN;
    const first = (candidates: readonly (string | undefined)[]): string | undefined => {
      for (const candidate of candidates) {
        const found = candidate === undefined ? undefined : fileAt(files, candidate, extensions);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    if (/^\.{1,2}(?:\/|$)/.test(specifier)) return first([joined(folder, specifier)]);
    if (specifier.startsWith("/")) return first([...upwards(folder)].map((above) => joined(above, specifier)));
    for (const above of upwards(folder)) {
      const manifest = above === "" ? "package.json" : `${above}/package.json`;
      const isPackage = files.has(manifest);
      const internal = specifier.startsWith("#") && isPackage ? first(internalsOf(files, above, specifier)) : undefined;
      const found =
        internal ??
        first(mapped(rules(above) ?? NO_RULES, specifier)) ??
        (isPackage ? first(byCustom(above, specifier)) : undefined);
      if (found !== undefined) return found;
    }
    packages ??= ownPackages(files);
    const [name, subpath] = packageName(specifier);
    const own = packages.get(name);
    return own === undefined ? undefined : first(entriesOf(own, subpath));
  };
}

const NO_RULES: PathRules = { baseUrl: undefined, paths: [] };

function byCustom(folder: string, specifier: string): readonly (string | undefined)[] {
  const custom = /^(@|~|\$lib)\/(.*)$/.exec(specifier);
  if (custom === null) return [];
  const rest = custom[2] ?? "";
  return custom[1] === "$lib"
    ? [joined(folder, `src/lib/${rest}`)]
    : [joined(folder, `src/${rest}`), joined(folder, rest), joined(folder, `app/${rest}`)];
}

/** The file that a path means: itself, its source, with an extension, or a folder's entry. */
function fileAt(files: Files, path: string, extensions: readonly string[]): string | undefined {
  if (files.has(path)) return path;
  const dot = /\.[cm]?jsx?$/.exec(path);
  const stem = dot === null ? path : path.slice(0, dot.index);
  for (const extension of SOURCES[dot?.[0] ?? ""] ?? []) if (files.has(stem + extension)) return stem + extension;
  for (const extension of [...extensions, ...OTHERS]) if (files.has(path + extension)) return path + extension;
  if (!files.hasFolder(path)) return undefined;
  const base = path === "" ? "" : `${path}/`;
  if (files.has(`${base}package.json`)) {
    const manifest = lenientJson(files.read(`${base}package.json`));
    for (const entry of entriesOf({ folder: path, manifest }, "."))
      for (const extension of ["", ...extensions]) if (files.has(entry + extension)) return entry + extension;
  }
  for (const extension of [...extensions, ...OTHERS])
    if (files.has(`${base}index${extension}`)) return `${base}index${extension}`;
  return undefined;
}
