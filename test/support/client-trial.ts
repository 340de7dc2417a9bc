import { onTestFinished } from "vitest";
import type { AvailableProvider } from "../../src/catalog/choose-models.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { openCatalog } from "../../src/catalog/open-catalog.ts";
import type { ModelFacts } from "../../src/client/choose-model.ts";
import { type Client, type ClientParts, openClient } from "../../src/client/client.ts";
import type { ClientDefaults } from "../../src/client/prepare-call.ts";
import { openAnswerCache } from "../../src/dispatch/cache/answer-cache.ts";
import { openDirect } from "../../src/dispatch/direct/open-direct.ts";
import { openSurvival } from "../../src/dispatch/survival/open-survival.ts";
import { OWN_WORK } from "../../src/dispatch/survival/policies.ts";
import type { SurvivalPolicy } from "../../src/dispatch/survival/survival.ts";
import type { RequestTrace } from "../../src/dispatch/traces/trace.ts";
import { systemClock } from "../../src/foundation/clock.ts";
import { processIdentity } from "../../src/foundation/process-identity.ts";
import { fromUsd } from "../../src/foundation/units.ts";
import { openProvider } from "../../src/providers/providers.ts";
import { openStore } from "../../src/storage/storage.ts";
import type { Limit } from "../../src/throttle/throttle.ts";
import { openPlainBooks, type PlainBooks } from "./plain-books.ts";
import type { Script, ScriptedAnswer } from "./scripted-provider/script.ts";
import { openScriptedProvider, type ScriptedProvider } from "./scripted-provider/scripted-provider.ts";
import { openSqlitePlace } from "./store-place.ts";

const CATALOG = openCatalog({ asOf: Date.parse("2026-11-21") });
const TOKENS: Limit = { scope: "session", of: "*", window: "hour", measure: "tokens", amount: 100_000 };
const KEYS: readonly AvailableProvider[] = [
  { name: "anthropic", why: "ANTHROPIC_API_KEY is set" },
  { name: "openai", why: "OPENAI_API_KEY is set" },
  { name: "ollama", why: "Ollama answers", models: ["qwen3-coder:30b", "llama3:8b"] },
];

/** A client on the scripted provider, with books in memory and a store of its own. */
export interface ClientTrial {
  readonly server: ScriptedProvider;
  readonly books: PlainBooks;
  readonly client: Client;
  readonly traces: readonly RequestTrace[];
}

export interface TrialOptions {
  readonly models?: Partial<ModelFacts>;
  readonly defaults?: Partial<ClientDefaults>;
  readonly policy?: Partial<SurvivalPolicy>;
  /** Tokens of a session an hour. */
  readonly tokens?: number;
  readonly parts?: Partial<ClientParts>;
  readonly catalog?: Catalog;
}

/** Opens it for one test; pauses between attempts are a few milliseconds. */
export async function openClientTrial(
  script: Script | ScriptedAnswer,
  { models = {}, defaults = {}, policy = {}, tokens, parts = {}, catalog = CATALOG }: TrialOptions = {},
): Promise<ClientTrial> {
  const server = await openScriptedProvider({ script: typeof script === "function" ? script : () => script });
  onTestFinished(() => server.close());
  const place = await openSqlitePlace();
  const store = await openStore({ ...place.settings, clock: systemClock });
  const books = openPlainBooks([tokens === undefined ? TOKENS : { ...TOKENS, amount: tokens }]);
  const survival = openSurvival({ store, clock: systemClock, identity: processIdentity() });
  const direct = openDirect({
    books,
    queue: { mustWait: () => Promise.resolve(false), wait: () => Promise.reject(new Error("nobody waits here")) },
    guard: { check: () => Promise.resolve(undefined) },
    catalog,
    provider: (name) =>
      Promise.resolve(openProvider(name, { apiKey: "k", baseUrl: server.urls[name as keyof typeof server.urls] })),
    baseUrlOf: () => undefined,
    clock: systemClock,
    unknownPrice: "assume-max",
    callTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    scopesUnder: (scopeKeys) => Promise.resolve({ scopeKeys, countedKeys: [] }),
    cheaper: () => Promise.resolve({ provider: "ollama", model: "llama3:8b", worst: fromUsd(0) }),
    onEvent: () => {},
  });
  const traces: RequestTrace[] = [];
  const made: ClientParts = {
    direct,
    survival,
    policy: { ...OWN_WORK, baseMs: 5, mostMs: 20, rateLimitBaseMs: 10, totalWaitMs: 2_000, ...policy },
    models: {
      catalog,
      defaultProvider: null,
      providerModels: {},
      available: () => Promise.resolve(KEYS),
      ...models,
    },
    defaults: { session: "default", priority: "normal", budget: undefined, ...defaults },
    clock: systemClock,
    cache: openAnswerCache({ store, clock: systemClock }),
    onTrace: (trace) => traces.push(trace),
    ...parts,
  };
  const client = openClient(
    () => Promise.resolve(made),
    async () => {
      await direct[Symbol.asyncDispose]();
      await survival[Symbol.asyncDispose]();
    },
  );
  onTestFinished(async () => {
    await client[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  return { server, books, client, traces };
}
