import { asList, asObject, asText } from "../../../providers/json.ts";
import type { Json } from "../../../providers/json.ts";
import type { ModelRequest } from "../../../providers/provider.ts";
import { Conversation } from "../conversation.ts";
import { openaiToolChoice } from "../openai-tool-choice.ts";
import { customTool, ToolTable, type WireTool } from "../tool-table.ts";
import { effortNamed, given, jsonOf, limitIn, numberIn, stopsIn, wrongField } from "../wire-fields.ts";
import { readChatMessages } from "./read-chat-messages.ts";

/** The output limit where the client names none. */
const OUTPUT_TOKENS = 8_192;

/** A request of chat completions in normal form. Throws `usage`. Pure. */
export function readChatRequest(
  body: Json,
  target: { readonly provider: string; readonly model: string },
): ModelRequest {
  if ((numberIn(body["n"], "n") ?? 1) > 1) throw wrongField("n", "only one answer can be had from another provider");
  if (asList(body["modalities"]).includes("audio"))
    throw wrongField("modalities", "only text can be had from another provider");
  if (asList(body["functions"]).length > 0) throw wrongField("functions", "is the old form of tools, which is wanted");
  const tools = toolsOf(body);
  const conversation = new Conversation(target.provider, "google");
  readChatMessages(body["messages"], tools, conversation);
  const said = conversation.finish();
  if (said.messages.length === 0) throw wrongField("messages", "there is none that says anything");
  const limit =
    limitIn(body["max_completion_tokens"], "max_completion_tokens") ?? limitIn(body["max_tokens"], "max_tokens");
  return {
    model: target.model,
    ...said,
    ...openaiToolChoice(body["tool_choice"], tools, asList(body["tools"]).length > tools.specs.length),
    ...(body["parallel_tool_calls"] === false ? { oneCallATurn: true } : {}),
    maxOutputTokens: limit ?? OUTPUT_TOKENS,
    ...given({
      temperature: numberIn(body["temperature"], "temperature"),
      topP: numberIn(body["top_p"], "top_p"),
      topK: numberIn(body["top_k"], "top_k"),
    }),
    ...stopsIn(body["stop"], "stop"),
    ...effortNamed(body["reasoning_effort"] ?? asObject(body["reasoning"])["effort"]),
    ...answerFormat(asObject(body["response_format"])),
  };
}

/** The tools of the request that anybody can be told of. Pure. */
export function toolsOf(body: Json): ToolTable {
  return new ToolTable(asList(body["tools"]).flatMap((tool) => readTool(asObject(tool))));
}

function readTool(tool: Json): WireTool[] {
  if (tool["type"] === "custom") {
    const custom = asObject(tool["custom"]);
    return [customTool(asText(custom["name"]), asText(custom["description"]), asObject(custom["format"]))];
  }
  if (tool["type"] !== "function") return [];
  const called = asObject(tool["function"]);
  return [
    {
      name: asText(called["name"]),
      description: asText(called["description"]),
      schema: asObject(called["parameters"]),
    },
  ];
}

function answerFormat(format: Json): Pick<ModelRequest, "json"> {
  if (format["type"] === "json_object") return { json: {} };
  const described = asObject(format["json_schema"]);
  return format["type"] === "json_schema" ? { json: jsonOf(described["schema"], described["name"]) } : {};
}
