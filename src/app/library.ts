import type { Config, ProviderId } from "../config/config.ts";
import type { AllotConfig, ThrottleConfig } from "../config/define-config.ts";
import { type Client, type ClientParts, openClient } from "../client/client.ts";
import { cheaperWay } from "../dispatch/direct/cheaper-way.ts";
import { openDirect } from "../dispatch/direct/open-direct.ts";
import { systemClock } from "../foundation/clock.ts";
import { processIdentity } from "../foundation/process-identity.ts";
import type { Provider, ProviderName } from "../providers/provider.ts";
import { type Delegator, openDelegator } from "../routing/open-delegator.ts";
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
import { allStats, sessionStats } from "./throttle-stats.ts";

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
  const config = libraryConfig(options);
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
}

async function openParts(config: Config, options: ClientOptions, joined: JoinedLater): Promise<Opened> {
  const { store, books, limits } = await joined.shared();
  const { settings } = config;
  const catalog = openConfiguredCatalog(config, systemClock.now());
  const available = remembered(() => availableProviders(config));
  const alarm = options.onAlarm ?? ((message: string) => process.emitWarning(message, "AllotWarning"));
  const notes = openEventNotes(store, limits.thresholds, alarm);
  const direct = openDirect({
    books,
    queue: openQueue({ store, clock: systemClock, identity: processIdentity() }),
    guard: openRunawayGuard({ store, clock: systemClock, limits: () => limits }),
    catalog,
    provider: providersOnce(config),
    baseUrlOf: (name) => config.providers[name as ProviderId]?.baseUrl ?? undefined,
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
    parts: {
      direct,
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
      },
      clock: systemClock,
    },
  };
}

/** Each provider is loaded when its first call comes: their libraries take longer than all else. */
function providersOnce(config: Config): (name: ProviderName) => Promise<Provider> {
  const open = new Map<ProviderName, Promise<Provider>>();
  const load = async (name: ProviderName): Promise<Provider> => {
    const { openProvider } = await import("../providers/providers.ts");
    const own = config.providers[name as ProviderId] as Config["providers"][ProviderId] | undefined;
    return openProvider(name, {
      ...(own?.apiKey === null || own === undefined ? {} : { apiKey: own.apiKey.reveal() }),
      ...(own?.baseUrl === null || own === undefined ? {} : { baseUrl: own.baseUrl }),
    });
  };
  return (name) => {
    const known = open.get(name) ?? load(name);
    open.set(name, known);
    return known;
  };
}

/** Whether a local server runs is asked at most so often. */
const REMEMBERED_MS = 10_000;

function remembered<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: { readonly at: number; readonly value: Promise<T> } | undefined;
  return () => {
    const now = systemClock.now();
    if (answer === undefined || now - answer.at > REMEMBERED_MS) answer = { at: now, value: ask() };
    return answer.value;
  };
}
