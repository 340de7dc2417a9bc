import { readFileSync } from "node:fs";
import { sha256 } from "../../../foundation/ids.ts";
import type { FileImport } from "../../languages/languages.ts";
import { type ImportResolver, openImportResolver } from "../../languages/resolve-imports.ts";
import type { ResolvedImport } from "../facts.ts";
import type { KeptTargets, TargetAnswer } from "../kept/kept-facts.ts";
import type { FileContents } from "../reading/file-contents.ts";

/** The imports of all files with what they mean, and what to keep of it. */
export interface Targets {
  readonly imports: ReadonlyMap<string, readonly ResolvedImport[]>;
  readonly kept: KeptTargets;
  /** Something was resolved that was not kept. */
  readonly isNew: boolean;
}

/**
 * Resolves the imports of every file. What was kept is taken where it still holds: the same paths, the same manifests, and a file
 * that is not among `changed`.
 */
export function resolveTargets(
  root: string,
  files: ReadonlyMap<string, FileContents>,
  kept: KeptTargets | null,
  changed: ReadonlySet<string>,
): Targets {
  const paths = [...files.keys()];
  const pathsHash = sha256(paths.join("\0"));
  const valid = kept !== null && kept.paths === pathsHash && manifestsHold(kept, files) ? kept : null;
  const manifests = new Map(valid?.manifests);
  const readText = (path: string): string | undefined => {
    const contents = files.get(path);
    manifests.set(path, contents?.hash ?? "");
    return contents === undefined ? undefined : textOf(`${root}/${path}`);
  };
  let resolver: ImportResolver | undefined;
  const imports = new Map<string, readonly ResolvedImport[]>();
  const answers = new Map<string, readonly (readonly TargetAnswer[])[]>();
  for (const [path, contents] of files) {
    if (contents.imports.length === 0) continue;
    let known = changed.has(path) ? undefined : valid?.answers.get(path);
    if (known === undefined) {
      const opened = (resolver ??= openImportResolver(root, paths, readText));
      known = contents.imports.map((read) =>
        opened.resolveImport(path, contents.language, read).map(({ names, target }) => ({
          names: sameNames(names, read.names) ? null : names,
          target: target !== null && files.has(target) ? target : null,
        })),
      );
    }
    answers.set(path, known);
    imports.set(
      path,
      contents.imports.flatMap((read, index) => withTargets(read, known[index] ?? [])),
    );
  }
  const isNew = resolver !== undefined || valid === null;
  return { imports, kept: { paths: pathsHash, manifests, answers }, isNew };
}

function manifestsHold(kept: KeptTargets, files: ReadonlyMap<string, FileContents>): boolean {
  for (const [path, hash] of kept.manifests) if ((files.get(path)?.hash ?? "") !== hash) return false;
  return true;
}

function withTargets(read: FileImport, answers: readonly TargetAnswer[]): readonly ResolvedImport[] {
  return answers.map(({ names, target }) => ({ ...read, names: names ?? read.names, target }));
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

function textOf(place: string): string | undefined {
  try {
    return readFileSync(place, "utf8");
  } catch {
    return undefined;
  }
}
