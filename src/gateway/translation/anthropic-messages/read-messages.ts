import { asList, asObject, asText } from "../../../providers/json.ts";
import type { Json } from "../../../providers/json.ts";
import type { CacheLifetime, UserPart } from "../../../providers/provider.ts";
import type { Conversation } from "../conversation.ts";
import { isSeal } from "../seal.ts";
import type { ToolTable } from "../tool-table.ts";
import { imageAt, imageOf, leftOut, wrongField } from "../wire-fields.ts";

/** A block of Claude Code's own book-keeping in the system text: it changes with every request, and no model needs it. */
const CLIENT_BILLING = /^x-anthropic-billing-header:/;

/** Puts the system text into the conversation. */
export function readSystem(system: unknown, conversation: Conversation): void {
  if (typeof system === "string") conversation.system(system);
  for (const block of asList(system).map(asObject)) {
    const text = asText(block["text"]);
    if (!CLIENT_BILLING.test(text)) conversation.system(text, cacheOf(block));
  }
}

/** Puts the messages into the conversation, under the names that `tools` gives the tools. Throws `usage`. */
export function readMessages(messages: unknown, tools: ToolTable, conversation: Conversation): void {
  const names = new Map<string, string>();
  for (const [index, value] of asList(messages).entries()) {
    const message = asObject(value);
    const { role, content } = message;
    const blocks = typeof content === "string" ? [{ type: "text", text: content }] : asList(content).map(asObject);
    const field = `messages[${index}]`;
    if (role === "assistant") for (const block of blocks) readAssistant(block, tools, names, conversation);
    else if (role === "system") for (const block of blocks) conversation.system(asText(block["text"]));
    else if (role === "user") readUser(blocks, names, field, conversation);
    else throw wrongField(`${field}.role`, '"user", "assistant" or "system" is wanted');
  }
}

/** The lifetime that a block, a tool or the system text is marked with. */
export function cacheOf(block: Json): CacheLifetime | undefined {
  const control = asObject(block["cache_control"]);
  if (control["type"] !== "ephemeral") return undefined;
  return control["ttl"] === "1h" ? "1h" : "5m";
}

function readAssistant(block: Json, tools: ToolTable, names: Map<string, string>, conversation: Conversation): void {
  switch (block["type"]) {
    case "text":
      return conversation.said(asText(block["text"]));
    case "thinking": {
      const signature = asText(block["signature"]);
      if (isSeal(signature)) return conversation.seal(signature);
      if (signature !== "") conversation.thought(asText(block["thinking"]), { anthropic: { signature } });
      return;
    }
    case "redacted_thinking": {
      const data = asText(block["data"]);
      return isSeal(data) ? conversation.seal(data) : conversation.thought("", { anthropic: { redactedData: data } });
    }
    case "tool_use": {
      const name = tools.nameOf(asText(block["name"]));
      names.set(asText(block["id"]), name);
      return conversation.call({ id: asText(block["id"]), name, input: block["input"] ?? {} });
    }
    default:
      // What the provider's own tools did; the text beside it says what came of it.
      return;
  }
}

function readUser(
  blocks: readonly Json[],
  names: ReadonlyMap<string, string>,
  field: string,
  conversation: Conversation,
): void {
  const said: UserPart[] = [];
  for (const [index, block] of blocks.entries()) {
    if (block["type"] !== "tool_result") {
      said.push(...userParts(block, `${field}.content[${index}]`));
      continue;
    }
    const callId = asText(block["tool_use_id"]);
    const { content } = block;
    const told =
      typeof content === "string"
        ? [{ type: "text" as const, text: content }]
        : asList(content).flatMap((part, place) =>
            userParts(asObject(part), `${field}.content[${index}].content[${place}]`),
          );
    conversation.result({
      callId,
      name: names.get(callId) ?? "",
      output: told.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n"),
      failed: block["is_error"] === true,
      images: told.filter((part) => part.type === "image"),
    });
  }
  conversation.user(said);
}

function userParts(block: Json, field: string): UserPart[] {
  const cache = cacheOf(block);
  switch (block["type"]) {
    case "text":
      return [{ type: "text", text: asText(block["text"]), ...(cache === undefined ? {} : { cache }) }];
    case "image":
      return [image(asObject(block["source"]), field, cache)];
    case "document":
      return documentParts(block);
    case "search_result": {
      const texts = asList(block["content"]).map((part) => asText(asObject(part)["text"]));
      return [{ type: "text", text: [asText(block["title"]), asText(block["source"]), ...texts].join("\n") }];
    }
    case "tool_reference":
      return [{ type: "text", text: asText(block["tool_name"]) }];
    default:
      return [leftOut(`a block of type ${JSON.stringify(block["type"])}`)];
  }
}

function image(source: Json, field: string, cache: CacheLifetime | undefined): UserPart {
  switch (source["type"]) {
    case "base64":
      return imageOf(asText(source["media_type"]), asText(source["data"]), cache);
    case "url":
      return imageAt(asText(source["url"]), `${field}.source.url`, cache);
    default:
      return leftOut("an image that is stored at its provider");
  }
}

function documentParts(block: Json): UserPart[] {
  const source = asObject(block["source"]);
  const title = asText(block["title"]);
  const name = title === "" ? "a document" : `the document "${title}"`;
  if (source["type"] === "text") {
    const text = asText(source["data"]);
    return [{ type: "text", text: title === "" ? text : `${title}\n\n${text}` }];
  }
  if (source["type"] !== "content") return [leftOut(`${name} (${asText(source["media_type"]) || "by reference"})`)];
  if (typeof source["content"] === "string") return [{ type: "text", text: source["content"] }];
  return asList(source["content"]).flatMap((part, index) => userParts(asObject(part), `document.content[${index}]`));
}
