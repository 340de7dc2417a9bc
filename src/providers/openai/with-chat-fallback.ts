import { isAllotError } from "../../foundation/errors.ts";
import type { Provider } from "../provider.ts";

/**
 * A provider that speaks the Responses API, and chat completions for what only that format has: stop sequences.
 *
 * `mayLack`: also at addresses that do not know the newer format, as many servers and routers that stand in for OpenAI.
 * The first answer of 404 or 405 to the path decides; it was not paid, so a call is still one paid request at most. A
 * model that is not found is no missing path.
 */
export function withChatFallback(responses: Provider, chat: Provider, mayLack: boolean): Provider {
  let wire = responses;
  return {
    name: responses.name,
    capabilities: responses.capabilities,
    async call(request, options) {
      if (wire === chat || (request.stopSequences ?? []).length > 0) return chat.call(request, options);
      try {
        return await responses.call(request, options);
      } catch (error) {
        if (!mayLack || !isMissingPath(error)) throw error;
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
