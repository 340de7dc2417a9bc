import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { randomLetters, sha256 } from "../../../foundation/ids.ts";
import { type KeptFacts, NOTHING_KEPT, packKept, unpackKept } from "./kept-facts.ts";
import { readersVersion } from "./readers-version.ts";

/** A file that is written over in one move, by whoever comes last; broken or old, it counts as empty. */
export interface FactsFile {
  read(): KeptFacts;
  /**
   * What the clock of the file system says. Asked before files are read, so that changes after it can be told.
   * Answers -1 where the folder cannot be written.
   */
  mark(): number;
  /** Never throws: facts that cannot be kept are read anew. */
  write(facts: KeptFacts): void;
  /** Takes away what `mark` began, where nothing was written. */
  close(): void;
}

/** Leftovers of processes that died are removed after so long. */
const STALE_MS = 3_600_000;

/** Opens the file of the codebase at `root` below `folder`. Reads and writes nothing yet. */
export function openFactsFile(folder: string, root: string): FactsFile {
  const place = join(folder, `${sha256(root).slice(0, 32)}.facts`);
  const version = `${readersVersion()} ${root}`;
  let begun: { readonly path: string; readonly file: number } | undefined;
  const begin = (): { readonly path: string; readonly file: number } => {
    if (begun === undefined) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const path = `${place}.${process.pid}-${randomLetters(8)}.new`;
      begun = { path, file: openSync(path, "wx", 0o600) };
    }
    return begun;
  };
  const close = (): void => {
    if (begun === undefined) return;
    closeSync(begun.file);
    rmSync(begun.path, { force: true });
    begun = undefined;
  };
  return {
    read: () => {
      const bytes = quietly(() => readFileSync(place));
      return bytes === undefined ? NOTHING_KEPT : unpackKept(version, bytes);
    },
    mark: () => quietly(() => fstatSync(begin().file).mtimeMs) ?? -1,
    write: (facts) => {
      quietly(() => {
        const { path, file } = begin();
        const bytes = packKept(version, facts);
        for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
        renameSync(path, place);
        closeSync(file);
        begun = undefined;
        removeStale(folder);
      });
    },
    close: () => {
      quietly(close);
    },
  };
}

function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

function removeStale(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".new")) continue;
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    const newest = statSync(folder).mtimeMs;
    if (stats !== undefined && newest - stats.mtimeMs > STALE_MS) rmSync(path, { force: true });
  }
}
