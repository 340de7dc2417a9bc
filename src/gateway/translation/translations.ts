import { anthropicMessages } from "./anthropic-messages/anthropic-messages.ts";
import { gemini } from "./gemini/gemini.ts";
import { ollama } from "./ollama/ollama.ts";
import { openaiChat } from "./openai-chat/openai-chat.ts";
import { openaiResponses } from "./openai-responses/openai-responses.ts";
import type { SurfaceName, Translation } from "./translation.ts";

/** How each surface's requests are read and its answers written. */
export const TRANSLATIONS: Readonly<Record<SurfaceName, Translation>> = {
  "anthropic-messages": anthropicMessages,
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  gemini,
  ollama,
};
