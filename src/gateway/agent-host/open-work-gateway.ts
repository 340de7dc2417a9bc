import type { HostedWork } from "../../agents/programs/hosting/hosted-work.ts";
import { taskOf } from "../../agents/programs/hosting/own-login.ts";
import type { StopAtGateway, WorkGateway } from "../../agents/programs/hosting/work-host.ts";
import { openGatewayLanes } from "../../app/gateway-parts.ts";
import type { Config, LimitSetting } from "../../config/config.ts";
import type { RequestTrace } from "../../dispatch/traces/trace.ts";
import type { Log } from "../../foundation/log.ts";
import { settledEver } from "../../ledger/use-minutes.ts";
import { PROVIDER_ADDRESSES } from "../../providers/addresses.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { gatewayPartsOf } from "../compose-gateway.ts";
import { openGateway } from "../gateway.ts";
import { upstreamsOf } from "../paid/upstreams.ts";
import { openWorkKey } from "./work-key.ts";

/**
 * A gateway for one piece of an agent's work, on a random port of loopback. Every request counts for the work's session, run,
 * project and budget, whatever its headers say; the work's own limits hold as limits of its key, for all its lives together.
 */
export async function openWorkGateway(config: Config, work: HostedWork, keyId: string, log: Log): Promise<WorkGateway> {
  const upstreams = upstreamsOf(config);
  const contextOf = (name: ProviderName) =>
    upstreams[name]?.context ?? { label: PROVIDER_ADDRESSES[name].label, keyVariable: "", secrets: [] };
  await using stack = new AsyncDisposableStack();
  const tell = (event: string): void => log.warn("agent-gateway", { event });
  const lanes = stack.use(await openGatewayLanes(withLimits(config, work, keyId), contextOf, () => tell("alarm")));
  const { key, keys } = openWorkKey(keyId, work);
  const parts = gatewayPartsOf(config, lanes, { upstreams, keys, tell });
  let stopped: StopAtGateway | null = null;
  const { run } = work.terms;
  const filing = run === undefined ? undefined : filingOf(work, run);
  const paid = {
    ...parts.paid,
    settings: {
      ...parts.paid.settings,
      // An agent that is stopped reads nothing more, and whoever stopped it waits.
      onLeave: "abort" as const,
      priority: work.terms.priority ?? ("normal" as const),
      budget: work.terms.parentBudget ?? undefined,
      bound: true,
      ...(filing === undefined ? {} : { filing }),
    },
    note(trace: RequestTrace) {
      if (trace.outcome === "answered") stopped = null;
      else if (trace.outcome !== "left") stopped = { code: trace.code ?? "internal", message: trace.message ?? "" };
      parts.paid.note(trace);
    },
  };
  const gateway = await openGateway({ ...parts, paid }, { host: "127.0.0.1", port: 0 });
  let closing: Promise<void> | undefined;
  const closeGateway = (): Promise<void> => (closing ??= Promise.resolve(gateway[Symbol.asyncDispose]()));
  stack.defer(closeGateway);
  const held = stack.move();
  let closed: Promise<void> | undefined;
  return {
    url: gateway.url,
    key,
    stopped: () => stopped,
    async spent() {
      // Requests that the agent has left are settled first.
      await closeGateway();
      await lanes.books.flush();
      return settledEver(lanes.store.db, `key:${keyId}`);
    },
    [Symbol.asyncDispose]: () => (closed ??= held.disposeAsync()),
  };
}

function filingOf({ key, terms }: HostedWork, run: string) {
  return {
    run,
    task: taskOf(key, terms.task),
    phase: terms.phase ?? "execution",
    tier: terms.tier ?? "small",
  };
}

/** The run's budget and the work's own limits, beside those of the configuration. Pure. */
function withLimits(config: Config, { task, terms }: HostedWork, keyId: string): Config {
  const own = (measure: LimitSetting["measure"], amount: number | undefined): LimitSetting[] =>
    amount === undefined ? [] : [{ scope: "key", of: keyId, window: "ever", measure, amount }];
  const { run, runBudget } = terms;
  const added: LimitSetting[] = [
    ...own("tokens", task.limits.tokens),
    ...own("nanoUsd", task.limits.nanoUsd),
    ...own("requests", task.limits.turns),
    ...(run === undefined || runBudget === undefined || runBudget === null
      ? []
      : [{ scope: "run", of: run, window: "ever", measure: "nanoUsd", amount: runBudget } as const]),
  ];
  const { user } = config.limits;
  return { ...config, limits: { ...config.limits, user: { ...user, limits: [...user.limits, ...added] } } };
}
