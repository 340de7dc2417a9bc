import { basename } from "node:path";
import { noteSample } from "../../codebase/tokens/learned-factors.ts";
import type { Config, ProviderId } from "../../config/config.ts";
import type { ProvidersSettings } from "../../dispatch/host-settings.ts";
import { openDispatch } from "../../dispatch/open-dispatch.ts";
import { openBatchLane } from "../../dispatch/batch/open-batch-lane.ts";
import type { BatchLane } from "../../dispatch/batch/batch-lane.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { NanoUsd } from "../../foundation/units.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { settledEver } from "../../ledger/use-minutes.ts";
import { openBatchProvider } from "../../providers/batch/open-batch-provider.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { Slots } from "../../runs/slots.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import type { Store } from "../../storage/storage.ts";
import type { Batch, BatchItem, BatchProgress } from "../../tasks/batch/batch.ts";
import { setBatch, putBack, itemsOf } from "../../tasks/batch/batch-store.ts";
import { carryBatch, type CarryBatchOptions, type ItemWork } from "../../tasks/batch/carry-batch.ts";
import { carryRemote, type RemoteEnd } from "../../tasks/batch/carry-remote.ts";
import { durableAsk, type DurableParts } from "../../tasks/batch/durable-questions.ts";
import { claimBatch } from "../../tasks/batch/claim-batch.ts";
import { limitSetOf } from "../../throttle/limits.ts";
import { closeBudget, openBudget } from "../../throttle/store/budgets.ts";
import { loadLimitSet } from "../../throttle/store/stored-limits.ts";
import { atOnceOf, planOfItem } from "./batch-work.ts";
import { openConfiguredCatalog } from "../catalog.ts";
import { flushBooks } from "../process-books.ts";
import type { WorkBench } from "./work-parts.ts";

