import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { defineSdkProvider } from "../ai-sdk/ai-sdk-provider.ts";
import { chatReader } from "../openai/chat-reader.ts";
import type { OpenProvider } from "../open-provider.ts";

/** Whoever speaks OpenAI's chat completions: a server of your own, a router, another vendor. */
export const openOpenaiCompatible: OpenProvider = (connection) => {
  const sdk = createOpenAICompatible({
    name: "openai-compatible",
    baseURL: connection.baseUrl,
    headers: connection.headers,
    fetch: connection.fetch,
    includeUsage: true,
    supportsStructuredOutputs: true,
    ...(connection.apiKey === "" ? {} : { apiKey: connection.apiKey }),
  });
  return defineSdkProvider({
    name: "openai-compatible",
    capabilities: { canLookup: false, tools: true, images: true },
    context: connection.context,
    marksFailures: false,
    reader: chatReader("by-total"),
    model: (id) => sdk.chatModel(id),
  });
};
