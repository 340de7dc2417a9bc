import type { IncomingHttpHeaders } from "node:http";
import type { Catalog } from "../../catalog/catalog.ts";
import type { AnswerCache } from "../../dispatch/cache/answer-cache.ts";
import type { Direct, Filing } from "../../dispatch/direct/direct.ts";
import type { LeavePolicy, PassEnd, Passing, PassTimes } from "../../dispatch/passing/passing.ts";
import type { Fault, Survival, SurvivalPolicy } from "../../dispatch/survival/survival.ts";
import type { RequestTrace } from "../../dispatch/traces/trace.ts";
import type { Clock } from "../../foundation/clock.ts";
import type { Json } from "../../providers/json.ts";
import type { TokenUsage } from "../../providers/provider.ts";
import type { Refused } from "../../throttle/throttle.ts";
import type { Asker } from "../clients/identity.ts";
import type { Wishes, WishDefaults } from "../clients/wishes.ts";
import type { KeyFacts } from "../keys/keys.ts";
import type { RequestFacts } from "../surfaces/request-facts.ts";
import type { PaidRoute } from "../surfaces/routes.ts";
import type { TargetFacts } from "./targets.ts";
import type { Upstreams } from "./upstreams.ts";

/** What paid requests are answered with. */
export interface PaidParts {
  readonly passing: Passing;
  readonly direct: Direct;
  readonly survival: Survival;
  readonly policy: SurvivalPolicy;
  readonly catalog: Catalog;
  readonly targets: TargetFacts;
  readonly upstreams: Upstreams;
  /** For requests that ask for it; answers of one key are nobody else's. */
  readonly cache: AnswerCache;
  readonly settings: PaidSettings;
  readonly clock: Clock;
  readonly note: (trace: RequestTrace) => void;
  /** Where something inside failed; never a prompt or a key. */
  readonly onFault: (error: unknown) => void;
}

export interface PaidSettings extends WishDefaults {
  /** The session of who names none and has the key of the environment. */
  readonly session: string;
  readonly streamed: PassTimes;
  readonly unstreamed: PassTimes;
  readonly onLeave: LeavePolicy;
  /** The run that all requests are made for; where a gateway is opened for one piece of work. */
  readonly filing?: Filing;
  /** How long a request that our own limits refuse is held, where there is room again by then. */
  readonly mostHeldMs: number;
}

/** A request as it came in. */
export interface PaidRequest {
  readonly id: string;
  readonly at: number;
  readonly route: PaidRoute;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly key: KeyFacts;
  /** The client's key for the provider came beside allot's. */
  readonly ownKey: boolean;
}

/** A request that has been read. */
export interface ReadPaid extends PaidRequest {
  readonly json: Json;
  readonly facts: RequestFacts;
  readonly asker: Asker;
  readonly wishes: Wishes;
  readonly taskType?: string;
  /** Something can go to another target. */
  readonly hasFallback: boolean;
}

/** What an attempt leaves for the end of the request. */
export type AttemptEnd =
  | { readonly kind: "answered"; readonly status: number; readonly usage: TokenUsage; readonly cached?: true }
  | {
      readonly kind: "failed";
      readonly fault: Fault;
      /** The client has been told by the provider itself, within its stream. */
      readonly told: boolean;
      /** The provider's refusal, for clients of its own protocol. */
      readonly answer?: Extract<PassEnd, { kind: "failed" }>["answer"];
    }
  | { readonly kind: "refused"; readonly refused: Refused; readonly message: string }
  | { readonly kind: "left" };
