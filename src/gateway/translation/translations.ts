import type { ModelAnswer } from "../../providers/provider.ts";
import { anthropicMessages } from "./anthropic-messages/anthropic-messages.ts";
import { withFreshIds } from "./fresh-ids.ts";
import { gemini } from "./gemini/gemini.ts";
import { ollama } from "./ollama/ollama.ts";
import { openaiChat } from "./openai-chat/openai-chat.ts";
import { openaiResponses } from "./openai-responses/openai-responses.ts";
import type { AnswerAbout, SurfaceName, Translation } from "./translation.ts";
import { wrongField } from "./wire-fields.ts";

/** How each surface's requests are read and its answers written. */
export const TRANSLATIONS: Readonly<Record<SurfaceName, Translation>> = {
  "anthropic-messages": whole(anthropicMessages),
  "openai-chat": whole(openaiChat),
  "openai-responses": whole(openaiResponses),
  gemini: whole(gemini),
  ollama: whole(ollama),
};

/** What holds on every surface, around what each does by itself. */
function whole(translation: Translation): Translation {
  const fresh = (answer: ModelAnswer, about: AnswerAbout): ModelAnswer =>
    answer.toolCalls.length === 0 ? answer : withFreshIds(answer, about.request, about.id);
  return {
    readRequest: (body, target) => {
      requireShallow(body, 0);
      return translation.readRequest(body, target);
    },
    body: (answer, about) => translation.body(fresh(answer, about), about),
    stream: (about, write) => {
      const stream = translation.stream(about, write);
      return { delta: (delta) => stream.delta(delta), end: (answer) => stream.end(fresh(answer, about)) };
    },
  };
}

/** Bodies that are nested deeper than any client's would only exhaust the stack of whoever walks through them. */
const DEEPEST = 400;

function requireShallow(value: unknown, depth: number): void {
  if (value === null || typeof value !== "object") return;
  if (depth > DEEPEST) throw wrongField("body", `is nested deeper than ${DEEPEST} levels`);
  for (const inner of Object.values(value)) requireShallow(inner, depth + 1);
}
