import { asList, asObject, type Json } from "../../providers/json.ts";
import { NOTHING_READ, type WireReader, type WireReading } from "../../providers/wire-reading.ts";
import type { WireFormat } from "../../providers/wires.ts";
import { allEvents, eventEnd, type Framing, isPreamble, lastEvents, readEvent, textOf } from "./events.ts";

/** How a stream is to be shown. */
export interface WatchMode {
  readonly wire: WireFormat;
  readonly framing: Framing;
  readonly reader: WireReader;
  /** Keep what only prepares until something can be read: another model may still have to begin anew. */
  readonly holdPreamble: boolean;
  /** An earlier attempt has shown its preamble; this one continues it. */
  readonly continuing: boolean;
  /** Chat completions: the usage was asked for by us, and the client must not see it. */
  readonly hideUsage: boolean;
}

/** What a stream has come to. */
export interface StreamEnd {
  readonly reading: WireReading;
  /** Everything readable that came; only where the stream was not whole. */
  readonly text: string;
}

/** An event without its end this long is none. */
const LONGEST_EVENT = 32 * 1024 * 1024;

/** So many events at the end of a stream hold its usage, in every format. */
const LAST_EVENTS = 6;

/**
 * Hands a stream's bytes on as they come, and knows what has been shown. Until something can be read, event by event:
 * what is no event, or a fault, is not shown. After that bytes go through unread; usage is looked for when it has ended.
 */
export class StreamWatch {
  readonly #mode: WatchMode;
  readonly #show: (bytes: Buffer) => void;
  #pending: Buffer = EMPTY;
  #held: Buffer[] = [];
  #flown: Buffer[] = [];
  #reading: WireReading = NOTHING_READ;
  #text = "";
  /** Something of the answer itself was shown. */
  shown = false;
  /** Anything at all was shown. */
  begun = false;

  constructor(mode: WatchMode, show: (bytes: Buffer) => void) {
    this.#mode = mode;
    this.#show = show;
    // A list is one value: it is passed on bit by bit and read at its end.
    this.shown = mode.framing === "array";
  }

  /** Takes bytes. Answers why the stream is to be given up, where it is: it says so itself, or is unreadable. */
  push(chunk: Buffer): "fault" | "unreadable" | undefined {
    if (!this.shown) return this.#prepare(chunk);
    this.#flow(chunk);
    return undefined;
  }

