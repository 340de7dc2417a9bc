import { dirname, join } from "node:path/posix";
import { parseSync } from "oxc-parser";

/** What a split promises, checked on the files alone: nothing here knows how the split was made. */
export interface SplitReport {
  readonly cycles: readonly string[];
  readonly doubled: readonly string[];
  readonly overlong: readonly string[];
  /** Share of the old non-blank lines found again, white space normalised. */
  readonly kept: number;
  readonly largest: number;
}

/** Looks at the front and the new files of one split; `files` maps path to text. */
export function checkSplit(
  before: string,
  files: ReadonlyMap<string, string>,
  front: string,
  maxLines: number,
): SplitReport {
  const definitions = new Map<string, string[]>();
  for (const [path, text] of files)
    for (const name of definedIn(path, text)) definitions.set(name, [...(definitions.get(name) ?? []), path]);
  const lengths = [...files].map(([path, text]) => ({ path, lines: text.split("\n").length - 1 }));
  return {
    cycles: findCycles(files),
    doubled: [...definitions]
      .filter(([, paths]) => paths.length > 1)
      .map(([name, paths]) => `${name}: ${paths.join(", ")}`),
    overlong: lengths
      .filter(({ path, lines }) => path !== front && lines > maxLines)
      .map(({ path, lines }) => `${path}: ${lines}`),
    kept: keptLines(before, [...files.values()]),
    largest: Math.max(...lengths.map(({ lines }) => lines)),
  };
}

/** Every quoted relative path in an import, export-from, import() or require() of any depth, by pattern. */
function relativeImports(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(/(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*["'](\.{1,2}\/[^"']+)["']/g)].map(
    (match) => match[1] ?? "",
  );
}

function findCycles(files: ReadonlyMap<string, string>): string[] {
  const bare = (path: string): string => path.replace(/\.[cm]?[jt]sx?$/, "");
  const byBare = new Map([...files.keys()].map((path) => [bare(path), path]));
  const targets = (path: string): string[] =>
    relativeImports(files.get(path) ?? "").flatMap(
      (specifier) => byBare.get(bare(join(dirname(path), specifier))) ?? [],
    );
  const cycles: string[] = [];
  const follow = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) cycles.push([...trail.slice(at), path].join(" -> "));
    else if (cycles.length === 0) for (const next of targets(path)) follow(next, [...trail, path]);
  };
  for (const path of files.keys()) follow(path, []);
  return cycles;
}

function definedIn(path: string, text: string): Set<string> {
  const lang = path.endsWith(".tsx") ? "tsx" : path.endsWith("ts") ? "ts" : "jsx";
  const { program, errors } = parseSync(path, text, { lang, sourceType: "unambiguous" });
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  const names = new Set<string>();
  for (const statement of program.body) {
    const node =
      statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration"
        ? statement.declaration
        : statement;
    if (node === null) continue;
    if ("id" in node && node.id !== null && node.id.type === "Identifier") names.add(node.id.name);
    if (node.type !== "VariableDeclaration") continue;
    for (const one of node.declarations) {
      const required = one.init !== null && /^\(*require\(/.test(text.slice(one.init.start, one.init.end));
      if (one.id.type === "Identifier" && !required) names.add(one.id.name);
    }
  }
  return names;
}

function keptLines(before: string, after: readonly string[]): number {
  const lines = (text: string): string[] =>
    text
      .split(/\r?\n/)
      .map((line) => line.replace(/\s+/g, " ").trim())
      .filter((line) => line.length > 0);
  const pool = new Map<string, number>();
  for (const line of after.flatMap(lines)) pool.set(line, (pool.get(line) ?? 0) + 1);
  let found = 0;
  const old = lines(before);
  for (const line of old) {
    const count = pool.get(line) ?? 0;
    if (count > 0) found++;
    pool.set(line, count - 1);
  }
  return found / old.length;
}
