import { asList, asObject, asText } from "../../../providers/json.ts";
import type { Json } from "../../../providers/json.ts";
import type { UserPart } from "../../../providers/provider.ts";
import type { Conversation } from "../conversation.ts";
import { isSeal } from "../seal.ts";
import { CUSTOM_INPUT, type ToolTable } from "../tool-table.ts";
import { imageAt, inputOf, leftOut } from "../wire-fields.ts";

/**
 * Puts the input into the conversation, under the names that `tools` gives the tools. Items of a kind that is not known, or
 * that tell what the provider's own tools did, are left out. Throws `usage`.
 */
export function readItems(input: unknown, tools: ToolTable, conversation: Conversation): void {
  if (typeof input === "string") return conversation.user([{ type: "text", text: input }]);
  const names = new Map<string, string>();
  for (const [index, value] of asList(input).entries())
    readItem(asObject(value), `input[${index}]`, tools, names, conversation);
}

function readItem(
  item: Json,
  field: string,
  tools: ToolTable,
  names: Map<string, string>,
  conversation: Conversation,
): void {
  const id = asText(item["call_id"]);
  const name = (): string => {
    const known = tools.nameOf(asText(item["name"]), asText(item["namespace"]) || undefined);
    names.set(id, known);
    return known;
  };
  switch (item["type"] ?? "message") {
    case "message":
      return readMessage(item, field, conversation);
    case "function_call":
      return conversation.call({ id, name: name(), input: inputOf(asText(item["arguments"])) });
    case "custom_tool_call":
      return conversation.call({ id, name: name(), input: { [CUSTOM_INPUT]: asText(item["input"]) } });
    case "function_call_output":
    case "custom_tool_call_output": {
      const told = userParts(item["output"], `${field}.output`);
      return conversation.result({
        callId: id,
        name: names.get(id) ?? "",
        output: told.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n"),
        failed: false,
        images: told.filter((part) => part.type === "image"),
      });
    }
    case "reasoning":
      return readReasoning(item, conversation);
    default:
      return;
  }
}

function readMessage(item: Json, field: string, conversation: Conversation): void {
  const { role, content } = item;
  if (role === "system" || role === "developer") return conversation.system(textOf(content, "\n\n"));
  if (role === "assistant") return conversation.said(textOf(content));
  conversation.user(userParts(content, `${field}.content`));
}

/** Encrypted reasoning means something to its own provider only. */
function readReasoning(item: Json, conversation: Conversation): void {
  const encrypted = asText(item["encrypted_content"]);
  if (isSeal(encrypted)) return conversation.seal(encrypted);
  if (encrypted === "") return;
  const summary = asList(item["summary"]).map((part) => asText(asObject(part)["text"]));
  const id = asText(item["id"]);
  if (id === "")
    return conversation.thought(summary.join("\n\n"), { openai: { reasoningEncryptedContent: encrypted } });
  // A part for each paragraph of the summary, all under the item's id, is how the SDK has it.
  for (const text of summary.length === 0 ? [""] : summary)
    conversation.thought(text, { openai: { itemId: id, reasoningEncryptedContent: encrypted } });
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
      case "input_text":
      case "output_text":
      case "text":
        return { type: "text", text: asText(part["text"]) };
      case "input_image": {
        const url = asText(part["image_url"]);
        return url === ""
          ? leftOut("an image that is stored at its provider")
          : imageAt(url, `${field}[${index}].image_url`);
      }
      case "input_file": {
        const data = asText(part["file_data"]);
        return data.startsWith("data:image/")
          ? imageAt(data, `${field}[${index}].file_data`)
          : leftOut(`the file "${asText(part["filename"])}"`);
      }
      default:
        return leftOut(`a part of type ${JSON.stringify(part["type"])}`);
    }
  });
}
