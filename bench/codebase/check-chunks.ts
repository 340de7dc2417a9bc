import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { familyFactor } from "../../src/codebase/tokens/families.ts";
import { enclosing, judgeBorder } from "./borders.ts";
import { trueCount } from "./true-count.ts";

/** What is checked: one folder, cut for one model by one limit. */
export interface Order {
  readonly folder: string;
  /** All that must be either in a chunk or left out. */
  readonly paths: readonly string[];
  readonly limit: number;
  readonly model: string;
  readonly home: string;
}

export interface Checked {
  readonly limit: number;
  readonly model: string;
  readonly chunks: number;
  readonly files: number;
  readonly leftOut: number;
  /** Tokens of the largest chunk, by the tokenizer times the factor. */
  readonly largest: number;
  readonly fill: number;
  readonly borders: Borders;
  readonly faults: readonly string[];
  readonly tookMs: number;
}

/** Cuts within files of code, less those inside of what does not fit into a chunk by itself. */
interface Borders {
  readonly at: number;
  readonly of: number;
  readonly share: number;
  readonly within: number;
  readonly notCode: number;
}

/** What `allot chunks --json --text` prints, as far as it is looked at. */
interface Printed {
  readonly chunks: readonly PrintedChunk[];
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
}

interface PrintedChunk {
  readonly id: string;
  readonly tokens: number;
  readonly text: string;
  readonly files: readonly { readonly path: string; readonly start: number; readonly end: number }[];
}

/** Of the limit: what heading, signatures and imports of a piece may take before a declaration of the rest does not fit. */
const ROOM = 0.5;

/** Runs the command twice and holds its answer against the files. */
export async function checkChunks(order: Order): Promise<Checked> {
  const began = performance.now();
  const first = await run(order);
  const tookMs = performance.now() - began;
  const second = await run(order);
  const printed = JSON.parse(first.toString("utf8")) as Printed;
  const sizes = printed.chunks.map(({ text: sent }) => sizeOf(sent, order.model));
  const { faults, borders } = await checkFiles(order, printed);
  const all = [
    ...(first.equals(second) ? [] : [`two calls print different bytes: ${digest(first)} and ${digest(second)}`]),
    ...printed.chunks.flatMap((chunk, at) => faultsOfSize(chunk, sizes[at] ?? { tokens: 0, cuts: 0 }, order.limit)),
    ...faults,
  ];
  const filled = sizes.slice(0, -1);
  return {
    limit: order.limit,
    model: order.model,
    chunks: printed.chunks.length,
    files: new Set(printed.chunks.flatMap(({ files }) => files.map(({ path }) => path))).size,
    leftOut: printed.leftOut.length,
    largest: Math.max(0, ...sizes.map(({ tokens }) => tokens)),
    fill: filled.length === 0 ? 1 : filled.reduce((sum, { tokens }) => sum + tokens, 0) / filled.length / order.limit,
    borders,
    faults: all,
    tookMs,
  };
}

