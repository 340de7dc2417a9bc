import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createXai } from "@ai-sdk/xai";
import { defineSdkProvider } from "../ai-sdk/ai-sdk-provider.ts";
import { chatReader } from "../openai/chat-reader.ts";
import { responsesReader } from "../openai/responses-reader.ts";
import { withChatFallback } from "../openai/with-chat-fallback.ts";
import type { OpenProvider } from "../open-provider.ts";

/**
 * xAI over its Responses API, the SDK's default, or over chat completions where that is asked for or nothing else is
 * there; in that format its reasoning tokens stand beside the completion tokens.
 */
export const openXai: OpenProvider = (connection) => {
  const settings = {
    apiKey: connection.apiKey,
    baseURL: connection.baseUrl,
    headers: connection.headers,
    fetch: connection.fetch,
  };
  const shared = {
    name: "xai",
    capabilities: { canLookup: false, tools: true, images: true },
    context: connection.context,
    marksFailures: false,
  } as const;
  const chatSdk = createOpenAICompatible({
    ...settings,
    name: "xai",
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  const chat = defineSdkProvider({ ...shared, reader: chatReader("beside"), model: (id) => chatSdk.chatModel(id) });
  const sdk = createXai(settings);
  const responses = defineSdkProvider({
    ...shared,
    reader: responsesReader,
    ownOptions: ({ oneCallATurn }) => ({
      xai: { store: false, ...(oneCallATurn === true ? { parallelToolCalls: false } : {}) },
    }),
    efforts: () => true,
    model: (id) => sdk.languageModel(id),
  });
  return connection.wire === "chat" ? chat : withChatFallback(responses, chat, connection.wire === "any");
};
