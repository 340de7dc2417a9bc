import type { SdkCallOptions } from "../ai-sdk/sdk-types.ts";
import type { ModelRequest } from "../provider.ts";

type Prompt = SdkCallOptions["prompt"];

/**
 * Marks the end of a tool loop's conversation as worth caching for five minutes: its next turn sends all of it again, and
 * reads it at a tenth of the price, for a quarter more on what is new. A request that will have no next turn (no tools, or
 * one that must be called) is left unmarked, and so is one whose maker decides about the cache himself. The mark stands on a block, which every server of this format accepts. Pure.
 */
export function cacheTheLoop(prompt: Prompt, request: ModelRequest): Prompt {
  const goesOn = request.tools.length > 0 && (request.toolChoice === "auto" || request.toolChoice === "required");
  const last = prompt.at(-1);
  if (request.ownCaching === true) return prompt;
  if (!goesOn || last === undefined) return prompt;
  const mark = { anthropic: { cacheControl: { type: "ephemeral" } } };
  return [...prompt.slice(0, -1), { ...last, providerOptions: { ...last.providerOptions, ...mark } }];
}
