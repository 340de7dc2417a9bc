import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { defineSdkProvider } from "../ai-sdk/ai-sdk-provider.ts";
import { requireInlineImages } from "../inline-images.ts";
import type { ModelRequest } from "../provider.ts";
import type { OpenProvider } from "../open-provider.ts";
import { googleReader } from "./google-reader.ts";

/** Models before 2.5 have no thinking to choose, and refuse a request that chooses. */
function thinks({ model }: ModelRequest): boolean {
  return !/gemini-(1|2\.0)/.test(model);
}

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
    efforts: thinks,
    // Thoughts are shown only where that is asked for.
    ownOptions: (request) =>
      thinks(request) && request.effort !== undefined && request.effort !== "none"
        ? { google: { thinkingConfig: { includeThoughts: true } } }
        : undefined,
    reader: googleReader,
    check: (request) => requireInlineImages(request, connection.context.label),
    model: (id) => sdk.languageModel(id),
  });
};
