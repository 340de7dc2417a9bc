import type { FullAnswer, ScriptedError, SeenMessage, SeenRequest, WireName } from "./script.ts";

/** One wire format: how its requests are read and its answers written. A new one is one file and one line in `wires.ts`. */
export interface Wire {
  readonly name: WireName;
  /** Is a POST to this path (without query) of this format? */
  matches(path: string): boolean;
  read(path: string, body: Record<string, unknown>): ReadRequest;
  /** The unstreamed body. */
  body(answer: FullAnswer, seen: SeenRequest): unknown;
  /** The stream as whole chunks of text; the last ones mark the end. */
  chunks(answer: FullAnswer, seen: SeenRequest): string[];
  /** A chunk that reports a fault inside a stream. */
  faultChunk(): string;
  readonly streamType: string;
  error(kind: Exclude<ScriptedError, object>): { readonly status: number; readonly body: unknown };
}

export type ReadRequest = Pick<
  SeenRequest,
  "model" | "system" | "messages" | "tools" | "toolChoice" | "stream" | "maxOutputTokens"
>;

export type Json = Record<string, unknown>;

/** A value as a JSON object; {} for anything else. */
export function object(value: unknown): Json {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : {};
}

/** A value as a list of JSON objects. */
export function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

/** A value as text; "" for anything that is none. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A number, where it is one. */
export function count(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** JSON text as a value; the text itself where it is no JSON. */
export function parsed(json: unknown): unknown {
  if (typeof json !== "string") return json;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}

/** A message with nothing in it but what is given. */
export function message(role: SeenMessage["role"], parts: Partial<SeenMessage>): SeenMessage {
  return { role, text: "", reasoning: [], toolCalls: [], toolResults: [], ...parts };
}

/** One server-sent event with a name. */
export function namedEvent(data: Json & { type: string }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** One server-sent event without a name. */
export function dataEvent(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

export const ERROR_STATUS: Record<Exclude<ScriptedError, object>, number> = {
  auth: 401,
  forbidden: 403,
  "rate-limited": 429,
  "server-error": 500,
  overloaded: 503,
  "too-long": 400,
  "content-refused": 400,
  "bad-request": 400,
};
