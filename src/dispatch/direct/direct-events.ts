import type { Admitted, Queued, Refused } from "../../throttle/throttle.ts";
import type { UnknownPrice } from "./call-terms.ts";
import type { DirectAsk } from "./direct.ts";

/** Whose call it is, as far as events and the queue say. */
export type AskFacts = Pick<
  DirectAsk,
  "id" | "provider" | "priority" | "session" | "run" | "agent" | "expectedMs" | "deadlineAt"
> & { readonly request: { readonly model: string } };

/** What the throttle did with a call, for `throttle_events` and alarms. */
export type DirectEvent =
  | { readonly kind: "warned"; readonly ask: AskFacts; readonly admitted: Admitted }
  | { readonly kind: "queued"; readonly ask: AskFacts; readonly queued: Queued }
  | { readonly kind: "blocked"; readonly ask: AskFacts; readonly refused: Refused; readonly message: string }
  /** Told once for each model. */
  | { readonly kind: "price-unknown"; readonly ask: AskFacts; readonly policy: UnknownPrice };
