import { asList, asObject, asText } from "../../../providers/json.ts";
import type { Json } from "../../../providers/json.ts";
import type { Effort, ModelRequest, UserPart } from "../../../providers/provider.ts";
import { Conversation } from "../conversation.ts";
import { ToolTable } from "../tool-table.ts";
import {
  effortNamed,
  given,
  imageOf,
  inputOf,
  jsonOf,
  leftOut,
  numberIn,
  stopsIn,
  wrongField,
} from "../wire-fields.ts";

/** The output limit where the client names none, or names one without end. */
const OUTPUT_TOKENS = 8_192;

/** A request of /api/chat in normal form. Throws `usage`. Pure. */
export function readOllamaRequest(
  body: Json,
  target: { readonly provider: string; readonly model: string },
): ModelRequest {
  const options = asObject(body["options"]);
  const tools = toolsOf(body);
  const conversation = new Conversation(target.provider, "ollama");
  readMessages(body["messages"], tools, conversation);
  const said = conversation.finish();
  if (said.messages.length === 0) throw wrongField("messages", "there is none that says anything");
  const limit = numberIn(options["num_predict"], "options.num_predict") ?? 0;
  return {
    model: target.model,
    ...said,
    tools: tools.specs,
    toolChoice: "auto",
    maxOutputTokens: limit >= 1 ? Math.floor(limit) : OUTPUT_TOKENS,
    ...given({
      temperature: numberIn(options["temperature"], "options.temperature"),
      topP: numberIn(options["top_p"], "options.top_p"),
      topK: numberIn(options["top_k"], "options.top_k"),
    }),
    ...stopsIn(options["stop"], "options.stop"),
    ...effortOf(body["think"]),
    ...answerFormat(body["format"]),
  };
}

/** The tools of the request. Pure. */
export function toolsOf(body: Json): ToolTable {
  return new ToolTable(
    asList(body["tools"])
      .map((tool) => asObject(asObject(tool)["function"]))
      .filter(({ name }) => typeof name === "string")
      .map((tool) => ({
        name: asText(tool["name"]),
        description: asText(tool["description"]),
        schema: asObject(tool["parameters"]),
      })),
  );
}

/** Clients of this wire often name a result by its tool, or not at all: then results come in the order of the calls. */
function readMessages(messages: unknown, tools: ToolTable, conversation: Conversation): void {
  let open: { readonly id: string; readonly name: string }[] = [];
  let count = 0;
  for (const [index, value] of asList(messages).entries()) {
    const message = asObject(value);
    const text = asText(message["content"]);
    switch (message["role"]) {
      case "system":
        conversation.system(text);
        break;
      case "user":
        conversation.user([{ type: "text", text }, ...images(message)]);
        break;
      case "assistant": {
        const thinking = asText(message["thinking"]);
        if (thinking !== "") conversation.thought(thinking, { ollama: {} });
        conversation.said(text);
        open = [];
        for (const call of asList(message["tool_calls"]).map(asObject)) {
          const { name, arguments: input } = asObject(call["function"]);
          count += 1;
          const made = { id: asText(call["id"]) || `ollama_call_${count}`, name: tools.nameOf(asText(name)) };
          open.push(made);
          conversation.call({ ...made, input: typeof input === "string" ? inputOf(input) : (input ?? {}) });
        }
        break;
      }
      case "tool": {
        const callId = asText(message["tool_call_id"]);
        const name = tools.nameOf(asText(message["tool_name"]) || asText(message["name"]));
        const place = open.findIndex((call) => (callId === "" ? call.name === name : call.id === callId));
        const [call] = open.splice(Math.max(0, place), 1);
        const told = { output: text, failed: false, images: images(message) };
        conversation.result({ callId: call?.id ?? callId, name: call?.name ?? name, ...told });
        break;
      }
      default:
        throw wrongField(`messages[${index}].role`, '"system", "user", "assistant" or "tool" is wanted');
    }
  }
}

/** How the formats begin in base64: this wire gives pictures without their type. */
const BEGINNINGS = { iVBOR: "image/png", "/9j/": "image/jpeg", R0lGOD: "image/gif", UklGR: "image/webp" } as const;

function images(message: Json): UserPart[] {
  return asList(message["images"]).map((value): UserPart => {
    const data = asText(value);
    const beginning = Object.entries(BEGINNINGS).find(([start]) => data.startsWith(start));
    return beginning === undefined ? leftOut("an image of unknown format") : imageOf(beginning[1], data);
  });
}

function effortOf(think: unknown): { effort?: Effort } {
  if (think === false) return { effort: "none" };
  return think === true ? { effort: "medium" } : effortNamed(think);
}

function answerFormat(format: unknown): Pick<ModelRequest, "json"> {
  if (format === "json") return { json: {} };
  return Object.keys(asObject(format)).length === 0 ? {} : { json: jsonOf(format) };
}
