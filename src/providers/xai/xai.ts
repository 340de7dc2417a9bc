import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createXai } from "@ai-sdk/xai";
import { defineSdkProvider } from "../ai-sdk/ai-sdk-provider.ts";
import { chatReader } from "../openai/chat-reader.ts";
import { responsesReader } from "../openai/responses-reader.ts";
import type { OpenProvider } from "../open-provider.ts";

/**
 * xAI over its Responses API, the SDK's default (or chat completions, with `wire: "chat"`, where reasoning tokens stand
 * beside the completion tokens).
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
  } as const;
  if (connection.wire === "chat") {
    const sdk = createOpenAICompatible({ ...settings, name: "xai", includeUsage: true });
    return defineSdkProvider({ ...shared, reader: chatReader("beside"), model: (id) => sdk.chatModel(id) });
  }
  const sdk = createXai(settings);
  return defineSdkProvider({
    ...shared,
    reader: responsesReader,
    providerOptions: { xai: { store: false } },
    model: (id) => sdk.languageModel(id),
  });
};
