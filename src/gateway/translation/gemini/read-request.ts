import { asList, asObject, asText } from "../../../providers/json.ts";
import type { Json } from "../../../providers/json.ts";
import type { Effort, ModelRequest, ToolSpec } from "../../../providers/provider.ts";
import { Conversation } from "../conversation.ts";
import { ToolTable } from "../tool-table.ts";
import { effortNamed, effortOfBudget, given, jsonOf, limitIn, numberIn, stopsIn, wrongField } from "../wire-fields.ts";
import { jsonSchema } from "./json-schema.ts";
import { field, partsOf, readContents } from "./read-contents.ts";

/** The output limit where the client names none. */
const OUTPUT_TOKENS = 8_192;

/** A request of generateContent in normal form. Throws `usage`. Pure. */
export function readGeminiRequest(
  body: Json,
  target: { readonly provider: string; readonly model: string },
): ModelRequest {
  const config = asObject(field(body, "generationConfig"));
  if ((numberIn(field(config, "candidateCount"), "generationConfig.candidateCount") ?? 1) > 1)
    throw wrongField("generationConfig.candidateCount", "only one answer can be had from another provider");
  if (typeof field(body, "cachedContent") === "string")
    throw wrongField("cachedContent", "names what is stored at its provider; another one needs it with every request");
  const tools = toolsOf(body);
  const conversation = new Conversation(target.provider, "google");
  const system = field(body, "systemInstruction");
  if (system !== undefined) for (const part of partsOf(system)) conversation.system(asText(part["text"]));
  readContents(body["contents"], tools, conversation);
  const said = conversation.finish();
  if (said.messages.length === 0) throw wrongField("contents", "there is none that says anything");
  return {
    model: target.model,
    ...said,
    ...toolChoice(body, tools),
    maxOutputTokens: limitIn(field(config, "maxOutputTokens"), "generationConfig.maxOutputTokens") ?? OUTPUT_TOKENS,
    ...given({
      temperature: numberIn(config["temperature"], "generationConfig.temperature"),
      topP: numberIn(field(config, "topP"), "generationConfig.topP"),
      topK: numberIn(field(config, "topK"), "generationConfig.topK"),
    }),
    ...stopsIn(field(config, "stopSequences"), "generationConfig.stopSequences"),
    ...effortOf(asObject(field(config, "thinkingConfig"))),
    ...answerFormat(config),
  };
}

/** The tools of the request that anybody can be told of. Pure. */
export function toolsOf(body: Json): ToolTable {
  const declared = asList(body["tools"]).flatMap((tool) => asList(field(asObject(tool), "functionDeclarations")));
  return new ToolTable(
    declared.map(asObject).map((tool) => ({
      name: asText(tool["name"]),
      description: asText(tool["description"]),
      schema: jsonSchema(asObject(field(tool, "parametersJsonSchema") ?? tool["parameters"])),
    })),
  );
}

function toolChoice(
  body: Json,
  tools: ToolTable,
): { tools: readonly ToolSpec[]; toolChoice: ModelRequest["toolChoice"] } {
  const calling = asObject(field(asObject(field(body, "toolConfig")), "functionCallingConfig"));
  const mode = asText(calling["mode"]).toUpperCase();
  const leftOut = asList(body["tools"]).some((tool) => field(asObject(tool), "functionDeclarations") === undefined);
  const names = asList(field(calling, "allowedFunctionNames")).map((name) => tools.nameOf(asText(name)));
  const some = names.length === 0 ? tools.specs : tools.specs.filter(({ name }) => names.includes(name));
  if (mode === "NONE") return { tools: tools.specs, toolChoice: "none" };
  if (mode !== "ANY") return { tools: some, toolChoice: "auto" };
  const [only] = names;
  const choice = names.length === 1 && only !== undefined ? { tool: only } : ("required" as const);
  return { tools: some, toolChoice: tools.checkChoice(choice, leftOut) };
}

/** Did the client ask to see thoughts? One that did not may take them for the answer. Pure. */
export function showsThinking(body: Json): boolean {
  return (
    field(asObject(field(asObject(field(body, "generationConfig")), "thinkingConfig")), "includeThoughts") === true
  );
}

/** A budget of -1 leaves it to the model; asking for thoughts alone is asking for thinking in moderation. */
function effortOf(thinking: Json): { effort?: Effort } {
  const named = effortNamed(field(thinking, "thinkingLevel"));
  if (named.effort !== undefined) return named;
  const budget = numberIn(field(thinking, "thinkingBudget"), "generationConfig.thinkingConfig.thinkingBudget");
  if (budget !== undefined && budget >= 0) return { effort: effortOfBudget(budget) };
  return field(thinking, "includeThoughts") === true ? { effort: "medium" } : {};
}

function answerFormat(config: Json): Pick<ModelRequest, "json"> {
  if (asText(field(config, "responseMimeType")) !== "application/json") return {};
  const schema = field(config, "responseJsonSchema") ?? field(config, "responseSchema");
  return { json: jsonOf(jsonSchema(asObject(schema))) };
}
