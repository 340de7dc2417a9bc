import type { Json } from "./json.ts";
import type { ModelAnswer, TokenUsage } from "./provider.ts";

/**
 * What the provider itself said, read from its own JSON and not from a library's view of it: every provider has a
 * reader that folds unstreamed bodies and stream events alike, so that both ways end in the same answer and the same
 * bill, and a stream that breaks off leaves what it had told by then.
 */
export interface WireReading {
  readonly id: string;
  readonly model: string;
  readonly finish: ModelAnswer["finish"] | undefined;
  /** The stop sequence that ended the answer, where the wire names it. */
  readonly stopSequence?: string;
  /** The usage object as it came, parts that came later laid over earlier ones. */
  readonly usage: Json | undefined;
  /** The answer was said to be whole. A stream that just stops has not said so. */
  readonly ended: boolean;
  readonly fault: WireFault | undefined;
}

/** A fault reported inside an answer of status 200. */
export interface WireFault {
  readonly status: number | undefined;
  /** The provider's own type or code: "overloaded_error". */
  readonly code: string;
  readonly message: string;
}

export interface WireReader {
  /** Folds one body or one stream event into the reading. Pure. */
  read(before: WireReading, payload: Json): WireReading;
  /**
   * Is it an event of a kind that we know? Providers add kinds without notice; what we do not know, the client library
   * may not know either, and carries nothing we would miss. Absent: events of this wire have no kind. Pure.
   */
  knows?(event: Json): boolean;
  /** The usage object in allot's normal form; a class the provider did not name is absent. Pure. */
  usage(raw: Json): ReportedUsage;
}

/** Usage as far as it was reported. */
export type ReportedUsage = Partial<Omit<TokenUsage, "estimated">>;

/** Before anything has come. */
export const NOTHING_READ: WireReading = {
  id: "",
  model: "",
  finish: undefined,
  usage: undefined,
  ended: false,
  fault: undefined,
};
