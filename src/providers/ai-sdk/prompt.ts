import { asList, asObject } from "../json.ts";
import type { CacheLifetime, ModelMessage, ModelRequest, ProviderName, UserContent, UserPart } from "../provider.ts";
import type { SdkCallOptions, SdkContent, SdkMessage, SdkProviderOptions, SdkTool } from "./sdk-types.ts";

/** What `ModelAnswer.raw` holds for providers on the AI SDK: their own parts, with signatures and ids. */
export interface RawParts {
  readonly provider: ProviderName;
  readonly parts: readonly SdkContent[];
}

type AssistantPart = Extract<SdkMessage, { role: "assistant" }>["content"][number];
type SdkUserPart = Extract<SdkMessage, { role: "user" }>["content"][number];

/**
 * The conversation in the SDK's form. An assistant turn goes back as its provider's own parts where it came from this
 * provider, else as its text and tool calls: signatures of one provider mean nothing to another. A result that failed
 * says so in its text where the wire has no mark for it. Pure.
 */
export function sdkPrompt(request: ModelRequest, provider: ProviderName, marksFailures: boolean): SdkMessage[] {
  const system: SdkMessage[] =
    request.system === "" ? [] : [{ role: "system", content: request.system, ...cacheMark(request.cacheSystem) }];
  // An assistant turn without anything in it says nothing, and some providers refuse it.
  const turns = request.messages
    .map((message) => sdkMessage(message, provider, marksFailures))
    .filter(({ content }) => content.length > 0);
  return [...system, ...turns];
}

function sdkMessage(message: ModelMessage, provider: ProviderName, marksFailures: boolean): SdkMessage {
  switch (message.role) {
    case "user":
      return { role: "user", content: userParts(message.content) };
    case "assistant":
      return { role: "assistant", content: ownParts(message.raw, provider) ?? plainParts(message) };
    case "tool":
      return {
        role: "tool",
        content: message.results.map((result) => ({
          type: "tool-result",
          toolCallId: result.callId,
          toolName: result.name,
          output:
            result.failed && marksFailures
              ? { type: "error-text", value: result.output }
              : { type: "text", value: result.failed ? `Error: ${result.output}` : result.output },
        })),
      };
  }
}

function userParts(content: UserContent): SdkUserPart[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content.map(userPart);
}

function userPart(part: UserPart): SdkUserPart {
  const mark = cacheMark(part.cache);
  if (part.type === "text") return { type: "text", text: part.text, ...mark };
  const { source } = part;
  return source.kind === "data"
    ? { type: "file", mediaType: source.mediaType, data: { type: "data", data: source.data }, ...mark }
    : { type: "file", mediaType: "image/*", data: { type: "url", url: new URL(source.url) }, ...mark };
}

/** Only Anthropic wants marks; the others cache by themselves and are not told. */
function cacheMark(lifetime: CacheLifetime | undefined): { providerOptions?: SdkProviderOptions } {
  if (lifetime === undefined) return {};
  const ttl = lifetime === "1h" ? { ttl: "1h" } : {};
  return { providerOptions: { anthropic: { cacheControl: { type: "ephemeral", ...ttl } } } };
}

function ownParts(raw: unknown, provider: ProviderName): AssistantPart[] | undefined {
  const own = asObject(raw);
  if (own["provider"] !== provider) return undefined;
  return asList(own["parts"]).flatMap((part) => promptPart(part as SdkContent));
}

function promptPart(part: SdkContent): AssistantPart[] {
  const options =
    "providerMetadata" in part && part.providerMetadata !== undefined ? { providerOptions: part.providerMetadata } : {};
  switch (part.type) {
    case "text":
      return [{ type: "text", text: part.text, ...options }];
    case "reasoning":
      return [{ type: "reasoning", text: part.text, ...options }];
    case "tool-call":
      return [
        {
          type: "tool-call",
          toolCallId: part.toolCallId,
          toolName: part.toolName,
          input: inputObject(toolInput(part.input)),
          ...options,
        },
      ];
    default:
      return [];
  }
}

function plainParts(message: Extract<ModelMessage, { role: "assistant" }>): AssistantPart[] {
  return [
    ...(message.content.trim() === "" ? [] : [{ type: "text" as const, text: message.content }]),
    ...message.toolCalls.map((call) => ({
      type: "tool-call" as const,
      toolCallId: call.id,
      toolName: call.name,
      input: inputObject(call.input),
    })),
  ];
}

/** The input of a tool call as it came; text that is no JSON stays text, so that the model is told about it. */
export function toolInput(json: string): unknown {
  if (json.trim() === "") return {};
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}

/** Providers take back only objects as inputs, also where the model had sent something else. */
function inputObject(input: unknown): unknown {
  return input !== null && typeof input === "object" && !Array.isArray(input) ? input : { unreadable: input };
}

/** Tools in the SDK's form. `strict: false`: optional fields stay optional where a provider is strict by default. */
export function sdkTools(request: ModelRequest, strict: boolean | undefined): SdkTool[] {
  return request.tools.map((tool, index) => ({
    type: "function",
    name: tool.name,
    description: tool.description,
    inputSchema: tool.inputSchema as Extract<SdkTool, { type: "function" }>["inputSchema"],
    ...(strict === undefined ? {} : { strict }),
    ...(index === request.tools.length - 1 ? cacheMark(request.cacheTools) : {}),
  }));
}

/** The tool choice in the SDK's form. */
export function sdkToolChoice(choice: ModelRequest["toolChoice"]): NonNullable<SdkCallOptions["toolChoice"]> {
  return typeof choice === "string" ? { type: choice } : { type: "tool", toolName: choice.tool };
}
