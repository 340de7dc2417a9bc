import type { Config, ProviderId } from "../config/config.ts";
import type { AllotConfig, ThrottleConfig } from "../config/define-config.ts";
import { type Client, type ClientParts, openClient } from "../client/client.ts";
import { openAnswerCache } from "../dispatch/cache/answer-cache.ts";
import { cheaperWay } from "../dispatch/direct/cheaper-way.ts";
import { openDirect } from "../dispatch/direct/open-direct.ts";
import { openSurvival } from "../dispatch/survival/open-survival.ts";
import { openDelegations } from "../dispatch/traces/delegations.ts";
import { openTraces } from "../dispatch/traces/open-traces.ts";
import type { RequestTrace } from "../dispatch/traces/trace.ts";
import { type Clock, systemClock } from "../foundation/clock.ts";
import { processIdentity } from "../foundation/process-identity.ts";
import type { ProviderName } from "../providers/provider.ts";
import { type Delegator, openDelegator } from "../routing/open-delegator.ts";
import type { Store } from "../storage/storage.ts";
import { openQueue } from "../throttle/queue/queue.ts";
import { openRunawayGuard } from "../throttle/runaway/runaway.ts";
import { scopesUnder } from "../throttle/store/budgets.ts";
import type { AllStats, Priority, SessionStats } from "../throttle/throttle.ts";
import { askThrough } from "./delegation/ask-model.ts";
import { availableProviders } from "./available-providers.ts";
import { openConfiguredCatalog } from "./catalog.ts";
import { delegatorOptions } from "./delegation/delegator.ts";
import { type LibraryOptions, libraryConfig } from "./library-config.ts";
import { type EventNotes, openEventNotes } from "./note-events.ts";
import { flushBooks, joinBooks, type ProcessBooks } from "./process-books.ts";
import { providersOnce, remembered } from "./providers-once.ts";
import { allStats, sessionStats } from "./figures/throttle-stats.ts";

/**
 * The library as programs use it: a client, a throttler and a delegator that need no set-up. Each reads the configuration
 * when it is made (environment, `defineConfig`, files), and opens what it needs when it is first used. All of one
 * process share one store and one set of books.
 */
export interface ClientOptions extends LibraryOptions {
  /** Who is spending, for requests that do not say. Default: SESSION_ID. */
  readonly session?: string;
  /** For requests that do not say. Default: normal. */
  readonly priority?: Priority;
  /** Told of what wants attention, like a model whose price is not known. Default: a warning of the process. */
  readonly onAlarm?: (message: string) => void;
}

/**
 * A client for every provider that is set up; see `Client`. Makes no connection and opens no file but the configuration's.
 * Throws `config-invalid`.
 */
export function createClient(options: ClientOptions = {}): Client {
  return clientOf(libraryConfig(options), options);
}

/** The same for a configuration that is resolved already: a command's. */
export function clientOf(config: Config, options: Omit<ClientOptions, keyof LibraryOptions> = {}): Client {
  const joined = joinLater(config);
  let opened: Promise<Opened> | undefined;
  const open = (): Promise<Opened> =>
    (opened ??= openParts(config, options, joined).catch((error: unknown) => {
      // A store that could not be opened is tried again with the next request.
      opened = undefined;
      throw error;
    }));
  return openClient(
    async () => (await open()).parts,
    async () => {
      const made = await opened?.catch(() => undefined);
      await made?.parts.direct[Symbol.asyncDispose]();
      await made?.notes.written();
      await made?.close();
      await joined.leave();
    },
  );
}

/** The figures of sessions and of all. */
export interface Throttler extends AsyncDisposable {
  /** Of one session: `tokens_hour`, `tokens_day`, `throttle_level` ... */
  getStats(session: string): Promise<SessionStats>;
  /** Of everybody (`global`), and of each session of the last day. */
  getStats(): Promise<AllStats>;
}

/**
 * What was used and how near the limits are, over all processes that share the store. Answers are promises, because they
 * are read from the store: this process alone does not know what others have used.
 */
export function getThrottler(config?: AllotConfig | ThrottleConfig, options: LibraryOptions = {}): Throttler {
  const resolved = libraryConfig({ ...options, ...(config === undefined ? {} : { config }) });
  const joined = joinLater(resolved);
  async function getStats(session?: string): Promise<SessionStats | AllStats> {
    const { store, books, limits } = await joined.shared();
    await flushBooks(resolved);
    const parts = {
      db: store.db,
      set: limits,
      states: (keys: readonly string[]) => books.states(keys),
      now: store.clock.now(),
    };
    return session === undefined ? allStats(parts) : sessionStats(parts, session);
  }
  return { getStats: getStats as Throttler["getStats"], [Symbol.asyncDispose]: joined.leave };
}

