import { AllotError } from "../foundation/errors.ts";
import type {
  CacheLifetime,
  ImagePart,
  ImageType,
  ModelMessage,
  ToolCall,
  ToolResult,
  UserPart,
} from "../providers/provider.ts";
import { choiceAt, type Fields, listAt, objectAt, onlyKnown, textAt, wrongField } from "./fields.ts";
import { openSeal, stillSays } from "./sealed-turn.ts";

const IMAGE_TYPES: readonly ImageType[] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/**
 * The conversation in allot's own form. Results of tools become a turn of their own, before what else the user says in
 * the same message; pictures in a result follow as the user's. Throws `usage`. Pure.
 */
export function readMessages(value: unknown): readonly ModelMessage[] {
  const given = listAt("messages", value, 'a list like [{ role: "user", content: "Hello!" }]');
  if (given.length === 0) throw wrongField("messages", given, "at least one message");
  const toolNames = new Map<string, string>();
  return given.flatMap((item, index) => readMessage(`messages[${index}]`, item, toolNames));
}

function readMessage(place: string, item: unknown, toolNames: Map<string, string>): ModelMessage[] {
  const message = objectAt(place, item, "an object with role and content");
  onlyKnown(place, message, [
    "role",
    "content",
    "id",
    "type",
    "model",
    "stop_reason",
    "stop_sequence",
    "usage",
    "allot",
  ]);
  if (message["role"] === "system") {
    throw new AllotError(
      "usage",
      `${place}.role is "system"; system text goes into the field "system" of the request`,
      {
        details: { field: `${place}.role` },
      },
    );
  }
  const role = choiceAt(`${place}.role`, message["role"], ["user", "assistant"]);
  const { content } = message;
  if (role === "user" && (content === "" || (Array.isArray(content) && content.length === 0))) {
    throw wrongField(`${place}.content`, content, "text, or at least one content block");
  }
  if (typeof content === "string") {
    return role === "user" ? [{ role, content }] : [{ role, content, toolCalls: [] }];
  }
  const blocks = listAt(`${place}.content`, content, "text, or a list of content blocks").map((block, index) => {
    const at = `${place}.content[${index}]`;
    return { at, block: objectAt(at, block, "a content block") };
  });
  return role === "user" ? readUser(blocks, toolNames) : [readAssistant(blocks, toolNames)];
}

type PlacedBlock = { readonly at: string; readonly block: Fields };

function readUser(blocks: readonly PlacedBlock[], toolNames: ReadonlyMap<string, string>): ModelMessage[] {
  const results: ToolResult[] = [];
  const said: UserPart[] = [];
  const pictured: UserPart[] = [];
  for (const { at, block } of blocks) {
    const type = choiceAt(`${at}.type`, block["type"], ["text", "image", "tool_result"]);
    if (type === "text") said.push(readText(at, block));
    else if (type === "image") said.push(readImage(at, block));
    else {
      const { result, images } = readResult(at, block, toolNames);
      results.push(result);
      if (images.length > 0)
        pictured.push({ type: "text", text: `What ${result.name} (${result.callId}) showed:` }, ...images);
    }
  }
  const parts = [...pictured, ...said];
  return [
    ...(results.length === 0 ? [] : [{ role: "tool" as const, results }]),
    ...(parts.length === 0 ? [] : [{ role: "user" as const, content: parts }]),
  ];
}

function readAssistant(blocks: readonly PlacedBlock[], toolNames: Map<string, string>): ModelMessage {
  let content = "";
  let raw: unknown;
  const toolCalls: ToolCall[] = [];
  for (const { at, block } of blocks) {
    const type = choiceAt(`${at}.type`, block["type"], ["text", "tool_use", "thinking", "redacted_thinking"]);
    if (type === "text") content += textAt(`${at}.text`, block["text"], "text", true);
    else if (type === "thinking") raw = openSeal(textAt(`${at}.signature`, block["signature"], "text", true)) ?? raw;
    else if (type === "redacted_thinking") raw = openSeal(textAt(`${at}.data`, block["data"])) ?? raw;
    else {
      const id = textAt(`${at}.id`, block["id"]);
      const name = textAt(`${at}.name`, block["name"]);
      toolNames.set(id, name);
      toolCalls.push({ id, name, input: objectAt(`${at}.input`, block["input"] ?? {}) });
    }
  }
  const kept = raw !== undefined && stillSays(raw, content, toolCalls) ? { raw } : {};
  return { role: "assistant", content, toolCalls, ...kept };
}

function readResult(
  at: string,
  block: Fields,
  toolNames: ReadonlyMap<string, string>,
): { result: ToolResult; images: readonly ImagePart[] } {
  onlyKnown(at, block, ["type", "tool_use_id", "content", "is_error", "cache_control"]);
  const callId = textAt(`${at}.tool_use_id`, block["tool_use_id"]);
  const name = toolNames.get(callId);
  if (name === undefined) {
    throw wrongField(`${at}.tool_use_id`, callId, "the id of a tool_use block in an assistant message before it");
  }
  const { content = "" } = block;
  const failed = block["is_error"] === true;
  if (typeof content === "string") return { result: { callId, name, output: content, failed }, images: [] };
  let output = "";
  const images: ImagePart[] = [];
  for (const [index, item] of listAt(`${at}.content`, content, "text, or a list of text and image blocks").entries()) {
    const place = `${at}.content[${index}]`;
    const part = objectAt(place, item, "a content block");
    if (choiceAt(`${place}.type`, part["type"], ["text", "image"]) === "text") output += readText(place, part).text;
    else images.push(readImage(place, part));
  }
  return { result: { callId, name, output, failed }, images };
}

function readText(at: string, block: Fields): Extract<UserPart, { type: "text" }> {
  onlyKnown(at, block, ["type", "text", "cache_control", "citations"]);
  return { type: "text", text: textAt(`${at}.text`, block["text"], "text", true), ...readCache(at, block) };
}

function readImage(at: string, block: Fields): ImagePart {
  onlyKnown(at, block, ["type", "source", "cache_control"]);
  const source = objectAt(`${at}.source`, block["source"], "an object with type, media_type and data, or type and url");
  const cache = readCache(at, block);
  if (choiceAt(`${at}.source.type`, source["type"], ["base64", "url"]) === "url") {
    const url = textAt(`${at}.source.url`, source["url"], "an address");
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw wrongField(`${at}.source.url`, url, "an http or https address");
    }
    return { type: "image", source: { kind: "url", url }, ...cache };
  }
  const mediaType = choiceAt(`${at}.source.media_type`, source["media_type"], IMAGE_TYPES);
  const data = textAt(`${at}.source.data`, source["data"], "base64 text");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data)) {
    throw wrongField(`${at}.source.data`, data, 'base64 without line breaks and without "data:" before it');
  }
  return { type: "image", source: { kind: "data", mediaType, data }, ...cache };
}

/** `cache_control` of a block, a tool, or the system text. */
export function readCache(at: string, block: Fields): { cache?: CacheLifetime } {
  const control = block["cache_control"];
  if (control === undefined || control === null) return {};
  const fields = objectAt(`${at}.cache_control`, control);
  choiceAt(`${at}.cache_control.type`, fields["type"], ["ephemeral"]);
  return {
    cache: fields["ttl"] === undefined ? "5m" : choiceAt(`${at}.cache_control.ttl`, fields["ttl"], ["5m", "1h"]),
  };
}
