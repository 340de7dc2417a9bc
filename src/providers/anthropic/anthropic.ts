import { createAnthropic } from "@ai-sdk/anthropic";
import { defineSdkProvider } from "../ai-sdk/ai-sdk-provider.ts";
import type { OpenProvider } from "../open-provider.ts";
import { anthropicReader } from "./anthropic-reader.ts";
import { cacheTheLoop } from "./cache-the-loop.ts";
import { answerTokens, choosesEffort, thinkingBudget } from "./thinking.ts";
import { withUsage } from "./with-usage.ts";

/** Anthropic over its Messages API. */
export const openAnthropic: OpenProvider = (connection) => {
  const sdk = createAnthropic({
    apiKey: connection.apiKey,
    baseURL: connection.baseUrl,
    headers: connection.headers,
    fetch: withUsage(connection.fetch),
  });
  return defineSdkProvider({
    name: "anthropic",
    capabilities: { canLookup: false, tools: true, images: true },
    context: connection.context,
    marksFailures: true,
    reader: anthropicReader,
    // Inputs of tools as they are checked, not as they are thought up: eager ones may be no JSON.
    ownOptions: (request) => ({
      anthropic: {
        toolStreaming: false,
        ...(request.user === undefined ? {} : { metadata: { userId: request.user } }),
        ...(request.oneCallATurn === true ? { disableParallelToolUse: true } : {}),
        ...thinkingBudget(request),
      },
    }),
    efforts: choosesEffort,
    outputTokens: answerTokens,
    markPrompt: cacheTheLoop,
    model: (id) => sdk.languageModel(id),
  });
};
