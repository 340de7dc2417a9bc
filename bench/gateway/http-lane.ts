import { connect, type Socket } from "node:net";

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** When its first byte of body came, and its last; of performance.now(). */
  readonly firstByteAt: number;
  readonly lastByteAt: number;
}

const NOTHING = Buffer.alloc(0);
const NO_ANSWER_MS = 30_000;

/** One connection that is kept and carries one request after the other; raw, to cost as little as can be. */
export class HttpLane {
  readonly #port: number;
  #socket: Socket | undefined;
  #unread: Buffer = NOTHING;
  #head: { status: number; length: number; closes: boolean } | undefined;
  #pieces: Buffer[] = [];
  #size = 0;
  #firstByteAt = 0;
  #resolve: ((answer: HttpAnswer) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends a request and answers when all of the answer is there. Rejects where the connection ends before that, or after 30 s. */
  ask(request: Buffer): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket ??= this.#open();
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    socket.setTimeout(NO_ANSWER_MS, () => this.#fail(new Error("no answer for 30 s")));
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => {
      if (this.#socket === socket) this.#fail(new Error("the connection was closed"));
    });
    return socket;
  }

  #fail(error: Error): void {
    this.close();
    this.#unread = NOTHING;
    this.#forget();
    const reject = this.#reject;
    this.#resolve = this.#reject = undefined;
    reject?.(error);
  }

  #forget(): void {
    this.#head = undefined;
    this.#pieces = [];
    this.#size = 0;
    this.#firstByteAt = 0;
  }

  #read(bytes: Buffer): void {
    let rest = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    this.#unread = NOTHING;
    if (this.#head === undefined) {
      const headEnd = rest.indexOf("\r\n\r\n");
      if (headEnd < 0) {
        this.#unread = rest;
        return;
      }
      this.#head = headOf(rest.toString("latin1", 0, headEnd + 2));
      rest = rest.subarray(headEnd + 4);
    }
    if (this.#head.length >= 0) this.#take(rest, rest.length);
    else this.#readChunks(rest);
    if (this.#head?.length === this.#size) this.#done();
  }

  #take(bytes: Buffer, length: number): void {
    if (length === 0) return;
    if (this.#size === 0) this.#firstByteAt = performance.now();
    this.#pieces.push(bytes);
    this.#size += length;
  }

  #readChunks(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      const lineEnd = bytes.indexOf("\r\n", at);
      const length = lineEnd < 0 ? -1 : Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
      const end = lineEnd + 2 + length + 2;
      if (length < 0 || end > bytes.length) {
        this.#unread = bytes.subarray(at);
        return;
      }
      if (length === 0) return this.#done();
      this.#take(bytes.subarray(lineEnd + 2, end - 2), length);
      at = end;
    }
  }

  #done(): void {
    const { status = 0, closes = false } = this.#head ?? {};
    const lastByteAt = performance.now();
    const body = this.#pieces.length === 1 ? (this.#pieces[0] ?? NOTHING) : Buffer.concat(this.#pieces);
    const answer = { status, body, firstByteAt: this.#firstByteAt, lastByteAt };
    this.#forget();
    if (closes) this.close();
    const resolve = this.#resolve;
    this.#resolve = this.#reject = undefined;
    resolve?.(answer);
  }
}

/** length: -1 where the body comes in chunks. */
function headOf(head: string): { status: number; length: number; closes: boolean } {
  const status = Number(head.slice(9, 12));
  const closes = /\r\nconnection: *close/i.test(head);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return { status, closes, length: Number(length) };
  return { status, closes, length: /\r\ntransfer-encoding: *chunked/i.test(head) ? -1 : 0 };
}
