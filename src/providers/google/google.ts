import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { defineSdkProvider } from "../ai-sdk/ai-sdk-provider.ts";
import { requireInlineImages } from "../inline-images.ts";
import type { OpenProvider } from "../open-provider.ts";
import { googleReader } from "./google-reader.ts";

/** Google's Gemini API. */
export const openGoogle: OpenProvider = (connection) => {
  const sdk = createGoogleGenerativeAI({
    apiKey: connection.apiKey,
    baseURL: connection.baseUrl,
    headers: connection.headers,
    fetch: connection.fetch,
  });
  return defineSdkProvider({
    name: "google",
    capabilities: { canLookup: false, tools: true, images: true },
    context: connection.context,
    marksFailures: true,
    reader: googleReader,
    check: (request) => requireInlineImages(request, connection.context.label),
    model: (id) => sdk.languageModel(id),
  });
};