export interface BatchLifeOptions {
  readonly signal: AbortSignal;
  /** A new limit; undefined: the batch's own stays. */
  readonly limit: NanoUsd | undefined;
  /** Whether what failed is tried again. */
  readonly retryFailed: boolean;
  /** Of a batch interface: stay until it has answered. */
  readonly wait: boolean;
  readonly onProgress: (progress: BatchProgress) => void;
  readonly onItem: (item: BatchItem) => Promise<void> | void;
  readonly onNote: (note: string) => void;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Plans that are made at the same time, where all items ask together. */
const PLANS_AT_ONCE = 4;
/** All questions of an item are handed in together. */
const ALL_PARTS = 100_000;

/**
 * Carries a batch on in this process, alone: what a dead process had under way waits again. Throws
 * `batch-busy`, `batch-not-found`, `interrupted`.
 */
export async function liveBatch(
  bench: WorkBench,
  config: Config,
  batch: Batch,
  options: BatchLifeOptions,
): Promise<RemoteEnd> {
  const { store } = bench;
  await using _claim = await claimBatch(store, batch.id);
  await putBack(store, batch.id, options.retryFailed);
  const limit = options.limit ?? batch.limit;
  await setBatch(store, batch.id, { state: "open", limit_nano_usd: limit });
  const budget = await ensureBudget(store, config, batch, limit);
  const end = await carry(bench, config, { ...batch, limit }, budget, options);
  if (end.state === "done") await endBudget(store, batch.id);
  return end;
}

async function carry(
  bench: WorkBench,
  config: Config,
  batch: Batch,
  budget: string,
  options: BatchLifeOptions,
): Promise<RemoteEnd> {
  const { store } = bench;
  const { signal, wait, onProgress, onItem, onNote } = options;
  const { items: concurrency, parts } = atOnceOf(config);
  const isDirect = batch.way === "direct";
  const plans = new Slots(isDirect ? concurrency : PLANS_AT_ONCE);
  await reviveAnswers(store, batch);
  const cacheTtlMs = (): number => Math.max(config.settings.cacheTtl, store.clock.now() - batch.createdAt + MINUTE_MS);
  const work: ItemWork = {
    plan: (target) => plans.run(() => planOfItem(bench, batch.spec, target, { cacheTtlMs: cacheTtlMs() })),
    carryOut: (plan, { through, signal: stop, onProgress: tell }) =>
      bench.carryOut(plan, {
        budget,
        signal: stop,
        onProgress: tell,
        through,
        partsAtOnce: isDirect ? parts : ALL_PARTS,
        isUnattended: !isDirect,
      }),
  };
  const shared = { store, limit: batch.limit, signal, onProgress, onItem };
  if (isDirect) return carryDirectly(bench, config, batch, budget, work, { ...shared, concurrency });
  const lane = openLaneOf(store, config, batch, basename(bench.codebase.root));
  const items = (await itemsOf(store.db, batch.id)).length;
  return carryRemote(batch.id, work, { ...shared, lane, items, wait, onNote });
}

/** Its calls are made as a run's are: by a host that outlives this process, so that no answer is lost with it. */
async function carryDirectly(
  { store, codebase, models }: WorkBench,
  config: Config,
  batch: Batch,
  budget: string,
  work: ItemWork,
  options: CarryBatchOptions,
): Promise<RemoteEnd> {
  const { session, priority, unknownPrice, holdExpiry } = config.settings;
  await using dispatch = await openDispatch({
    store,
    hostKey: batch.id,
    catalog: openConfiguredCatalog(config, store.clock.now()),
    providers: providersOf(config),
    parentBudget: budget,
    project: basename(codebase.root),
    limits: limitSetOf(config.limits),
    unknownPrice,
    holdExpiryMs: holdExpiry,
  });
  const notes = new Set<Promise<void>>();
  const parts: DurableParts = {
    store,
    dispatch,
    batch: batch.id,
    fallback: models.fallback,
    session,
    priority,
    onSample(sample) {
      // What is learned is worth no failure of the work it is learned from.
      const noted = noteSample(store, sample)
        .catch(() => {})
        .finally(() => notes.delete(noted));
      notes.add(noted);
    },
  };
  const end = await carryBatch(batch.id, work, { ...options, askOf: (item) => () => durableAsk(parts, item) });
  await Promise.all(notes);
  return end;
}

function providersOf({ providers }: Config): ProvidersSettings {
  const entries = Object.entries(providers).map(([name, { apiKey, baseUrl }]) => [
    name,
    { ...(apiKey === null ? {} : { apiKey: apiKey.reveal() }), ...(baseUrl === null ? {} : { baseUrl }) },
  ]);
  return Object.fromEntries(entries) as ProvidersSettings;
}

/**
 * What this batch has paid for since it began is good for all its lives, however late they come: `--cache-ttl` is about
 * asking anew, not about being interrupted.
 */
async function reviveAnswers(store: Store, batch: Batch): Promise<void> {
  const until = store.clock.now() + DAY_MS;
  await store.db
    .updateTable("part_answers")
    .set({ expires_at: until })
    .where("repo", "=", batch.repo)
    .where("stored_at", ">=", batch.createdAt)
    .where("expires_at", "<", until)
    .execute();
}

/** The paid lane of a batch through its provider's batch interface. Throws `provider-not-configured`. */
export function openLaneOf(store: Store, config: Config, batch: Batch, project: string): BatchLane {
  const { settings, providers, limits } = config;
  const own = providers[batch.way as ProviderId] as Config["providers"][ProviderId] | undefined;
  const provider = openBatchProvider(batch.way as ProviderName, {
    ...(own?.apiKey === null || own === undefined ? {} : { apiKey: own.apiKey.reveal() }),
    ...(own?.baseUrl === null || own === undefined ? {} : { baseUrl: own.baseUrl }),
    now: () => store.clock.now(),
  });
  if (provider === undefined) {
    throw new AllotError("internal", `batch ${batch.id} is for ${batch.way}, which has no batch interface`);
  }
  return openBatchLane({
    store,
    catalog: openConfiguredCatalog(config, store.clock.now()),
    batch: batch.id,
    provider,
    providerName: provider.name,
    session: settings.session,
    priority: settings.priority,
    budget: budgetOf(batch.id),
    project,
    unknownPrice: settings.unknownPrice,
    limits: () => loadLimitSet(store.db, limitSetOf(limits)),
  });
}

/** What was spent on a batch so far, by the ledger. */
export async function spentOn(store: Store, config: Config, id: string): Promise<NanoUsd> {
  await flushBooks(config);
  return nanoUsd((await settledEver(store.db, `budget:${budgetOf(id)}`)).nanoUsd);
}

/** Ends a batch's budget: nothing more can be drawn on it. */
export async function endBudget(store: Store, id: string): Promise<void> {
  await store.transaction((trx) => closeBudget(trx, budgetOf(id), store.clock.now()), BOOKS);
}

/** One budget for all lives of a batch, so that its limit holds for them together. */
async function ensureBudget(store: Store, config: Config, batch: Batch, limit: NanoUsd | null): Promise<string> {
  const id = budgetOf(batch.id);
  const set = await loadLimitSet(store.db, limitSetOf(config.limits));
  const now = store.clock.now();
  const { session, budget: parent } = config.settings;
  await store.transaction(async (trx) => {
    const known = await trx.selectFrom("budgets").select("id").where("id", "=", id).executeTakeFirst();
    if (known !== undefined) {
      await trx.updateTable("budgets").set({ nano_usd: limit, closed_at: null }).where("id", "=", id).execute();
      return;
    }
    const caps = { tokens: null, nanoUsd: limit, requests: null };
    const name = `batch ${batch.operation} ${batch.repo}`.slice(0, 200);
    await openBudget(trx, set, { id, name, parent, session, caps }, now);
  }, BOOKS);
  return id;
}

function budgetOf(id: string): string {
  return `batch-${id}`;
}
