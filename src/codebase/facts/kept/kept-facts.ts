import type { Stamp } from "../listing/list-files.ts";
import { packStamp, unpackStamp } from "../reading/read-batch.ts";
import type { FileContents } from "../reading/file-contents.ts";
import type { ModuleFacts } from "../facts.ts";
import { packModules, unpackModules } from "./modules-pack.ts";
import { packContents, packList, unpackContents, unpackList } from "./contents-pack.ts";
import { type PackReader, type PackWriter, readPack, writePack } from "./pack.ts";

/** What is kept of a codebase between calls. Nothing of it is believed that cannot be told from the files at hand. */
export interface KeptFacts {
  /** By path. */
  readonly files: ReadonlyMap<string, KeptFile>;
  readonly churn: { readonly commit: string; readonly changes: ReadonlyMap<string, number> } | null;
  readonly targets: KeptTargets | null;
  /** Of exactly these files, changes and targets. */
  readonly modules: readonly ModuleFacts[];
}

export interface KeptFile {
  readonly stamp: Stamp;
  readonly isKept: boolean;
  /** False: it was changed so shortly before it was read that a later change may have the same stamp. */
  readonly isSure: boolean;
  readonly contents: FileContents;
}

/** Where imports pointed: valid for the same paths, and manifests of the same contents. */
export interface KeptTargets {
  /** SHA-256 over all paths. */
  readonly paths: string;
  /** Manifests that were asked for, with the hash of their contents; "" where there was none. */
  readonly manifests: ReadonlyMap<string, string>;
  /** By path: for each import of the contents its answers. */
  readonly answers: ReadonlyMap<string, readonly (readonly TargetAnswer[])[]>;
}

export interface TargetAnswer {
  /** Null: those of the import itself. */
  readonly names: readonly string[] | null;
  readonly target: string | null;
}

export const NOTHING_KEPT: KeptFacts = { files: new Map(), churn: null, targets: null, modules: [] };

/** The facts in a pack of that version; nothing where it is another's, old or damaged. */
export function unpackKept(version: string, bytes: Uint8Array): KeptFacts {
  const pack = readPack(bytes);
  if (pack === undefined || pack.text() !== version) return NOTHING_KEPT;
  const paths = unpackList(pack, (from) => from.text());
  const files = new Map<string, KeptFile>();
  for (const path of paths) files.set(path, unpackFile(pack));
  const churn = pack.int() === 0 ? null : { commit: pack.text(), changes: new Map(unpackList(pack, unpackCount)) };
  const targets = pack.int() === 0 ? null : unpackTargets(pack, paths);
  const modules = unpackModules(pack, paths);
  return { files, churn, targets, modules };
}

export function packKept(version: string, facts: KeptFacts): Buffer {
  const pack = writePack();
  pack.text(version);
  const paths = [...facts.files.keys()];
  packList(pack, paths, (to, path) => to.text(path));
  for (const file of facts.files.values()) packFile(pack, file);
  pack.int(facts.churn === null ? 0 : 1);
  if (facts.churn !== null) {
    pack.text(facts.churn.commit);
    packList(pack, [...facts.churn.changes], packCount);
  }
  pack.int(facts.targets === null ? 0 : 1);
  if (facts.targets !== null) packTargets(pack, facts.targets, paths);
  packModules(pack, facts.modules, paths);
  return pack.end();
}

function packFile(pack: PackWriter, { stamp, isKept, isSure, contents }: KeptFile): void {
  packStamp(pack, stamp);
  pack.int((isKept ? 1 : 0) + (isSure ? 2 : 0));
  packContents(pack, contents);
}

function unpackFile(pack: PackReader): KeptFile {
  const stamp = unpackStamp(pack);
  const flags = pack.int();
  return { stamp, isKept: (flags & 1) === 1, isSure: (flags & 2) === 2, contents: unpackContents(pack) };
}

function packCount(pack: PackWriter, [path, count]: readonly [string, number]): void {
  pack.text(path);
  pack.int(count);
}

function unpackCount(pack: PackReader): [string, number] {
  const path = pack.text();
  return [path, pack.int()];
}

/** Targets are numbers of paths; 0 stands for none. */
function packTargets(pack: PackWriter, targets: KeptTargets, paths: readonly string[]): void {
  const numbers = new Map(paths.map((path, index) => [path, index + 1]));
  pack.text(targets.paths);
  packList(pack, [...targets.manifests], (to, [path, hash]) => {
    to.text(path);
    to.text(hash);
  });
  packList(pack, [...targets.answers], (to, [path, answers]) => {
    to.int(numbers.get(path) ?? 0);
    packList(to, answers, (list, one) =>
      packList(list, one, (inner, { names, target }) => {
        inner.int(target === null ? 0 : (numbers.get(target) ?? 0));
        inner.int(names === null ? 0 : 1);
        if (names !== null) packList(inner, names, (each, name) => each.text(name));
      }),
    );
  });
}

function unpackTargets(pack: PackReader, paths: readonly string[]): KeptTargets {
  const hash = pack.text();
  const manifests = new Map(unpackList(pack, (from): [string, string] => [from.text(), from.text()]));
  const answers = new Map(
    unpackList(pack, (from): [string, readonly (readonly TargetAnswer[])[]] => [
      paths[from.int() - 1] ?? "",
      unpackList(from, (list) => unpackList(list, (one) => unpackAnswer(one, paths))),
    ]),
  );
  return { paths: hash, manifests, answers };
}

function unpackAnswer(pack: PackReader, paths: readonly string[]): TargetAnswer {
  const target = paths[pack.int() - 1] ?? null;
  return { target, names: pack.int() === 0 ? null : unpackList(pack, (from) => from.text()) };
}
