import { asObject, asText } from "../../../providers/json.ts";
import type { Json } from "../../../providers/json.ts";
import type { ModelRequest } from "../../../providers/provider.ts";
import { Conversation } from "../conversation.ts";
import { openaiToolChoice } from "../openai-tool-choice.ts";
import { effortNamed, given, jsonOf, limitIn, numberIn, wrongField } from "../wire-fields.ts";
import { readItems } from "./read-items.ts";
import { responseTools } from "./response-tools.ts";

/** The output limit where the client names none. */
const OUTPUT_TOKENS = 8_192;

/** What stands for something that is stored at the provider, which another one does not have. */
const STORED = ["previous_response_id", "conversation", "prompt"];

/** A request of the Responses API in normal form. Throws `usage`. Pure. */
export function readResponsesRequest(
  body: Json,
  target: { readonly provider: string; readonly model: string },
): ModelRequest {
  const stored = STORED.find((field) => body[field] !== undefined && body[field] !== null);
  if (stored !== undefined)
    throw wrongField(
      stored,
      "names what is stored at its provider; another one needs the whole input with every request",
    );
  if (body["background"] === true)
    throw wrongField("background", "an answer of another provider cannot be fetched later");
  const { table, offered } = responseTools(body);
  const conversation = new Conversation(target.provider, "openai");
  conversation.system(asText(body["instructions"]));
  readItems(body["input"], table, conversation);
  const said = conversation.finish();
  if (said.messages.length === 0) throw wrongField("input", "there is nothing in it that says anything");
  return {
    model: target.model,
    ...said,
    ...openaiToolChoice(body["tool_choice"], table, offered > table.specs.length),
    ...(body["parallel_tool_calls"] === false ? { oneCallATurn: true } : {}),
    maxOutputTokens: limitIn(body["max_output_tokens"], "max_output_tokens") ?? OUTPUT_TOKENS,
    ...given({
      temperature: numberIn(body["temperature"], "temperature"),
      topP: numberIn(body["top_p"], "top_p"),
    }),
    ...effortNamed(asObject(body["reasoning"])["effort"]),
    ...answerFormat(asObject(asObject(body["text"])["format"])),
  };
}

function answerFormat(format: Json): Pick<ModelRequest, "json"> {
  if (format["type"] === "json_object") return { json: {} };
  return format["type"] === "json_schema" ? { json: jsonOf(format["schema"], format["name"]) } : {};
}
