import type { Catalog } from "../catalog/catalog.ts";
import { chooseModels } from "../catalog/choose-models.ts";
import type { Config, ProviderId } from "../config/config.ts";
import { cheaperWay } from "../dispatch/direct/cheaper-way.ts";
import type { Direct } from "../dispatch/direct/direct.ts";
import type { DirectEvent } from "../dispatch/direct/direct-events.ts";
import { openDirect } from "../dispatch/direct/open-direct.ts";
import { openPassing, type PassingParts } from "../dispatch/passing/open-passing.ts";
import type { Passing } from "../dispatch/passing/passing.ts";
import { openSurvival } from "../dispatch/survival/open-survival.ts";
import type { Survival, Target } from "../dispatch/survival/survival.ts";
import { type Delegations, openDelegations } from "../dispatch/traces/delegations.ts";
import { openTraces } from "../dispatch/traces/open-traces.ts";
import type { Traces } from "../dispatch/traces/trace.ts";
import { systemClock } from "../foundation/clock.ts";
import { processIdentity } from "../foundation/process-identity.ts";
import type { FaultContext } from "../providers/faults.ts";
import type { ProviderName } from "../providers/provider.ts";
import { openDelegator } from "../routing/open-delegator.ts";
import type { Store } from "../storage/storage.ts";
import { openQueue, type Queue } from "../throttle/queue/queue.ts";
import { openRunawayGuard } from "../throttle/runaway/runaway.ts";
import { scopesUnder } from "../throttle/store/budgets.ts";
import type { Books, LimitSet } from "../throttle/throttle.ts";
import { availableProviders } from "./available-providers.ts";
import { openConfiguredCatalog } from "./catalog.ts";
import { delegatorOptions } from "./delegation/delegator.ts";
import { openEventNotes } from "./note-events.ts";
import { joinBooks, type ProcessBooks } from "./process-books.ts";
import { providersOnce, remembered } from "./providers-once.ts";
import { sessionsByLevel } from "./figures/throttle-stats.ts";

/** Everything below a gateway, opened for one process. */
export interface GatewayLanes extends AsyncDisposable {
  readonly store: Store;
  readonly books: Books;
  readonly limits: LimitSet;
  readonly catalog: Catalog;
  readonly queue: Queue;
  readonly direct: Direct;
  readonly passing: Passing;
  readonly survival: Survival;
  readonly traces: Traces;
  readonly delegations: Delegations;
  /** What is so now: breakers, how many wait, how many sessions of the last day are at each level. */
  readonly live: () => Promise<{
    readonly breakers: ReturnType<Survival["breakers"]>;
    readonly queued: number;
    readonly sessionsByLevel: Readonly<Record<string, number>>;
  }>;
  readonly available: () => ReturnType<typeof availableProviders>;
  /** The model that `allot route` would give a text to, at a provider that is set up. */
  readonly routeText: (text: string) => Promise<{ readonly target: Target; readonly taskType: string }>;
}

/**
 * Opens the lanes on this machine's store. `contextOf` says how a provider is called in messages, and what must not stand in them. Throws
 * what the store throws where it cannot be opened.
 */
export async function openGatewayLanes(
  config: Config,
  contextOf: (name: ProviderName) => FaultContext,
  onAlarm: (message: string) => void,
): Promise<GatewayLanes> {
  const joined = joinBooks(config);
  const shared = await joined.shared.catch(async (error: unknown) => {
    await joined.leave();
    throw error;
  });
  const { store, books, limits } = shared;
  const clock = systemClock;
  const identity = processIdentity();
  const catalog = openConfiguredCatalog(config, clock.now());
  const available = remembered(() => availableProviders(config));
  const notes = openEventNotes(store, limits.thresholds, onAlarm);
  const queue = openQueue({ store, clock, identity });
  const door: Door = {
    books,
    queue,
    guard: openRunawayGuard({ store, clock, limits: () => limits }),
    catalog,
    clock,
    unknownPrice: config.settings.unknownPrice,
    scopesUnder: (scopeKeys: readonly string[], budget: string) => scopesUnder(store.db, limits, scopeKeys, budget),
    onEvent: (event: DirectEvent) => notes.note(event),
  };
  const direct = openTranslatedLane(config, door, limits, available);
  const passing = openPassing({ ...door, contextOf });
  const survival = openSurvival({ store, clock, identity });
  const traces = openTraces({ folder: store.folder, clock });
  const delegations = openDelegations({ store, clock });
  return {
    store,
    books,
    limits,
    catalog,
    queue,
    direct,
    passing,
    survival,
    traces,
    delegations,
    available,
    live: liveFacts(shared, queue, survival),
    routeText: routerOf(config, catalog, available),
    async [Symbol.asyncDispose]() {
      await passing[Symbol.asyncDispose]();
      await direct[Symbol.asyncDispose]();
      await survival[Symbol.asyncDispose]();
      await notes.written();
      await delegations[Symbol.asyncDispose]();
      await traces[Symbol.asyncDispose]();
      await joined.leave();
    },
  };
}

function liveFacts({ store, books, limits }: ProcessBooks, queue: Queue, survival: Survival): GatewayLanes["live"] {
  const sessions = remembered(() =>
    sessionsByLevel({ db: store.db, set: limits, states: (keys) => books.states(keys), now: systemClock.now() }),
  );
  return async () => ({
    breakers: survival.breakers(),
    queued: (await queue.waiting()).length,
    sessionsByLevel: await sessions(),
  });
}

/** What both lanes ask before anything is sent. */
type Door = Omit<PassingParts, "contextOf">;

function openTranslatedLane(
  config: Config,
  door: Door,
  { thresholds }: LimitSet,
  available: GatewayLanes["available"],
): Direct {
  const { books, catalog } = door;
  return openDirect({
    ...door,
    provider: providersOnce(config),
    baseUrlOf: (name) => config.providers[name as ProviderId]?.baseUrl ?? undefined,
    callTimeoutMs: config.settings.answerTimeout,
    idleTimeoutMs: config.settings.idleTimeout,
    cheaper: async (ask) => cheaperWay({ catalog, books, thresholds, available: await available() }, ask),
  });
}

/** Reads the detector's weights at the first text: most gateways are never asked to choose. */
function routerOf(config: Config, catalog: Catalog, available: GatewayLanes["available"]): GatewayLanes["routeText"] {
  let delegator: ReturnType<typeof openDelegator> | undefined;
  return async (text) => {
    delegator ??= openDelegator({ ...delegatorOptions(config, systemClock), learn: false });
    const { type, provider, modelId } = delegator.delegateTask(text.slice(0, 20_000));
    const providers = await available();
    if (providers.some(({ name }) => name === provider))
      return { target: { provider: provider as ProviderName, model: modelId }, taskType: type };
    const { big, small } = chooseModels(catalog, providers, {});
    const isSmall = catalog.find(modelId, { provider })?.tier === "small";
    const { provider: other, id } = isSmall ? small : big;
    return { target: { provider: other as ProviderName, model: id }, taskType: type };
  };
}
