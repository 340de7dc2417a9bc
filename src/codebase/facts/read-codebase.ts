/**
 * Reads a codebase: lists its files, reads what is new of them, and puts together what follows from all of them.
 *
 * Owns: what is left out and why (listing/, sorting-out/), what one file holds (reading/), what is kept between calls (kept/),
 * what a file is for (entries/), modules and their weight (modules/).
 *
 * Invariant: equal contents and history give equal facts, whatever was kept: what is kept is believed only where the stamp of
 * the file is the same and older than the reading, as git's index does it; everything that depends on several files is computed
 * anew or kept under a hash of all it depends on.
 *
 * Rejected: facts in the database (thousands of rows for a read of 100 ms, and facts are no records), watching the file
 * system (a process has to stay), one cache for all repositories (a write of one would be a write of all).
 */
import { AllotError } from "../../foundation/errors.ts";
import { readChurn } from "./entries/churn.ts";
import { entryPoints } from "./entries/entry-points.ts";
import { roleOf } from "./entries/roles.ts";
import type { Codebase, FileFacts, LeftOut, ModuleFacts, ReadOptions } from "./facts.ts";
import { type FactsFile, openFactsFile } from "./kept/facts-file.ts";
import { type KeptFacts, type KeptFile, NOTHING_KEPT } from "./kept/kept-facts.ts";
import { findRepository, type Place } from "./listing/find-repository.ts";
import { type ListedFile, listFiles, type Stamp } from "./listing/list-files.ts";
import { listNames } from "./listing/list-names.ts";
import { byText } from "./listing/names.ts";
import type { Walked } from "./listing/walk-folder.ts";
import { openTargets, type Targets } from "./modules/import-targets.ts";
import { readModules } from "./modules/read-modules.ts";
import { readFiles } from "./reading/read-files.ts";

const NO_CHANGES: ReadonlyMap<string, number> = new Map();
/** File systems may keep times in steps of up to two seconds. */
const LONGEST_TICK_MS = 2_000;

/**
 * The facts of the codebase that `folder` is in: of its whole repository, or of the folder where there is none.
 *
 * Reads only; with `cacheFolder` it keeps what it read in one file there, which may be deleted at any time and used by several
 * processes at once. Throws `file-not-found` where there is no such folder, and `interrupted` when `signal` is aborted.
 */
export async function readCodebase(folder: string, options: ReadOptions = {}): Promise<Codebase> {
  try {
    return await readAll(folder, options);
  } catch (error) {
    if (options.signal?.aborted !== true) throw error;
    throw new AllotError("interrupted", "reading the codebase was stopped", { cause: error });
  }
}

async function readAll(folder: string, options: ReadOptions): Promise<Codebase> {
  const place = await findRepository(folder, options.signal);
  const file = options.cacheFolder === undefined ? undefined : openFactsFile(options.cacheFolder, place.root);
  try {
    // git looks for names while the facts that were kept are read.
    const names = listNames(place, options.signal);
    const kept = file?.read() ?? NOTHING_KEPT;
    const hasChurn = (kept.churn?.commit ?? null) === place.commit;
    const [churn, found] = await Promise.all([
      hasChurn ? (kept.churn?.changes ?? NO_CHANGES) : readChurn(place, options.signal),
      listAndRead(place, names, kept, file, options),
    ]);
    const codebase = assemble(place, found, churn, found.isSame && hasChurn ? kept.modules : undefined);
    if (found.isNew || !hasChurn) {
      const newChurn = place.commit === null ? null : { commit: place.commit, changes: churn };
      file?.write({ files: found.files, churn: newChurn, targets: found.targets.kept, modules: codebase.modules });
    }
    return codebase;
  } finally {
    file?.close();
  }
}

interface Found {
  /** Sorted by path; those that are left out by their contents too. */
  readonly files: ReadonlyMap<string, KeptFile>;
  readonly leftOut: readonly LeftOut[];
  readonly targets: Targets;
  /** The same files with the same contents and targets as those that were kept. */
  readonly isSame: boolean;
  /** What was kept has to be written anew. */
  readonly isNew: boolean;
}

