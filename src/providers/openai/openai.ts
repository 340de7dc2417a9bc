import { createOpenAI } from "@ai-sdk/openai";
import { defineSdkProvider } from "../ai-sdk/ai-sdk-provider.ts";
import type { ModelRequest } from "../provider.ts";
import type { OpenProvider } from "../open-provider.ts";
import { chatReader } from "./chat-reader.ts";
import { responsesReader } from "./responses-reader.ts";
import { withChatFallback } from "./with-chat-fallback.ts";

/**
 * OpenAI over the Responses API, or over chat completions where that is asked for or nothing else is there. Nothing is
 * stored at the provider: reasoning comes back encrypted and is passed along.
 */
export const openOpenai: OpenProvider = (connection) => {
  const sdk = createOpenAI({
    apiKey: connection.apiKey,
    baseURL: connection.baseUrl,
    headers: connection.headers,
    fetch: connection.fetch,
  });
  // A schema that is not of the strict kind is asked for as it stands.
  const usual = { store: false, strictJsonSchema: false } as const;
  const oneCall = ({ oneCallATurn }: ModelRequest) => (oneCallATurn === true ? { parallelToolCalls: false } : {});
  const shared = {
    name: "openai",
    capabilities: { canLookup: false, tools: true, images: true },
    context: connection.context,
    marksFailures: true,
    efforts: () => true,
    strictTools: false,
  } as const;
  const chat = defineSdkProvider({
    ...shared,
    reader: chatReader("inside"),
    ownOptions: (request) => ({ openai: { ...usual, ...oneCall(request) } }),
    model: (id) => sdk.chat(id),
  });
  const responses = defineSdkProvider({
    ...shared,
    reader: responsesReader,
    ownOptions: (request) => ({ openai: { ...usual, ...oneCall(request), ...summaryFor(request) } }),
    model: (id) => sdk.responses(id),
  });
  return connection.wire === "chat" ? chat : withChatFallback(responses, chat, connection.wire === "any");
};

/** Whoever says how much is to be thought gets to read it. */
function summaryFor({ effort }: ModelRequest): { reasoningSummary?: string } {
  return effort === undefined || effort === "none" ? {} : { reasoningSummary: "auto" };
}
