import { AllotError } from "../../foundation/errors.ts";
import type { ModelRequest } from "../provider.ts";

/**
 * The conversation as roles and texts, which is all that batches of work hold. Pure. Throws `provider-rejected`, unsent, for
 * tools and images: those go directly.
 */
export function plainMessages({
  messages,
  tools,
}: ModelRequest): readonly { readonly role: string; readonly content: string }[] {
  if (tools.length > 0) throw unfit("tools");
  return messages.map((message) => {
    if (message.role === "tool") throw unfit("results of tools");
    if (typeof message.content === "string") return { role: message.role, content: message.content };
    const texts = message.content.map((part) => {
      if (part.type !== "text") throw unfit("images");
      return part.text;
    });
    return { role: message.role, content: texts.join("") };
  });
}

function unfit(what: string): AllotError {
  return new AllotError("provider-rejected", `a request with ${what} does not go through a batch interface`, {
    details: { unsent: true },
  });
}
