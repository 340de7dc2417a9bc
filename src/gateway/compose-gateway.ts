import type { GatewayLanes } from "../app/gateway-parts.ts";
import type { Config } from "../config/config.ts";
import { openAnswerCache } from "../dispatch/cache/answer-cache.ts";
import type { LeavePolicy } from "../dispatch/passing/passing.ts";
import { GATEWAY } from "../dispatch/survival/policies.ts";
import { systemClock } from "../foundation/clock.ts";
import { AllotError } from "../foundation/errors.ts";
import { wishFor } from "../routing/fallback/chains.ts";
import type { GatewayParts } from "./gateway.ts";
import type { Keys } from "./keys/keys.ts";
import type { Spans } from "./metrics/metrics.ts";
import { openMetrics } from "./metrics/open-metrics.ts";
import type { Upstreams } from "./paid/upstreams.ts";

/** Whom a gateway lets in, whom it asks, and where it tells what goes wrong. */
export interface GatewayAbout {
  readonly upstreams: Upstreams;
  readonly keys: Keys;
  readonly tell: (event: string, text: string) => void;
  readonly spans?: Spans | undefined;
}

/** A gateway's parts as a configuration says them, on lanes that are open. Throws `usage` for a leave policy that is none. */
export function gatewayPartsOf(
  config: Config,
  lanes: GatewayLanes,
  { upstreams, keys, tell, spans }: GatewayAbout,
): GatewayParts {
  const { settings } = config;
  const { catalog, passing, direct, survival, traces, delegations, available, routeText } = lanes;
  const metrics = openMetrics({ catalog });
  const idleMs = settings.idleTimeout;
  const lists = settings.fallback ?? {};
  return {
    keys,
    metrics,
    available,
    names: [settings.host, ...(settings.hostNames ?? "").split(",")]
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ""),
    openMetrics: isLocal(settings.host),
    live: lanes.live,
    paid: {
      passing,
      direct,
      survival,
      policy: GATEWAY,
      catalog,
      upstreams,
      cache: openAnswerCache({ store: lanes.store, clock: systemClock }),
      clock: systemClock,
      targets: {
        catalog,
        available,
        routeText,
        isSetUp: (name) => upstreams[name] !== undefined,
        fallbackFor: (first) => wishFor(first, lists, catalog),
        preferGrok: settings.preferGrok,
      },
      settings: {
        session: settings.session,
        priority: settings.priority,
        budget: settings.budget ?? undefined,
        streamed: { firstByteMs: settings.firstByteTimeout, idleMs },
        unstreamed: { firstByteMs: settings.answerTimeout, idleMs: Math.max(idleMs, settings.answerTimeout) },
        onLeave: leavePolicy(settings.disconnect),
        mostHeldMs: settings.hold,
      },
      onFault: (error) => tell("fault", error instanceof Error ? (error.stack ?? error.message) : String(error)),
      note: (trace) => {
        traces.note(trace);
        delegations.note(trace);
        metrics.note(trace);
        spans?.note(trace);
      },
    },
  };
}

function isLocal(host: string): boolean {
  return /^(127(\.\d+){3}|::1|localhost)$/i.test(host);
}

function leavePolicy(written: string): LeavePolicy {
  if (written === "abort" || written === "drain") return written;
  if (/^\d{1,9}$/.test(written)) return { mostTokens: Number(written) };
  throw new AllotError("usage", `--disconnect is "${written}"; abort, drain or a number of tokens is wanted`);
}