async function listAndRead(
  place: Place,
  names: Promise<Walked>,
  kept: KeptFacts,
  file: FactsFile | undefined,
  options: ReadOptions,
): Promise<Found> {
  const listing = await listFiles(place, {
    signal: options.signal,
    cacheFolder: options.cacheFolder,
    names,
    isKnown: (path) => kept.files.get(path)?.isKept === false,
  });
  const isWanted = (listed: ListedFile): boolean => !isUnchanged(listed, kept.files.get(listed.path));
  const wanted = listing.files.filter(isWanted).map((listed) => {
    const before = kept.files.get(listed.path);
    return { file: listed, known: before?.isKept === listed.isKept ? before.contents.hash : "" };
  });
  const markedAt = wanted.length === 0 ? -1 : (file?.mark() ?? -1);
  const targets = openTargets(
    place.root,
    listing.files.map(({ path }) => path),
    kept.targets,
  );
  let done = listing.files.length - wanted.length;
  const read = await readFiles(place.root, wanted, {
    signal: options.signal,
    onRead: (from, files) => {
      for (const [index, file] of files.entries()) {
        const path = wanted[from + index]?.file.path;
        if (file.kind === "read" && path !== undefined) targets.take(path, file.contents);
      }
      options.onProgress?.({ read: (done += files.length), files: listing.files.length });
    },
  });
  const byPath = new Map(wanted.map(({ file: { path } }, index) => [path, read[index]]));
  const files = new Map<string, KeptFile>();
  const leftOut = [...listing.leftOut];
  const changed = new Set<string>();
  for (const { path, isKept, stamp } of listing.files) {
    const now = byPath.get(path);
    const before = kept.files.get(path);
    if (now?.kind === "failed") leftOut.push({ path, bytes: stamp.bytes, ...now.verdict });
    else if (now === undefined || now.kind === "same") {
      if (before === undefined) continue;
      files.set(
        path,
        now === undefined ? before : { ...before, stamp: now.stamp, isSure: isSure(now.stamp, markedAt) },
      );
    } else {
      changed.add(path);
      files.set(path, { stamp: now.stamp, isKept, isSure: isSure(now.stamp, markedAt), contents: now.contents });
    }
  }
  const contents = new Map(Array.from(files, ([path, { contents: held }]) => [path, held]));
  const resolved = targets.finish(contents, changed);
  const isSame = changed.size === 0 && files.size === kept.files.size && !resolved.isNew;
  return { files, leftOut, targets: resolved, isSame, isNew: wanted.length > 0 || !isSame };
}

function isUnchanged({ stamp, isKept }: ListedFile, before: KeptFile | undefined): boolean {
  if (before === undefined || !before.isSure || before.isKept !== isKept) return false;
  const was = before.stamp;
  return (
    was.modifiedAt === stamp.modifiedAt &&
    was.bytes === stamp.bytes &&
    was.inode === stamp.inode &&
    was.changedAt === stamp.changedAt
  );
}

/** False for a file that was changed so late that another change may carry the same time. */
function isSure(stamp: Stamp, markedAt: number): boolean {
  return Math.max(stamp.modifiedAt, stamp.changedAt) < markedAt - LONGEST_TICK_MS;
}

function assemble(
  place: Place,
  found: Found,
  churn: ReadonlyMap<string, number>,
  modules: readonly ModuleFacts[] | undefined,
): Codebase {
  const leftOut = [...found.leftOut];
  const texts: (readonly [string, KeptFile])[] = [];
  for (const entry of found.files) {
    const [path, { stamp, contents }] = entry;
    if (contents.verdict === null) texts.push(entry);
    else leftOut.push({ path, bytes: stamp.bytes, ...contents.verdict });
  }
  const named = entryPoints(
    texts.flatMap(([, { contents }]) => contents.starts),
    new Set(texts.map(([path]) => path)),
  );
  const files = texts.map(([path, { stamp, contents }]): FileFacts => {
    const { language, lines, hash, tokens, isUtf8, symbols, entry, secrets } = contents;
    return {
      path,
      language,
      role: roleOf(path, language),
      bytes: stamp.bytes,
      lines,
      hash,
      tokens,
      isUtf8,
      symbols,
      imports: found.targets.imports.get(path) ?? [],
      entry: named.get(path) ?? entry,
      changes: churn.get(path) ?? 0,
      secrets,
    };
  });
  return {
    root: place.root,
    commit: place.commit,
    files,
    modules: modules ?? readModules(files),
    leftOut: leftOut.toSorted((a, b) => byText(a.path, b.path)),
  };
}
