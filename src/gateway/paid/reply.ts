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

/** Up to so many bytes, making letters of them costs less than sending them apart from the head. */
const MOST_AS_LETTERS = 16 * 1024;

/** The client's side of a request: its head once, then bytes, then an end. */
export class Reply implements PassReader {
  readonly #response: ServerResponse;
  /** Told in the head; filled in as the request goes on. */
  readonly told: Record<string, string> = {};
  status = 0;
  begunAt: number | undefined;
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
  }

  write(bytes: Buffer | string): boolean {
    return this.#response.write(bytes);
  }

  drained(resume: () => void): void {
    this.#response.once("drain", resume);
  }

  end(last?: Buffer | string): void {
    if (!this.#response.writableEnded) this.#response.end(last);
  }

  /** An answer that is no stream, of one piece. */
  whole(status: number, headers: Headers, body: Buffer | string, admitted?: Admitted): void {
    if (this.begun) return;
    this.told["content-length"] = String(Buffer.byteLength(body));
    this.head(status, headers, admitted);
    // Bytes as letters go out in one piece with the head: one call to the system instead of a gathered one.
    if (typeof body === "string" || body.length > MOST_AS_LETTERS) this.end(body);
    else if (!this.#response.writableEnded) this.#response.end(body.toString("latin1"), "latin1");
  }

  own({ status, headers, body }: OwnAnswer): void {
    this.whole(status, headers as Headers, body);
  }

  /** Breaks the connection, once `last` is out: what has begun is not whole, and must not look so. */
  destroy(last = ""): void {
    if (last === "" || this.#response.destroyed) this.#response.destroy();
    else this.#response.write(last, () => this.#response.destroy());
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

/** Text as a header may carry it: without what would end it, or is no Latin letter. */
export function asHeader(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 300);
}
