import { AllotError } from "../../foundation/errors.ts";
import type { OpenProvider } from "../open-provider.ts";

const REASON = "offline: there is no model here that could think about this; set a provider's key, or start Ollama";

const NO_USAGE = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
} as const;

/**
 * Nobody: no network, no cost, always the same. It cannot reason and says so: by the tool `give_up` where that is offered
 * and may be called, else by throwing `offline-cannot`.
 */
export const openOffline: OpenProvider = () => ({
  name: "offline",
  capabilities: { canLookup: false, tools: true, images: false },
  call: async (request, options) => {
    if (options.signal.aborted) throw new AllotError("interrupted", "the call was stopped");
    const { toolChoice } = request;
    const allowed =
      toolChoice === "auto" || toolChoice === "required" || (toolChoice !== "none" && toolChoice.tool === "give_up");
    if (!allowed || !request.tools.some((tool) => tool.name === "give_up"))
      throw new AllotError("offline-cannot", REASON);
    return {
      text: "",
      toolCalls: [{ id: `offline_${request.messages.length}`, name: "give_up", input: { reason: REASON } }],
      finish: "tool-calls",
      usage: NO_USAGE,
      model: request.model,
      responseId: "",
    };
  },
});
