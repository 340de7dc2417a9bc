import type { ServerResponse } from "node:http";
import type { PassReader } from "../../dispatch/passing/passing.ts";
import type { Headers } from "../../dispatch/survival/survival.ts";
import type { Admitted } from "../../throttle/throttle.ts";
import type { OwnAnswer } from "../surfaces/refusals.ts";

/** Headers of an upstream's answer that belong to its connection, or no longer fit. */
const NOT_PASSED = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "content-length",
  "content-encoding",
  "set-cookie",
]);

/** Up to so many bytes, making one piece of them and what stands around them costs less than sending them apart. */
const MOST_JOINED = 16 * 1024;

/** The client's side of a request: its head once, then bytes, then an end. */
export class Reply implements PassReader {
  readonly #response: ServerResponse;
  /** Told in the head; filled in as the request goes on. */
  readonly told: Record<string, string> = {};
  status = 0;
  begunAt: number | undefined;
  /** The body goes out in chunks, which are framed here: Node sends four pieces for each, and a stream has many. */
  #inChunks = false;
  readonly #now: () => number;

  constructor(response: ServerResponse, now: () => number) {
    this.#response = response;
    this.#now = now;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  /** The head of an upstream's answer, as it came, and what allot says of it. */
  head(status: number, headers: Headers, admitted?: Admitted): void {
    if (this.begun) return;
    if (admitted !== undefined) this.tellLevel(admitted);
    const out: string[] = [];
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined || NOT_PASSED.has(name) || this.told[name] !== undefined) continue;
      if (typeof value === "string") out.push(name, value);
      else for (const one of value) out.push(name, one);
    }
    for (const [name, value] of Object.entries(this.told)) out.push(name, value);
    this.status = status;
    this.begunAt = this.#now();
    this.#response.writeHead(status, out);
    this.#inChunks = this.#response.chunkedEncoding;
    this.#response.chunkedEncoding = false;
  }

  /** False: more is better given when `drained` says so. */
  write(bytes: Buffer | string): boolean {
    const length = Buffer.byteLength(bytes);
    // An empty chunk would be the end.
    if (length === 0) return true;
    if (!this.#inChunks) return this.#response.write(bytes);
    if (length <= MOST_JOINED) return this.#response.write(chunkOf(bytes, length));
    this.#response.write(`${length.toString(16)}\r\n`, "latin1");
    this.#response.write(bytes);
    return this.#response.write("\r\n", "latin1");
  }

  drained(resume: () => void): void {
    this.#response.once("drain", resume);
  }

  end(last?: Buffer | string): void {
    if (this.#response.writableEnded) return;
    if (!this.#inChunks) {
      this.#response.end(last);
      return;
    }
    if (last !== undefined) this.write(last);
    this.#response.end("0\r\n\r\n", "latin1");
  }

  /** An answer that is no stream, of one piece. */
  whole(status: number, headers: Headers, body: Buffer | string, admitted?: Admitted): void {
    if (this.begun) return;
    this.told["content-length"] = String(Buffer.byteLength(body));
    this.head(status, headers, admitted);
    // Bytes as letters go out in one piece with the head: one call to the system instead of a gathered one.
    if (typeof body === "string" || body.length > MOST_JOINED) this.end(body);
    else if (!this.#response.writableEnded) this.#response.end(body.toString("latin1"), "latin1");
  }

  own({ status, headers, body }: OwnAnswer): void {
    this.whole(status, headers as Headers, body);
  }

  /** Breaks the connection, once `last` is out: what has begun is not whole, and must not look so. */
  destroy(last = ""): void {
    if (last === "" || this.#response.destroyed) this.#response.destroy();
    else {
      this.write(last);
      this.#response.write("", () => this.#response.destroy());
    }
  }

  /** How full the limits are, in the head to come. */
  tellLevel({ level, clampedTo, warning }: Admitted): void {
    this.told["x-allot-level"] = level;
    if (clampedTo !== undefined) this.told["x-allot-clamped"] = String(clampedTo);
    if (warning === undefined) return;
    const { limit, scopeKey, settled, held } = warning;
    const share = Math.round(((settled + held) / Math.max(1, limit.amount)) * 100);
    this.told["x-allot-warning"] = asHeader(
      `${scopeKey} ${limit.measure === "nanoUsd" ? "usd" : limit.measure}/${limit.window} ${share}% used`,
    );
  }
}

/** A chunk as HTTP sends it: its length, itself, and a line's end, in one piece. */
function chunkOf(bytes: Buffer | string, length: number): Buffer {
  const size = length.toString(16);
  const chunk = Buffer.allocUnsafe(size.length + length + 4);
  const from = chunk.write(`${size}\r\n`, "latin1");
  if (typeof bytes === "string") chunk.write(bytes, from);
  else chunk.set(bytes, from);
  chunk.write("\r\n", from + length, "latin1");
  return chunk;
}

/** Text as a header may carry it: without what would end it, or is no Latin letter. */
export function asHeader(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 300);
}
