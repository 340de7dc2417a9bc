import { AllotError } from "../foundation/errors.ts";
import type { ModelRequest } from "./provider.ts";

/**
 * For providers that fetch no addresses: throws `provider-rejected`, with nothing sent, where an image is given by its
 * address. allot does not fetch it in the provider's place: an address out of a model's or a stranger's text may point
 * anywhere, this machine included. Pure.
 */
export function requireInlineImages(request: ModelRequest, label: string): void {
  for (const message of request.messages) {
    if (message.role !== "user" || typeof message.content === "string") continue;
    if (message.content.some((part) => part.type === "image" && part.source.kind === "url")) {
      throw new AllotError(
        "provider-rejected",
        `${label} takes an image as base64 data, not by its address; send the image itself`,
        { details: { unsent: true } },
      );
    }
  }
}
