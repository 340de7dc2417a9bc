import { canonicalJson, sha256 } from "../../foundation/ids.ts";
import type { ModelRequest } from "../../providers/provider.ts";
import type { AskRequest } from "../work.ts";

/** A question as providers are asked. Pure. */
export function modelRequest({ model, system, prompt, maxOutputTokens }: AskRequest): ModelRequest {
  return {
    model: model.name,
    system,
    messages: [{ role: "user", content: prompt }],
    tools: [],
    toolChoice: "auto",
    maxOutputTokens,
  };
}

/** The same question has the same name, in whichever life and item it is asked. Pure. */
export function questionName(request: AskRequest): string {
  return sha256(canonicalJson([request.model.provider, modelRequest(request)])).slice(0, 32);
}
