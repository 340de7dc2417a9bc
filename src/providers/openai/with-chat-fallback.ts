import { isAllotError } from "../../foundation/errors.ts";
import type { Provider } from "../provider.ts";

/**
 * A provider that speaks the Responses API, and chat completions at addresses that do not have it: many servers and
 * routers that stand in for OpenAI know only the older format. The first answer of 404 or 405 to the path decides; it
 * was not paid, so a call is still one paid request at most. A model that is not found is no missing path.
 */
export function withChatFallback(responses: Provider, chat: Provider): Provider {
  let wire = responses;
  return {
    name: responses.name,
    capabilities: responses.capabilities,
    async call(request, options) {
      if (wire === chat) return chat.call(request, options);
      try {
        return await responses.call(request, options);
      } catch (error) {
        if (!isMissingPath(error)) throw error;
        wire = chat;
        return chat.call(request, options);
      }
    },
  };
}

function isMissingPath(error: unknown): boolean {
  if (!isAllotError(error, "provider-rejected")) return false;
  const { status, providerCode } = error.details;
  const noModel = /model/i.test(String(providerCode)) || /\bmodel\b/i.test(error.message);
  return status === 405 || (status === 404 && !noModel);
}
