import { asList, asObject, asText } from "../../../providers/json.ts";
import type { Json } from "../../../providers/json.ts";
import type { CacheLifetime, Effort, ModelRequest } from "../../../providers/provider.ts";
import { Conversation } from "../conversation.ts";
import { ToolTable } from "../tool-table.ts";
import { effortNamed, effortOfBudget, given, jsonOf, limitIn, numberIn, stopsIn, wrongField } from "../wire-fields.ts";
import { cacheOf, readMessages, readSystem } from "./read-messages.ts";

/** A request of the Messages API in normal form. Throws `usage`. Pure. */
export function readMessagesRequest(
  body: Json,
  target: { readonly provider: string; readonly model: string },
): ModelRequest {
  const maxOutputTokens = limitIn(body["max_tokens"], "max_tokens");
  if (maxOutputTokens === undefined) throw wrongField("max_tokens", "is missing");
  const tools = toolsOf(body);
  const conversation = new Conversation(target.provider, "anthropic");
  readSystem(body["system"], conversation);
  readMessages(body["messages"], tools, conversation);
  const said = conversation.finish();
  if (said.messages.length === 0) throw wrongField("messages", "there is none that says anything");
  return {
    model: target.model,
    ...said,
    tools: tools.specs,
    toolChoice: toolChoice(body, tools),
    ...(asObject(body["tool_choice"])["disable_parallel_tool_use"] === true ? { oneCallATurn: true } : {}),
    maxOutputTokens,
    ...given({
      temperature: numberIn(body["temperature"], "temperature"),
      topP: numberIn(body["top_p"], "top_p"),
      topK: numberIn(body["top_k"], "top_k"),
      cacheTools: toolCache(body),
    }),
    ...stopsIn(body["stop_sequences"], "stop_sequences"),
    ...effortOf(body),
    ...answerFormat(body),
  };
}

/** The tools of the request that anybody can be told of. Pure. */
export function toolsOf(body: Json): ToolTable {
  return new ToolTable(
    functionTools(body).map((tool) => ({
      name: asText(tool["name"]),
      description: asText(tool["description"]),
      schema: asObject(tool["input_schema"]),
    })),
  );
}

function functionTools(body: Json): Json[] {
  return asList(body["tools"])
    .map(asObject)
    .filter(({ type }) => type === undefined || type === null || type === "custom");
}

function toolCache(body: Json): CacheLifetime | undefined {
  return functionTools(body)
    .map(cacheOf)
    .findLast((cache) => cache !== undefined);
}

function toolChoice(body: Json, tools: ToolTable): ModelRequest["toolChoice"] {
  const leftOut = asList(body["tools"]).length > tools.specs.length;
  const choice = asObject(body["tool_choice"]);
  switch (choice["type"]) {
    case "any":
      return tools.checkChoice("required", leftOut);
    case "none":
      return "none";
    case "tool":
      return tools.checkChoice({ tool: tools.nameOf(asText(choice["name"])) }, leftOut);
    default:
      return "auto";
  }
}

/** Did the client ask to see thinking? One that did not may not expect blocks of it. Pure. */
export function showsThinking(body: Json): boolean {
  const { type, display } = asObject(body["thinking"]);
  return typeof type === "string" && type !== "disabled" && display !== "omitted";
}

/** Thinking that is switched on without a word on how much of it is thinking in moderation. */
function effortOf(body: Json): { effort?: Effort } {
  const thinking = asObject(body["thinking"]);
  const named = effortNamed(asObject(body["output_config"])["effort"]);
  switch (thinking["type"]) {
    case "disabled":
      return { effort: "none" };
    case "adaptive":
      return { effort: "medium", ...named };
    case "enabled":
      return {
        effort: effortOfBudget(numberIn(thinking["budget_tokens"], "thinking.budget_tokens") ?? 1_024),
        ...named,
      };
    default:
      return {};
  }
}

function answerFormat(body: Json): Pick<ModelRequest, "json"> {
  const format = asObject(asObject(body["output_config"])["format"] ?? body["output_format"]);
  return format["type"] === "json_schema" ? { json: jsonOf(format["schema"]) } : {};
}
