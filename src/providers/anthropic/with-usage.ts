import { asObject, parseJson } from "../json.ts";
import { USAGE_MISSING } from "./anthropic-reader.ts";

const STAND_IN = { input_tokens: 0, output_tokens: 0, [USAGE_MISSING]: true };

/**
 * A fetch whose answers always carry a usage object. The SDK refuses a message without one, but gateways that speak
 * this format leave it out at times; the stand-in is marked, and the usage is then estimated.
 */
export function withUsage(inner: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await inner(input, init);
    if (!response.ok || response.body === null) return response;
    const type = response.headers.get("content-type") ?? "";
    const change = type.includes("event-stream") ? eventLines() : type.includes("json") ? wholeBody() : undefined;
    if (change === undefined) return response;
    const text = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(change)
      .pipeThrough(new TextEncoderStream());
    const headers = new Headers(response.headers);
    headers.delete("content-length");
    headers.delete("content-encoding");
    return new Response(text, { status: response.status, statusText: response.statusText, headers });
  };
}

function wholeBody(): TransformStream<string, string> {
  let body = "";
  return new TransformStream({
    transform: (chunk) => {
      body += chunk;
    },
    flush: (controller) => controller.enqueue(completed(body)),
  });
}

/** Lines are looked at one by one, as soon as they are whole. */
function eventLines(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform: (chunk, controller) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      if (lines.length > 0) controller.enqueue(`${lines.map(completedLine).join("\n")}\n`);
    },
    flush: (controller) => {
      if (rest !== "") controller.enqueue(completedLine(rest));
    },
  });
}

function completedLine(line: string): string {
  return line.startsWith("data:") && /"message_(start|delta)"/.test(line) ? `data: ${completed(line.slice(5))}` : line;
}

function completed(json: string): string {
  const parsed = parseJson(json);
  const value = asObject(parsed);
  const needs = (given: unknown): boolean => asObject(given)["output_tokens"] === undefined;
  if (value["type"] === "message_start" && needs(asObject(value["message"])["usage"])) {
    const message = asObject(value["message"]);
    return JSON.stringify({
      ...value,
      message: { ...message, usage: { ...STAND_IN, ...onlyIfGiven(message["usage"]) } },
    });
  }
  if ((value["type"] === "message" || value["type"] === "message_delta") && needs(value["usage"])) {
    return JSON.stringify({ ...value, usage: { ...STAND_IN, ...onlyIfGiven(value["usage"]) } });
  }
  return json;
}

/** A usage object that lacks only its output is kept, and counts as told. */
function onlyIfGiven(usage: unknown): Record<string, unknown> {
  const given = asObject(usage);
  return Object.keys(given).length === 0 ? {} : { ...given, output_tokens: 0, [USAGE_MISSING]: false };
}
