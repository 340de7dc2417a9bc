import type { Client } from "../../client/client.ts";
import type { AskModel } from "../../routing/ask-type.ts";

/** One word is wanted; a model that wants to say more is not believed anyway. */
const MOST_ANSWERED = 16;

/** Asks a model through the client, so that the question is held, counted and bounded like any other call. */
export function askThrough(client: Client, model: string): AskModel {
  return async (prompt) => {
    const answer = await client.messages.create({
      model,
      max_tokens: MOST_ANSWERED,
      messages: [{ role: "user", content: prompt }],
      session_id: "router",
    });
    return answer.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  };
}
