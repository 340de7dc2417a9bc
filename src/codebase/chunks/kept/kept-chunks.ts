import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { randomLetters, sha256 } from "../../../foundation/ids.ts";
import type { Codebase } from "../../facts/facts.ts";
import { readersVersion } from "../../facts/kept/readers-version.ts";
import type { Chunk, ChunkOptions } from "../chunks.ts";

/**
 * The chunks of a codebase as they were cut the last few times, one file for each, below the folder of its facts. A file's
 * name is a hash of all that decides its chunks: facts of every file, modules, options, and the code that cuts. So what is
 * found is what would be cut; files may be deleted at any time.
 */
export interface KeptChunks {
  /** undefined where these were not cut before, or the file is damaged. Texts are decoded when they are asked for. */
  read(): readonly Chunk[] | undefined;
  /** Never throws: chunks that cannot be kept are cut anew. */
  write(chunks: readonly Chunk[]): void;
}

/** Different limits and models are asked in turn; the oldest go. */
const KEPT_FOR_A_CODEBASE = 4;

/** Of one file; what is larger is cut anew. */
const LARGEST_BYTES = 2 ** 28;

/** Mark, bytes of the description, check sum of all behind. */
const HEAD_BYTES = 12;
const MARK = 0x6b6e6863;

type Described = Omit<Chunk, "text"> & { readonly at: number; readonly bytes: number };

/** Opens what is kept of that codebase for those options. Reads and writes nothing yet. */
export function openKeptChunks(folder: string, codebase: Codebase, options: ChunkOptions): KeptChunks {
  const prefix = `${sha256(codebase.root).slice(0, 32)}-`;
  const place = join(folder, `${prefix}${keyOf(codebase, options)}.chunks`);
  return {
    read: () => quietly(() => unpack(readFileSync(place))),
    write: (chunks) => {
      quietly(() => {
        const parts = packed(chunks);
        if (parts === undefined) return;
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const begun = `${place}.${process.pid}-${randomLetters(8)}.new`;
        writeFileSync(begun, parts, { mode: 0o600, flag: "wx" });
        renameSync(begun, place);
        removeOldest(folder, prefix);
      });
    },
  };
}

/** All that decides what the chunks are. Where a file's place in the tree of imports changes, its module's does. */
function keyOf({ files, modules }: Codebase, options: ChunkOptions): string {
  const { maxTokens, factor, only, overview } = options;
  const lines = [JSON.stringify([readersVersion(), maxTokens, factor.factor, overview ?? null, only ?? null])];
  for (const { path, hash, role, entry, changes, imports } of files) {
    lines.push(
      `${path}\0${hash}\0${role}\0${entry ?? ""}\0${changes}\0${imports.map(({ target }) => target).join("\0")}`,
    );
  }
  lines.push(JSON.stringify(modules));
  return sha256(lines.join("\n")).slice(0, 32);
}

function packed(chunks: readonly Chunk[]): Buffer | undefined {
  const texts = chunks.map(({ text }) => Buffer.from(text, "utf8"));
  let at = 0;
  const described = chunks.map(({ id, index, part, pieces, tokens, o200k }, which): Described => {
    const bytes = texts[which]?.length ?? 0;
    at += bytes;
    return { id, index, part, pieces, tokens, o200k, at: at - bytes, bytes };
  });
  if (at > LARGEST_BYTES) return undefined;
  const description = Buffer.from(JSON.stringify(described), "utf8");
  const all = Buffer.concat([Buffer.alloc(HEAD_BYTES), description, ...texts]);
  all.writeUInt32LE(MARK, 0);
  all.writeUInt32LE(description.length, 4);
  all.writeUInt32LE(crc32(all.subarray(HEAD_BYTES)), 8);
  return all;
}

function unpack(all: Buffer): readonly Chunk[] | undefined {
  if (all.length < HEAD_BYTES || all.readUInt32LE(0) !== MARK) return undefined;
  if (crc32(all.subarray(HEAD_BYTES)) !== all.readUInt32LE(8)) return undefined;
  const textsAt = HEAD_BYTES + all.readUInt32LE(4);
  const described = JSON.parse(all.toString("utf8", HEAD_BYTES, textsAt)) as readonly Described[];
  return described.map(({ at, bytes, ...chunk }) => ({
    ...chunk,
    get text() {
      return all.toString("utf8", textsAt + at, textsAt + at + bytes);
    },
  }));
}

function removeOldest(folder: string, prefix: string): void {
  const own = readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ path: join(folder, name), time: statSync(join(folder, name)).mtimeMs }))
    .sort((one, other) => other.time - one.time);
  for (const { path } of own.slice(KEPT_FOR_A_CODEBASE)) rmSync(path, { force: true });
}

function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
