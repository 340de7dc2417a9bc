import type { Wire } from "./wire.ts";
import { anthropicWire } from "./wires/anthropic.ts";
import { googleWire } from "./wires/google.ts";
import { ollamaWire } from "./wires/ollama.ts";
import { openaiChatWire, xaiChatWire } from "./wires/openai-chat.ts";
import { openaiResponsesWire, xaiResponsesWire } from "./wires/openai-responses.ts";

/** Every format the scripted provider speaks. */
export const WIRES: readonly Wire[] = [
  anthropicWire,
  openaiResponsesWire,
  xaiResponsesWire,
  openaiChatWire,
  xaiChatWire,
  googleWire,
  ollamaWire,
];
