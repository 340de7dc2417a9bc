import { createOpenAI } from "@ai-sdk/openai";
import { defineSdkProvider } from "../ai-sdk/ai-sdk-provider.ts";
import type { OpenProvider } from "../open-provider.ts";
import { chatReader } from "./chat-reader.ts";
import { responsesReader } from "./responses-reader.ts";

/**
 * OpenAI over the Responses API (or chat completions, with `wire: "chat"`). Nothing is stored at the provider: reasoning
 * comes back encrypted and is passed along.
 */
export const openOpenai: OpenProvider = (connection) => {
  const sdk = createOpenAI({
    apiKey: connection.apiKey,
    baseURL: connection.baseUrl,
    headers: connection.headers,
    fetch: connection.fetch,
  });
  return defineSdkProvider({
    name: "openai",
    capabilities: { canLookup: false, tools: true, images: true },
    context: connection.context,
    reader: connection.wire === "chat" ? chatReader("inside") : responsesReader,
    providerOptions: { openai: { store: false } },
    strictTools: false,
    model: (id) => (connection.wire === "chat" ? sdk.chat(id) : sdk.responses(id)),
  });
};
