import { asList, asObject, asText } from "../../../providers/json.ts";
import type { Json } from "../../../providers/json.ts";
import type { UserPart } from "../../../providers/provider.ts";
import type { Conversation } from "../conversation.ts";
import { isSeal } from "../seal.ts";
import { CUSTOM_INPUT, type ToolTable } from "../tool-table.ts";
import { imageAt, inputOf, leftOut, wrongField } from "../wire-fields.ts";

/** Puts the messages into the conversation, under the names that `tools` gives the tools. Throws `usage`. */
export function readChatMessages(messages: unknown, tools: ToolTable, conversation: Conversation): void {
  const names = new Map<string, string>();
  for (const [index, value] of asList(messages).entries()) {
    const message = asObject(value);
    const field = `messages[${index}]`;
    const { role, content } = message;
    if (role === "system" || role === "developer") conversation.system(textOf(content, "\n\n"));
    else if (role === "user") conversation.user(userParts(content, `${field}.content`));
    else if (role === "assistant") readAssistant(message, tools, names, conversation);
    else if (role === "tool") {
      const callId = asText(message["tool_call_id"]);
      const parts = userParts(content, `${field}.content`);
      conversation.result({
        callId,
        name: names.get(callId) ?? "",
        output: parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n"),
        failed: false,
        images: parts.filter((part) => part.type === "image"),
      });
    } else throw wrongField(`${field}.role`, '"system", "developer", "user", "assistant" or "tool" is wanted');
  }
}

function readAssistant(message: Json, tools: ToolTable, names: Map<string, string>, conversation: Conversation): void {
  for (const detail of asList(message["reasoning_details"]).map(asObject)) {
    const data = detail["data"];
    if (isSeal(data)) conversation.seal(asText(data));
  }
  conversation.said(textOf(message["content"]) || asText(message["refusal"]));
  for (const call of asList(message["tool_calls"]).map(asObject)) {
    const id = asText(call["id"]);
    const custom = asObject(call["custom"]);
    const called = call["type"] === "custom" ? custom : asObject(call["function"]);
    const name = tools.nameOf(asText(called["name"]));
    const input =
      call["type"] === "custom" ? { [CUSTOM_INPUT]: asText(custom["input"]) } : inputOf(asText(called["arguments"]));
    const signature = asText(asObject(asObject(call["extra_content"])["google"])["thought_signature"]);
    names.set(id, name);
    conversation.call({ id, name, input }, signature === "" ? undefined : { google: { thoughtSignature: signature } });
  }
}

function textOf(content: unknown, between = ""): string {
  if (typeof content === "string") return content;
  return asList(content)
    .map(asObject)
    .map((part) => asText(part["text"]) || asText(part["refusal"]))
    .join(between);
}

function userParts(content: unknown, field: string): UserPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return asList(content).map((value, index): UserPart => {
    const part = asObject(value);
    switch (part["type"]) {
      case "text":
        return { type: "text", text: asText(part["text"]) };
      case "image_url": {
        const image = part["image_url"];
        const url = typeof image === "string" ? image : asText(asObject(image)["url"]);
        return imageAt(url, `${field}[${index}].image_url.url`);
      }
      case "file": {
        const data = asText(asObject(part["file"])["file_data"]);
        return data.startsWith("data:image/")
          ? imageAt(data, `${field}[${index}].file.file_data`)
          : leftOut(`the file "${asText(asObject(part["file"])["filename"])}"`);
      }
      default:
        return leftOut(`a part of type ${JSON.stringify(part["type"])}`);
    }
  });
}
