import { randomBytes, timingSafeEqual } from "node:crypto";
import type { HostedWork } from "../../agents/programs/hosting/hosted-work.ts";
import { AllotError } from "../../foundation/errors.ts";
import { sha256 } from "../../foundation/ids.ts";
import type { KeyFacts, Keys } from "../keys/keys.ts";

/**
 * The one key of a work's own gateway: made anew in each life, kept in memory alone, bound to the work's session and project.
 * Whoever has it can ask nothing but this gateway, for as long as the agent works.
 */
export function openWorkKey(id: string, { agent, terms }: HostedWork): { readonly key: string; readonly keys: Keys } {
  const key = `allot-${randomBytes(30).toString("base64url")}`;
  const hash = Buffer.from(sha256(key), "hex");
  const facts: KeyFacts = {
    id,
    name: agent,
    expiresAt: null,
    session: terms.session,
    project: terms.project ?? null,
    models: null,
    priority: terms.priority ?? "normal",
  };
  const none = (): never => {
    throw new AllotError("usage", "a gateway of one piece of work has one key, and makes no others");
  };
  return {
    key,
    keys: {
      find: (asked) => (timingSafeEqual(hash, Buffer.from(sha256(asked), "hex")) ? facts : undefined),
      create: none,
      list: () => Promise.resolve([]),
      revoke: none,
    },
  };
}
