import { asList, asObject, asText, parseJson, type Json } from "../../providers/json.ts";
import type { WireFormat } from "../../providers/wires.ts";

/** How a stream's bytes fall into events. array: one JSON list, written bit by bit (Gemini without `alt=sse`). */
export type Framing = "sse" | "lines" | "array";

const LF = 0x0a;
const CR = 0x0d;

/** The end of the event that begins at `from`, the blank line included; -1 where it has not come yet. Pure. */
export function eventEnd(bytes: Buffer, from: number, framing: Framing): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (framing === "lines") return at + 1;
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

/** The last events of a stream, oldest first; one that is not whole counts as the last. Pure. */
export function lastEvents(bytes: Buffer, framing: Framing, most: number): readonly Buffer[] {
  const found: Buffer[] = [];
  let end = bytes.length;
  while (end > 0 && found.length < most) {
    const start = eventStart(bytes, end, framing);
    if (start < end) found.unshift(bytes.subarray(start, end));
    end = start;
  }
  return found;
}

/** Where the event begins that ends before `end`. */
function eventStart(bytes: Buffer, end: number, framing: Framing): number {
  let at = end - 1;
  // The blank line that ends it is its own.
  while (at >= 0 && (bytes[at] === LF || bytes[at] === CR)) at -= 1;
  for (at = bytes.lastIndexOf(LF, at); at > 0; at = bytes.lastIndexOf(LF, at - 1)) {
    if (framing === "lines") return at + 1;
    const before = bytes[at - 1] === CR ? at - 2 : at - 1;
    if (bytes[before] === LF) return at + 1;
    if (before < 0) break;
  }
  return framing === "lines" && at === 0 ? 1 : 0;
}

/** All events of a stream. Pure. */
export function allEvents(bytes: Buffer, framing: Framing): readonly Buffer[] {
  const found: Buffer[] = [];
  let from = 0;
  while (from < bytes.length) {
    const end = eventEnd(bytes, from, framing);
    found.push(bytes.subarray(from, end < 0 ? bytes.length : end));
    if (end < 0) break;
    from = end;
  }
  return found;
}

/** What an event says: its JSON; "nothing" for comments, blank lines and the mark of the end; "unreadable" for what is no event. Pure. */
export function readEvent(event: Buffer, framing: Framing): Json | "nothing" | "unreadable" {
  const text = event.toString("utf8");
  if (framing === "lines") return text.trim() === "" ? "nothing" : objectOf(text);
  const data: string[] = [];
  let isEvent = text.trim() === "";
  for (const line of text.split(/\r\n|\n/)) {
    if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
    else if (line === "" || line.startsWith(":") || /^(event|id|retry)(:|$)/.test(line)) isEvent = true;
  }
  if (data.length === 0) return isEvent && !/^[^:]*[<{]/.test(text) ? "nothing" : "unreadable";
  const joined = data.join("\n");
  return joined.trim() === "[DONE]" ? "nothing" : objectOf(joined);
}

function objectOf(text: string): Json | "unreadable" {
  const value = parseJson(text);
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : "unreadable";
}

/**
 * Does the event only prepare for what follows, so that a reader has been shown nothing by it? What begins a block does too,
 * as long as it is held: another attempt's first block may be of another kind. Pure.
 */
export function isPreamble(wire: WireFormat, event: Json, held: boolean): boolean {
  switch (wire) {
    case "anthropic":
      return (
        event["type"] === "message_start" ||
        event["type"] === "ping" ||
        (held && event["type"] === "content_block_start" && textOf(wire, event) === "")
      );
    case "responses":
      return (held ? RESPONSES_HELD : RESPONSES_SHOWN).test(asText(event["type"]));
    case "chat":
      return event["usage"] === undefined || event["usage"] === null
        ? textOf("chat", event) === "" && !isEnd(event)
        : false;
    case "gemini":
      return textOf(wire, event) === "" && asText(asObject(asList(event["candidates"])[0])["finishReason"]) === "";
    case "ollama":
      return textOf(wire, event) === "" && event["done"] !== true;
  }
}

const RESPONSES_SHOWN = /^response\.(created|in_progress|queued)$/;
const RESPONSES_HELD = /^response\.(created|in_progress|queued|output_item\.added|content_part\.added)$/;

function isEnd(event: Json): boolean {
  return asList(event["choices"]).some((choice) => asText(asObject(choice)["finish_reason"]) !== "");
}

/** What the event gives to read, or to call a tool with: text, thinking, tool input. Pure. */
export function textOf(wire: WireFormat, event: Json): string {
  switch (wire) {
    case "anthropic": {
      const delta = asObject(event["delta"]);
      const block = asObject(event["content_block"]);
      return `${asText(delta["text"])}${asText(delta["thinking"])}${asText(delta["partial_json"])}${asText(block["text"])}${asText(block["name"])}`;
    }
    case "responses":
      return asText(event["type"]).endsWith(".delta") ? asText(event["delta"]) : "";
    case "chat":
      return asList(event["choices"]).map(chatText).join("");
    case "gemini":
      return asList(asObject(asObject(asList(event["candidates"])[0])["content"])["parts"])
        .map(geminiText)
        .join("");
    case "ollama": {
      const message = asObject(event["message"]);
      const calls = asList(message["tool_calls"]);
      return `${asText(message["content"])}${asText(message["thinking"])}${calls.length === 0 ? "" : JSON.stringify(calls)}${asText(event["response"])}`;
    }
  }
}

/** The same of an answer that is no stream. Pure. */
export function textOfWhole(wire: WireFormat, body: Json): string {
  switch (wire) {
    case "anthropic":
      return asList(body["content"])
        .map(asObject)
        .map(
          (block) => `${asText(block["text"])}${asText(block["thinking"])}${calledText(block["name"], block["input"])}`,
        )
        .join("");
    case "responses":
      return asList(body["output"])
        .map(asObject)
        .flatMap((item) => [
          ...[...asList(item["content"]), ...asList(item["summary"])].map((part) => asText(asObject(part)["text"])),
          calledText(item["name"], item["arguments"] ?? item["input"]),
        ])
        .join("");
    case "chat":
      return asList(body["choices"])
        .map((choice) => saidText(asObject(asObject(choice)["message"])))
        .join("");
    case "gemini":
    case "ollama":
      return textOf(wire, body);
  }
}

function calledText(name: unknown, input: unknown): string {
  if (typeof name !== "string") return "";
  return name + (typeof input === "string" ? input : JSON.stringify(input ?? {}));
}

function chatText(choice: unknown): string {
  return saidText(asObject(asObject(choice)["delta"]));
}

function saidText(delta: Json): string {
  const calls = asList(delta["tool_calls"]).map((call) => {
    const called = asObject(asObject(call)["function"]);
    return asText(called["name"]) + asText(called["arguments"]);
  });
  const parts = [delta["content"], delta["reasoning_content"], delta["reasoning"], delta["refusal"]];
  return parts.map(asText).join("") + calls.join("");
}

function geminiText(part: unknown): string {
  const { text, functionCall, ...rest } = asObject(part);
  if (functionCall !== undefined) return JSON.stringify(functionCall);
  if (typeof text === "string") return text;
  return Object.keys(rest).some((name) => name !== "thought" && name !== "thoughtSignature")
    ? JSON.stringify(rest)
    : "";
}
