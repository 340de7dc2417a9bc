import { asList, asObject, asText } from "../../providers/json.ts";
import type { ModelAnswer } from "../../providers/provider.ts";

/** What Gemini signed a call with, for wires that have a place for it; undefined for other providers' answers. Pure. */
export function thoughtSignature(answer: ModelAnswer, callId: string): string | undefined {
  const raw = asObject(answer.raw);
  if (raw["provider"] !== "google") return undefined;
  const part = asList(raw["parts"])
    .map(asObject)
    .find(({ type, toolCallId }) => type === "tool-call" && toolCallId === callId);
  const signature = asText(asObject(asObject(part?.["providerMetadata"])["google"])["thoughtSignature"]);
  return signature === "" ? undefined : signature;
}
