import { anthropicReader } from "./anthropic/anthropic-reader.ts";
import { googleReader } from "./google/google-reader.ts";
import { ollamaReader } from "./ollama/ollama-reader.ts";
import { chatReader } from "./openai/chat-reader.ts";
import { responsesReader } from "./openai/responses-reader.ts";
import type { ProviderName } from "./provider.ts";
import type { WireReader } from "./wire-reading.ts";

/** The wire formats in which models are asked. */
export type WireFormat = "anthropic" | "chat" | "responses" | "gemini" | "ollama";

/** The formats that each provider speaks itself; what comes in one of them is passed to it as it came. */
export const SPOKEN_BY: Readonly<Record<ProviderName, readonly WireFormat[]>> = {
  anthropic: ["anthropic"],
  openai: ["chat", "responses"],
  xai: ["chat", "responses"],
  google: ["gemini"],
  ollama: ["ollama"],
  "openai-compatible": ["chat"],
  offline: [],
};

/** Chat completions differ in where they count reasoning. */
const CHAT_READERS: Readonly<Partial<Record<ProviderName, WireReader>>> = {
  openai: chatReader("inside"),
  xai: chatReader("beside"),
};
const OTHER_CHAT = chatReader("by-total");

const READERS: Readonly<Record<Exclude<WireFormat, "chat">, WireReader>> = {
  anthropic: anthropicReader,
  responses: responsesReader,
  gemini: googleReader,
  ollama: ollamaReader,
};

/** What reads the answers of a provider in one of its formats. */
export function readerOf(provider: ProviderName, wire: WireFormat): WireReader {
  return wire === "chat" ? (CHAT_READERS[provider] ?? OTHER_CHAT) : READERS[wire];
}
