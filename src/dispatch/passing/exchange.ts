import type { Dispatcher } from "undici";
import type { PassAsk, PassReader } from "./passing.ts";
import { StreamWatch } from "./stream-watch.ts";
import { TextMeter } from "./text-meter.ts";
import type { Headers } from "../survival/survival.ts";
import type { WireReader } from "../../providers/wire-reading.ts";

/** What came of one request on the wire. */
export interface Exchanged {
  /** 0 where no answer came. */
  readonly status: number;
  readonly headers: Headers;
  /** Of the answer's headers, ms after the request. */
  readonly firstByteMs: number | undefined;
  /** The whole body of an answer that was no stream. */
  readonly body: Buffer | undefined;
  readonly watch: StreamWatch | undefined;
  /** Why it ended before its end: the connection's error, or what the stream gave up for. */
  readonly broken: Error | "fault" | "unreadable" | "left" | "too-large" | undefined;
}

/** An answer that is no stream, at most. */
const LARGEST_BODY = 256 * 1024 * 1024;

/** Of a refusal's body so much is kept. */
const LARGEST_REFUSAL = 1024 * 1024;

/** One request and its answer, handed on as it comes. Made for one use. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly done: Promise<Exchanged>;
  #finish: (value: Exchanged) => void = () => {};
  readonly #ask: PassAsk;
  readonly #reader: PassReader;
  readonly #wireReader: WireReader;
  readonly #begin: (status: number, headers: Headers) => void;
  readonly #now: () => number;
  readonly #startedAt: number;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Headers = {};
  #firstByteMs: number | undefined;
  #parts: Buffer[] = [];
  #size = 0;
  #watch: StreamWatch | undefined;
  #left = false;
  /** After the reader has left: so many letters more are read. */
  #mayRead = 0;
  #meter: TextMeter | undefined;
  #over = false;

  constructor(
    ask: PassAsk,
    reader: PassReader,
    wireReader: WireReader,
    begin: (status: number, headers: Headers) => void,
    now: () => number,
  ) {
    this.#ask = ask;
    this.#reader = reader;
    this.#wireReader = wireReader;
    this.#begin = begin;
    this.#now = now;
    this.#startedAt = now();
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /**
   * The reader has gone. `mostLetters` more of a stream's text are read for the ledger's sake; 0 stops at once. An answer that is no
   * stream is read whole: it comes at once, when all of it has been written.
   */
  leave(mostLetters: number): void {
    if (this.#left || this.#over) return;
    this.#left = true;
    this.#mayRead = mostLetters;
    if (mostLetters === 0) this.#stop("left");
    else this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error("the reader has left"));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    this.#firstByteMs = this.#now() - this.#startedAt;
    const { wire, framing, stream, holdPreamble, continuing, hideUsage } = this.#ask;
    if (status >= 300 || !stream || !isStream(headers, framing)) return;
    const mode = { wire, framing, reader: this.#wireReader, holdPreamble, continuing, hideUsage };
    this.#watch = new StreamWatch(mode, (bytes) => this.#show(bytes));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    if (this.#watch !== undefined) {
      const broken = this.#watch.push(chunk);
      if (broken !== undefined) this.#stop(broken);
      else if (this.#left) this.#readOn(chunk);
      return;
    }
    this.#size += chunk.length;
    if (this.#status >= 300 && this.#size > LARGEST_REFUSAL) return;
    if (this.#size > LARGEST_BODY) this.#stop("too-large");
    else this.#parts.push(chunk);
  }

  onResponseEnd(): void {
    this.#end(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(error);
  }

  #readOn(chunk: Buffer): void {
    if (this.#mayRead === Number.POSITIVE_INFINITY) return;
    this.#meter ??= new TextMeter(this.#ask.wire, this.#ask.framing);
    this.#meter.push(chunk);
    if (this.#meter.letters >= this.#mayRead) this.#stop("left");
  }

  #show(bytes: Buffer): void {
    if (this.#left) return;
    this.#begin(this.#status, this.#headers);
    if (this.#reader.write(bytes)) return;
    this.#controller?.pause();
    this.#reader.drained(() => this.#controller?.resume());
  }

  #stop(why: "fault" | "unreadable" | "left" | "too-large"): void {
    this.#end(why);
    this.#controller?.abort(new Error(`the answer was given up: ${why}`));
  }

  #end(broken: Exchanged["broken"]): void {
    if (this.#over) return;
    this.#over = true;
    const [first] = this.#parts;
    const whole = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts);
    const body = this.#watch === undefined ? whole : undefined;
    this.#parts = [];
    this.#finish({
      status: this.#status,
      headers: this.#headers,
      firstByteMs: this.#firstByteMs,
      body,
      watch: this.#watch,
      broken,
    });
  }
}

function isStream(headers: Headers, framing: PassAsk["framing"]): boolean {
  const type = String(headers["content-type"] ?? "");
  if (framing === "sse") return type.includes("event-stream");
  return framing === "lines" ? type.includes("ndjson") || type.includes("json-lines") : type.includes("json");
}
