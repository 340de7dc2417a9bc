import { mkdir, open, readdir, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isNamed, readTrace } from "./trace-line.ts";
import type { RequestTrace } from "./trace.ts";

/** The files of traces: parts of a day, all processes append to the newest. */
export interface TraceFiles {
  /** Appends lines in one write. Rejects as the file system does; then none or some of them stand there. */
  readonly append: (lines: readonly string[], now: number) => Promise<void>;
  find(id: string): Promise<RequestTrace | undefined>;
  /** Those at the ends of the newest files, at least `most` where there are so many; in no order, some perhaps twice. */
  newest(most: number): Promise<readonly RequestTrace[]>;
}

/** A part is left once it is so long, so that old ones can be deleted one by one. */
const PART_BYTES = 16 * 1024 * 1024;
const KEPT_BYTES = 256 * 1024 * 1024;
const KEPT_DAYS = 7;
const DAY_MS = 86_400_000;
const NAME = /^(\d{4}-\d{2}-\d{2})-(\d{4})\.jsonl$/;

/** 2026-11-21-0001.jsonl, 2026-11-21-0002.jsonl ... in FOLDER/traces, readable by their owner only. */
export function openTraceFiles(folder: string): TraceFiles {
  const place = join(folder, "traces");
  /** Where this process wrote last. */
  let current: { readonly day: string; part: number } | undefined;

  async function append(lines: readonly string[], now: number): Promise<void> {
    const day = new Date(now).toISOString().slice(0, 10);
    if (current?.day !== day) {
      await mkdir(place, { recursive: true, mode: 0o700 });
      current = { day, part: await lastPart(place, day) };
      await prune(place, now);
    }
    // The line's end stands before it too: a process that was killed while it wrote may have left a torn one.
    const bytes = Buffer.from(`\n${lines.join("\n")}\n`);
    while (!(await appended(partPath(place, current), bytes))) {
      current.part += 1;
      await prune(place, now);
    }
  }

  return {
    append: async (lines, now) => {
      try {
        await append(lines, now);
      } catch (error) {
        // Whatever was known of the folder may not hold any more.
        current = undefined;
        throw error;
      }
    },
    async find(id) {
      for (const name of await newestFirst(place)) {
        const found = within(await read(join(place, name)), id);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    async newest(most) {
      const found: RequestTrace[] = [];
      for (const name of await newestFirst(place)) {
        if (found.length >= most) break;
        found.push(...lastOf(await read(join(place, name)), most - found.length));
      }
      return found;
    },
  };
}

function partPath(place: string, { day, part }: { readonly day: string; readonly part: number }): string {
  return join(place, `${day}-${String(part).padStart(4, "0")}.jsonl`);
}

async function lastPart(place: string, day: string): Promise<number> {
  const parts = (await namesIn(place)).flatMap((name) => (name.startsWith(day) ? [Number(name.slice(11, 15))] : []));
  return Math.max(1, ...parts);
}

/** Appends in one write; false where the part is full. */
async function appended(path: string, bytes: Buffer): Promise<boolean> {
  const file = await open(path, "a", 0o600);
  try {
    if ((await file.stat()).size >= PART_BYTES) return false;
    // Not appendFile: that writes in pieces, and another process's lines would come between them.
    for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
    return true;
  } finally {
    await file.close();
  }
}

/** Deletes what is too old, and the oldest of what is too much. Other processes may do the same at the same time. */
async function prune(place: string, now: number): Promise<void> {
  const oldest = new Date(now - KEPT_DAYS * DAY_MS).toISOString().slice(0, 10);
  // The newest will grow.
  let kept = 2 * PART_BYTES;
  for (const name of await newestFirst(place)) {
    const size = (await stat(join(place, name)).catch(() => undefined))?.size ?? 0;
    kept += size;
    if (name.slice(0, 10) >= oldest && kept <= KEPT_BYTES) continue;
    await unlink(join(place, name)).catch(() => undefined);
  }
}

async function namesIn(place: string): Promise<readonly string[]> {
  const names = await readdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => NAME.test(name));
}

async function newestFirst(place: string): Promise<readonly string[]> {
  return (await namesIn(place)).toSorted().reverse();
}

/** A file that another process has deleted meanwhile is empty. */
async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
}

const NEWLINE = 10;

/** The last trace of that name: lines that do not even hold the name are not parsed. */
function within(bytes: Buffer, id: string): RequestTrace | undefined {
  const name = Buffer.from(JSON.stringify(id));
  for (let at = bytes.lastIndexOf(name); at >= 0;) {
    const start = bytes.lastIndexOf(NEWLINE, at) + 1;
    const end = bytes.indexOf(NEWLINE, at);
    const trace = end < 0 ? undefined : readTrace(bytes.toString("utf8", start, end));
    if (trace !== undefined && isNamed(trace, id)) return trace;
    if (start === 0) return undefined;
    at = bytes.lastIndexOf(name, start - 1);
  }
  return undefined;
}

function lastOf(bytes: Buffer, most: number): readonly RequestTrace[] {
  const found: RequestTrace[] = [];
  let end = bytes.length;
  while (end > 0 && found.length < most) {
    const start = bytes.lastIndexOf(NEWLINE, end - 1) + 1;
    const trace = start < end ? readTrace(bytes.toString("utf8", start, end)) : undefined;
    if (trace !== undefined) found.push(trace);
    end = start - 1;
  }
  return found;
}
