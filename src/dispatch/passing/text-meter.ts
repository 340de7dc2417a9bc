import type { WireFormat } from "../../providers/wires.ts";
import { eventEnd, type Framing, readEvent, textOf } from "./events.ts";

/** Of a list that is written bit by bit, this share of the bytes is text, about. */
const TEXT_IN_LIST = 1 / 8;

/** Counts the letters of a stream from one point on, where nobody waits for its bytes any more. */
export class TextMeter {
  readonly #wire: WireFormat;
  readonly #framing: Framing;
  #pending: Buffer = Buffer.alloc(0);
  letters = 0;

  constructor(wire: WireFormat, framing: Framing) {
    this.#wire = wire;
    this.#framing = framing;
  }

  push(chunk: Buffer): void {
    if (this.#framing === "array") {
      this.letters += chunk.length * TEXT_IN_LIST;
      return;
    }
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let from = 0;
    for (let end = eventEnd(bytes, 0, this.#framing); end >= 0; end = eventEnd(bytes, from, this.#framing)) {
      const said = readEvent(bytes.subarray(from, end), this.#framing);
      if (typeof said !== "string") this.letters += textOf(this.#wire, said).length;
      from = end;
    }
    this.#pending = bytes.subarray(from);
  }
}