async function run({ folder, limit, model, home }: Order): Promise<Buffer> {
  const main = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");
  const args = [main, "chunks", "--repo", folder, "--max-tokens", String(limit), "--model", model, "--json", "--text"];
  const env = { ...process.env, ALLOT_HOME: home };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, code] = await Promise.all([buffer(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`allot chunks ended with ${String(code)}: ${stderr.slice(-2000)}`);
  return stdout;
}

interface Size {
  readonly tokens: number;
  readonly cuts: number;
}

function sizeOf(sent: string, model: string): Size {
  const { tokens, cuts } = trueCount(sent);
  return { tokens: Math.ceil(tokens * familyFactor(model).factor), cuts };
}

function faultsOfSize({ id, tokens }: PrintedChunk, size: Size, limit: number): readonly string[] {
  // A count that this check had to take in parts may itself be too high.
  const surely = size.tokens - 2 * size.cuts;
  return [
    ...(surely > limit ? [`chunk ${id} has ${size.tokens} tokens`] : []),
    ...(tokens > limit ? [`chunk ${id} says of itself that it has ${tokens} tokens`] : []),
    ...(surely > tokens ? [`chunk ${id} has ${size.tokens} tokens and says ${tokens}`] : []),
  ];
}

async function checkFiles(order: Order, { chunks, leftOut }: Printed): Promise<{ faults: string[]; borders: Borders }> {
  const faults: string[] = [];
  const places = new Map<string, { start: number; end: number; sent: string }[]>();
  for (const { files, text: sent } of chunks) {
    for (const { path, start, end } of files) {
      const known = places.get(path);
      if (known === undefined) places.set(path, [{ start, end, sent }]);
      else known.push({ start, end, sent });
    }
  }
  const left = new Set(leftOut.map(({ path }) => path));
  const wanted = new Set(order.paths);
  for (const path of order.paths) {
    if (places.has(path) === isLeft(path, left)) {
      faults.push(`${path} is ${places.has(path) ? "both in a chunk and" : "neither in a chunk nor"} left out`);
    }
  }
  const tally = { at: 0, of: 0, within: 0, notCode: 0 };
  for (const [path, pieces] of places) {
    if (!wanted.has(path)) continue;
    pieces.sort((one, other) => one.start - other.start || one.end - other.end);
    const bytes = readFileSync(join(order.folder, path));
    faults.push(...faultsOfPieces(path, bytes, pieces));
    tallyBorders(order, { path, bytes, pieces }, tally);
  }
  return { faults, borders: { ...tally, share: tally.of === 0 ? 1 : tally.at / tally.of } };
}

/** A folder that is left out stands for what is in it. */
function isLeft(path: string, left: ReadonlySet<string>): boolean {
  if (left.has(path)) return true;
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    if (left.has(path.slice(0, at)) || left.has(path.slice(0, at + 1))) return true;
  }
  return false;
}

interface Placed {
  readonly start: number;
  readonly end: number;
  readonly sent: string;
}

function faultsOfPieces(path: string, bytes: Buffer, pieces: readonly Placed[]): readonly string[] {
  const faults: string[] = [];
  let at = 0;
  for (const { start, end, sent } of pieces) {
    if (start !== at) faults.push(`${path}: bytes ${at} to ${start} are ${start > at ? "lost" : "there twice"}`);
    at = end;
    const own = bytes.subarray(start, end);
    const decoded = own.toString("utf8");
    const isText = Buffer.from(decoded, "utf8").equals(own);
    if (isText && !sent.includes(decoded) && !isRedacted(own, sent))
      faults.push(`${path}: the chunk does not hold the text of bytes ${start} to ${end}`);
  }
  if (at !== bytes.length) faults.push(`${path}: bytes ${at} to ${bytes.length} are lost`);
  return faults;
}

const OVERWRITTEN = /\[redacted(?::[^\]]*)?\][*\r\n]*|\*[*\r\n]*/g;

/** Secrets are overwritten in place: somewhere in the chunk all other bytes are as they were. */
function isRedacted(own: Buffer, sent: string): boolean {
  const bytes = Buffer.from(sent, "utf8");
  for (let at = bytes.indexOf(10) + 1; at > 0 && at + own.length <= bytes.length; at = bytes.indexOf(10, at) + 1) {
    const there = bytes.toString("latin1", at, at + own.length);
    const masked = Buffer.from(own);
    for (const { index, 0: run } of there.matchAll(OVERWRITTEN)) masked.write(run, index, "latin1");
    if (masked.toString("latin1") === there) return true;
  }
  return false;
}

function tallyBorders(
  { limit, model }: Order,
  { path, bytes, pieces }: { readonly path: string; readonly bytes: Buffer; readonly pieces: readonly Placed[] },
  tally: { at: number; of: number; within: number; notCode: number },
): void {
  if (pieces.length < 2) return;
  const whole = bytes.toString("utf8");
  for (const { end } of pieces.slice(0, -1)) {
    const at = bytes.subarray(0, end).toString("utf8").length;
    const border = judgeBorder(path, whole, at);
    if (border === "not code") tally.notCode += 1;
    else if (border === "symbol") {
      tally.at += 1;
      tally.of += 1;
    } else if (sizeOf(enclosing(whole, at), model).tokens > ROOM * limit) tally.within += 1;
    else {
      tally.of += 1;
      if (process.env["ALLOT_BENCH_TELL"] !== undefined) process.stderr.write(`inside: ${path} at byte ${end}\n`);
    }
  }
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}
