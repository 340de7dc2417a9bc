import type { Admitted, Queued, Refused } from "../../throttle/throttle.ts";
import type { UnknownPrice } from "./call-terms.ts";
import type { DirectAsk } from "./direct.ts";

/** What the throttle did with a call, for `throttle_events` and alarms. */
export type DirectEvent =
  | { readonly kind: "warned"; readonly ask: DirectAsk; readonly admitted: Admitted }
  | { readonly kind: "queued"; readonly ask: DirectAsk; readonly queued: Queued }
  | { readonly kind: "blocked"; readonly ask: DirectAsk; readonly refused: Refused; readonly message: string }
  /** Told once for each model. */
  | { readonly kind: "price-unknown"; readonly ask: DirectAsk; readonly policy: UnknownPrice };
