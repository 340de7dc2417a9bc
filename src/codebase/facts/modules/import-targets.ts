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

/** Resolves imports while files are still being read. */
export interface TargetsReading {
  /** A file was read; its imports are resolved at once where nothing that was kept can hold for it. */
  take(path: string, contents: FileContents): void;
  /**
   * Resolves what is left, once the contents of all files are known. What was kept is taken where it still holds: the same
   * paths, the same manifests, and a file that is not among `changed`.
   */
  finish(files: ReadonlyMap<string, FileContents>, changed: ReadonlySet<string>): Targets;
}

type Answers = readonly (readonly TargetAnswer[])[];

/** Begins to resolve the imports of the files at `paths`, which are all that are listed. */
export function openTargets(root: string, paths: readonly string[], kept: KeptTargets | null): TargetsReading {
  const pathsHash = sha256(paths.join("\0"));
  const listed = new Set(paths);
  const mayHold = kept !== null && kept.paths === pathsHash;
  const asked = new Set<string>();
  const early = new Map<string, Answers>();
  let resolver: ImportResolver | undefined;
  const resolve = (path: string, contents: FileContents): Answers => {
    const opened = (resolver ??= openImportResolver(paths, (manifest) => {
      asked.add(manifest);
      return listed.has(manifest) ? textOf(`${root}/${manifest}`) : undefined;
    }));
    return contents.imports.map((read) =>
      opened.resolveImport(path, contents.language, read).map(({ names, target }) => ({
        names: sameNames(names, read.names) ? null : names,
        target,
      })),
    );
  };
  return {
    take(path, contents) {
      if (!mayHold && contents.imports.length > 0) early.set(path, resolve(path, contents));
    },
    finish(files, changed) {
      const valid = mayHold && manifestsHold(kept, files) ? kept : null;
      const imports = new Map<string, readonly ResolvedImport[]>();
      const answers = new Map<string, Answers>();
      for (const [path, contents] of files) {
        if (contents.imports.length === 0) continue;
        const before = changed.has(path) ? undefined : valid?.answers.get(path);
        const known = before ?? early.get(path) ?? resolve(path, contents);
        answers.set(path, known);
        imports.set(
          path,
          contents.imports.flatMap((read, index) => withTargets(read, known[index] ?? [], files)),
        );
      }
      for (const manifest of valid?.manifests.keys() ?? []) asked.add(manifest);
      const manifests = new Map(Array.from(asked, (path) => [path, files.get(path)?.hash ?? ""]));
      return {
        imports,
        kept: { paths: pathsHash, manifests, answers },
        isNew: resolver !== undefined || valid === null,
      };
    },
  };
}

function manifestsHold(kept: KeptTargets, files: ReadonlyMap<string, FileContents>): boolean {
  for (const [path, hash] of kept.manifests) if ((files.get(path)?.hash ?? "") !== hash) return false;
  return true;
}

/** A file that is left out is no target that anybody could look at. */
function withTargets(
  read: FileImport,
  answers: readonly TargetAnswer[],
  files: ReadonlyMap<string, FileContents>,
): readonly ResolvedImport[] {
  return answers.map(({ names, target }) => ({
    ...read,
    names: names ?? read.names,
    target: target === null || files.get(target)?.verdict !== null ? null : target,
  }));
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
