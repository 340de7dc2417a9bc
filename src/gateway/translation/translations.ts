import { anthropicMessages } from "./anthropic-messages/anthropic-messages.ts";
import { gemini } from "./gemini/gemini.ts";
import { ollama } from "./ollama/ollama.ts";
import { openaiChat } from "./openai-chat/openai-chat.ts";
import { openaiResponses } from "./openai-responses/openai-responses.ts";
import type { SurfaceName, Translation } from "./translation.ts";
import { wrongField } from "./wire-fields.ts";

/** How each surface's requests are read and its answers written. */
export const TRANSLATIONS: Readonly<Record<SurfaceName, Translation>> = {
  "anthropic-messages": bounded(anthropicMessages),
  "openai-chat": bounded(openaiChat),
  "openai-responses": bounded(openaiResponses),
  gemini: bounded(gemini),
  ollama: bounded(ollama),
};

/** Bodies that are nested deeper than any client's would only exhaust the stack of whoever walks through them. */
function bounded(translation: Translation): Translation {
  return {
    ...translation,
    readRequest: (body, target) => {
      requireShallow(body, 0);
      return translation.readRequest(body, target);
    },
  };
}

const DEEPEST = 400;

function requireShallow(value: unknown, depth: number): void {
  if (value === null || typeof value !== "object") return;
  if (depth > DEEPEST) throw wrongField("body", `is nested deeper than ${DEEPEST} levels`);
  for (const inner of Object.values(value)) requireShallow(inner, depth + 1);
}
