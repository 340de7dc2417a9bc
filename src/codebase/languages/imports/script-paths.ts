import { asRecord, lenientJson, strings } from "./lenient-json.ts";
import { type Files, folderOf, joined } from "./files.ts";

/** What a tsconfig.json or jsconfig.json says of names that are no packages; folders and targets are relative to the root. */
export interface PathRules {
  readonly baseUrl: string | undefined;
  readonly paths: readonly { readonly pattern: string; readonly targets: readonly string[] }[];
}

const DEEPEST = 10;

/**
 * The rules of a configuration file with those that it extends and refers to. What it extends may be missing, or lie in a package
 * that is not installed: then that part says nothing.
 */
export function pathRules(files: Files, config: string, depth = 0): PathRules {
  const json = lenientJson(files.read(config));
  const folder = folderOf(config);
  const options = asRecord(json["compilerOptions"]);
  const written = typeof options["baseUrl"] === "string" ? joined(folder, options["baseUrl"]) : undefined;
  const from = written ?? folder;
  const own = Object.entries(asRecord(options["paths"])).map(([pattern, targets]) => ({
    pattern,
    targets: strings(targets).flatMap((target) => joined(from, target) ?? []),
  }));
  if (depth >= DEEPEST) return { baseUrl: written, paths: own };
  const parents = strings(json["extends"])
    .toReversed()
    .flatMap((name) => configAt(files, folder, name) ?? []);
  const references = (Array.isArray(json["references"]) ? json["references"] : []).flatMap((reference) =>
    strings(asRecord(reference)["path"]).flatMap((name) => configAt(files, folder, name) ?? []),
  );
  const others = [...parents, ...references]
    .filter((path) => path !== config)
    .map((path) => pathRules(files, path, depth + 1));
  const inherited = others.slice(0, parents.length);
  return {
    baseUrl: written ?? inherited.find(({ baseUrl }) => baseUrl !== undefined)?.baseUrl,
    paths: own.length > 0 ? own : (others.find(({ paths }) => paths.length > 0)?.paths ?? []),
  };
}

function configAt(files: Files, folder: string, name: string): string | undefined {
  if (!name.startsWith(".")) return undefined;
  const path = joined(folder, name);
  if (path === undefined) return undefined;
  return [path, `${path}.json`, path === "" ? "tsconfig.json" : `${path}/tsconfig.json`].find((one) => files.has(one));
}

/** What a name may stand for by the rules, best first: paths below the root, without extension. Pure. */
export function mapped(rules: PathRules, name: string): readonly string[] {
  const found = rules.paths
    .flatMap((rule) => {
      const star = rule.pattern.indexOf("*");
      if (star < 0) return rule.pattern === name ? [{ rule, matched: "", rank: Infinity }] : [];
      const before = rule.pattern.slice(0, star);
      const after = rule.pattern.slice(star + 1);
      const fits = name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after);
      return fits
        ? [{ rule, matched: name.slice(before.length, name.length - after.length), rank: before.length }]
        : [];
    })
    .toSorted((one, other) => other.rank - one.rank);
  const targets = found.flatMap(({ rule, matched }) =>
    rule.targets.flatMap(
      (target) =>
        joined(
          "",
          target.replace("*", () => matched),
        ) ?? [],
    ),
  );
  const based = rules.baseUrl === undefined ? undefined : joined(rules.baseUrl, name);
  return based === undefined ? targets : [...targets, based];
}