/**
 * Which agent and model a task goes to. `delegateTask` answers at once, by the words of the text and the routing table; what
 * was learnt of outcomes and of stated types counts once `ready` is resolved, which opens the store.
 * Throws `config-invalid`.
 */
export function getDelegator(options: LibraryOptions = {}): Delegator {
  const config = libraryConfig(options);
  const joined = joinLater(config);
  // Asked only where the routing table says so; opens nothing before.
  const client = createClient(options);
  const delegator: Delegator = openDelegator({
    ...delegatorOptions(config, systemClock),
    store: async () => (await joined.shared()).store,
    ask: (prompt) => askThrough(client, delegator.table.askModel)(prompt),
  });
  const close = delegator[Symbol.asyncDispose].bind(delegator);
  return Object.assign(delegator, {
    [Symbol.asyncDispose]: async () => {
      await close();
      await client[Symbol.asyncDispose]();
      await joined.leave();
    },
  });
}

interface JoinedLater {
  readonly shared: () => Promise<ProcessBooks>;
  readonly leave: () => Promise<void>;
}

/** Joins the books at the first use, and again after they were given back. */
function joinLater(config: Config): JoinedLater {
  let joined: ReturnType<typeof joinBooks> | undefined;
  return {
    async shared() {
      joined ??= joinBooks(config);
      try {
        return await joined.shared;
      } catch (error) {
        await joined?.leave();
        joined = undefined;
        throw error;
      }
    },
    async leave() {
      const given = joined;
      joined = undefined;
      await given?.leave();
    },
  };
}

interface Opened {
  readonly parts: ClientParts;
  readonly notes: EventNotes;
  /** Writes what is on its way about requests, and lets go of breakers. */
  readonly close: () => Promise<void>;
}

/** A program that ends without closing anything waits for nothing longer. */
const SHORT_WAIT_MS = 500;
const shortClock: Clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, SHORT_WAIT_MS), signal),
};

/** What a client's requests survive by, and what is written of them. */
function openSurvivalAndTraces(store: Store) {
  const survival = openSurvival({ store, clock: systemClock, identity: processIdentity() });
  const traces = openTraces({ folder: store.folder, clock: systemClock });
  const delegations = openDelegations({ store, clock: shortClock });
  return {
    survival,
    onTrace: (trace: RequestTrace): void => {
      traces.note(trace);
      delegations.note(trace);
    },
    close: async (): Promise<void> => {
      await survival[Symbol.asyncDispose]();
      await delegations[Symbol.asyncDispose]();
      await traces[Symbol.asyncDispose]();
    },
  };
}

async function openParts(
  config: Config,
  options: Omit<ClientOptions, keyof LibraryOptions>,
  joined: JoinedLater,
): Promise<Opened> {
  const { store, books, limits } = await joined.shared();
  const { settings } = config;
  const catalog = openConfiguredCatalog(config, systemClock.now());
  const available = remembered(() => availableProviders(config));
  const alarm = options.onAlarm ?? ((message: string) => process.emitWarning(message, "AllotWarning"));
  const notes = openEventNotes(store, limits.thresholds, alarm);
  const { survival, onTrace, close } = openSurvivalAndTraces(store);
  const baseUrlOf = (name: ProviderName): string | undefined =>
    config.providers[name as ProviderId]?.baseUrl ?? undefined;
  const direct = openDirect({
    books,
    queue: openQueue({ store, clock: systemClock, identity: processIdentity() }),
    guard: openRunawayGuard({ store, clock: systemClock, limits: () => limits }),
    catalog,
    provider: providersOnce(config),
    baseUrlOf,
    clock: systemClock,
    unknownPrice: settings.unknownPrice,
    callTimeoutMs: settings.callTimeout,
    idleTimeoutMs: settings.idleTimeout,
    scopesUnder: (scopeKeys, budget) => scopesUnder(store.db, limits, scopeKeys, budget),
    cheaper: async (ask) =>
      cheaperWay({ catalog, books, thresholds: limits.thresholds, available: await available() }, ask),
    onEvent: (event) => notes.note(event),
  });
  return {
    notes,
    close,
    parts: {
      direct,
      survival,
      cache: openAnswerCache({ store, clock: systemClock }),
      baseUrlOf,
      onTrace,
      models: {
        catalog,
        defaultProvider: settings.provider,
        providerModels: { anthropic: settings.claudeModel, xai: settings.grokModel },
        available,
      },
      defaults: {
        session: options.session ?? settings.session,
        priority: options.priority ?? "normal",
        budget: settings.budget ?? undefined,
        fallback: settings.fallback,
        preferGrok: settings.preferGrok,
      },
      clock: systemClock,
    },
  };
}