  /** No more bytes come. */
  end(): StreamEnd {
    const { reader, wire, framing } = this.#mode;
    if (this.shown && this.#pending.length > 0) this.#emit(this.#pending);
    const rest = this.#rest();
    if (framing === "array") return readList(rest, reader);
    const quick = fold(lastEvents(rest, framing, LAST_EVENTS), framing, this.#reading, reader);
    if (quick.usage !== undefined && quick.ended && quick.fault === undefined) return { reading: quick, text: "" };
    let reading = this.#reading;
    let text = this.#text;
    for (const event of allEvents(rest, framing)) {
      const said = readEvent(event, framing);
      if (typeof said === "string") continue;
      reading = reader.read(reading, said);
      text += textOf(wire, said);
    }
    return { reading, text };
  }

  /** Letters of everything readable that came; it reads the whole stream. */
  letters(): number {
    const { wire, framing } = this.#mode;
    const rest = this.#rest();
    const said = framing === "array" ? (parseList(rest.toString("utf8")) ?? []) : eventsOf(rest, framing);
    return said.reduce((sum, event) => sum + textOf(wire, event).length, this.#text.length);
  }

  #rest(): Buffer {
    if (this.#flown.length > 1) this.#flown = [Buffer.concat(this.#flown)];
    return this.#flown[0] ?? EMPTY;
  }

  #prepare(chunk: Buffer): "fault" | "unreadable" | undefined {
    const { framing, reader, wire } = this.#mode;
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let from = 0;
    for (let end = eventEnd(bytes, 0, framing); end >= 0; end = eventEnd(bytes, from, framing)) {
      const event = bytes.subarray(from, end);
      const said = readEvent(event, framing);
      if (said === "unreadable") return "unreadable";
      from = end;
      if (said === "nothing") {
        this.#prepared(event);
        continue;
      }
      this.#reading = reader.read(this.#reading, said);
      if (this.#reading.fault !== undefined) return "fault";
      if (isPreamble(wire, said, this.#mode.holdPreamble)) {
        this.#prepared(event);
        continue;
      }
      this.#text += textOf(wire, said);
      this.#begin(event);
      this.#pending = EMPTY;
      if (from < bytes.length) this.#flow(bytes.subarray(from));
      return undefined;
    }
    this.#pending = from === 0 ? bytes : bytes.subarray(from);
    return this.#pending.length > LONGEST_EVENT || startsWrong(this.#pending, framing) ? "unreadable" : undefined;
  }

  #prepared(event: Buffer): void {
    if (this.#mode.continuing) return;
    if (this.#mode.holdPreamble) this.#held.push(event);
    else this.#emit(event);
  }

  #begin(event: Buffer): void {
    this.shown = true;
    const first = this.#held.length === 0 ? event : Buffer.concat([...this.#held, event]);
    this.#held = [];
    this.#emit(first);
  }

  #flow(chunk: Buffer): void {
    this.#flown.push(chunk);
    if (!this.#mode.hideUsage) {
      this.#emit(chunk);
      return;
    }
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let from = 0;
    let shownFrom = 0;
    for (let end = eventEnd(bytes, 0, "sse"); end >= 0; end = eventEnd(bytes, from, "sse")) {
      if (isUsageOnly(bytes.subarray(from, end))) {
        if (shownFrom < from) this.#emit(bytes.subarray(shownFrom, from));
        shownFrom = end;
      }
      from = end;
    }
    if (shownFrom < from) this.#emit(bytes.subarray(shownFrom, from));
    this.#pending = from < bytes.length ? bytes.subarray(from) : EMPTY;
  }

  #emit(bytes: Buffer): void {
    this.begun = true;
    this.#show(bytes);
  }
}

const EMPTY = Buffer.alloc(0);
const USAGE = Buffer.from('"usage"');

function isUsageOnly(event: Buffer): boolean {
  if (!event.includes(USAGE)) return false;
  const said = readEvent(event, "sse");
  if (typeof said === "string") return false;
  return asList(said["choices"]).length === 0 && Object.keys(asObject(said["usage"])).length > 0;
}

function fold(events: readonly Buffer[], framing: Framing, before: WireReading, reader: WireReader): WireReading {
  return events.reduce((reading, event) => {
    const said = readEvent(event, framing);
    return typeof said === "string" ? reading : reader.read(reading, said);
  }, before);
}

function eventsOf(bytes: Buffer, framing: Framing): readonly Json[] {
  return allEvents(bytes, framing).flatMap((event) => {
    const said = readEvent(event, framing);
    return typeof said === "string" ? [] : [said];
  });
}

function readList(bytes: Buffer, reader: WireReader): StreamEnd {
  const text = bytes.toString("utf8");
  const whole = parseList(text);
  const events = whole ?? beginningOf(text);
  const reading = events.reduce((before, said) => reader.read(before, said), NOTHING_READ);
  return { reading, text: whole === undefined ? events.map((said) => textOf("gemini", said)).join("") : "" };
}

function parseList(text: string): readonly Json[] | undefined {
  try {
    return asList(JSON.parse(text)).map(asObject);
  } catch {
    return undefined;
  }
}

/** How many brackets back a list that breaks off is looked for its last whole member. */
const MOST_STEPS_BACK = 40;

/** The members of a list that breaks off. */
function beginningOf(text: string): readonly Json[] {
  let at = text.lastIndexOf("}");
  for (let step = 0; at > 0 && step < MOST_STEPS_BACK; step += 1) {
    const members = parseList(`${text.slice(0, at + 1)}]`);
    if (members !== undefined) return members;
    at = text.lastIndexOf("}", at - 1);
  }
  return [];
}

/** Can what has come so far become an event at all? */
function startsWrong(bytes: Buffer, framing: Framing): boolean {
  if (bytes.length === 0) return false;
  const start = bytes.subarray(0, 64).toString("latin1").trimStart();
  if (start === "") return false;
  return framing === "lines"
    ? !start.startsWith("{")
    : !/^(d|da|dat|data|data:|e|ev|eve|even|event|i|id|r|re|ret|retr|retry|:)/.test(start);
}
