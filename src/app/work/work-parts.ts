import { basename } from "node:path";
import type { Codebase, ReadOptions } from "../../codebase/facts/facts.ts";
import { noteSample } from "../../codebase/tokens/learned-factors.ts";
import type { TokenSample } from "../../codebase/tokens/tokens.ts";
import type { Config } from "../../config/config.ts";
import { type Clock, systemClock } from "../../foundation/clock.ts";
import type { Store } from "../../storage/storage.ts";
import { askThrough } from "../../tasks/ask-client.ts";
import { carryOut } from "../../tasks/carry-out.ts";
import { planWork } from "../../tasks/plan-work.ts";
import { noteWorkOutcome } from "../../tasks/tracking/work-outcomes.ts";
import { mergeStrategies } from "../../tasks/strategies.ts";
import type { PlanParts } from "../../tasks/work-parts.ts";
import type { Ask, Strategy, WorkKind, WorkPlan, WorkProgress, WorkResult, WorkSpec } from "../../tasks/work.ts";
import { openConfiguredCatalog } from "../catalog.ts";
import { factorOf, openCodebaseFacts } from "./codebase-facts.ts";
import { clientOf } from "../library.ts";
import { openConfiguredStore } from "../store.ts";
import { chooseWorkModels, type WorkModels } from "./work-models.ts";

/** Everything that a piece of work on a codebase is planned and carried out with. */
export interface WorkBench extends AsyncDisposable {
  readonly codebase: Codebase;
  readonly models: WorkModels;
  readonly strategy: Strategy;
  readonly store: Store;
  readonly clock: Clock;
  /** Asks no model. Throws as `planWork`. */
  plan(spec: WorkWish): Promise<WorkPlan>;
  /** Asks, under a budget where one is given. Throws `interrupted`; whatever else goes wrong stands in the result. */
  carryOut(plan: WorkPlan, options: CarryOptions): Promise<WorkResult>;
}

/** What is wanted of a piece of work; answers are given again as `--cache-ttl` says, where nothing else is said. */
export type WorkWish = Pick<WorkSpec, "target" | "context" | "aspects" | "style" | "variant"> &
  Partial<Pick<WorkSpec, "cacheTtlMs">>;

export interface CarryOptions {
  readonly budget: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: WorkProgress) => void;
  /** Stands between the work and whoever answers; absent: nothing does. */
  readonly through?: (ask: Ask) => Ask;
  /** Answers come when they come, and nobody waits for them: the time that it took says nothing. */
  readonly isUnattended?: boolean;
  /** Questions at the same time, where they are not answered one by one. */
  readonly partsAtOnce?: number;
}

/**
 * Reads the codebase, opens the store and chooses who answers. A model that cannot be reached is no fault here: the plan can
 * be made without it (`models.missing`). Throws as `openConfiguredStore`, `chooseWorkModels`, `mergeStrategies`.
 */
export async function openWorkBench(
  config: Config,
  wish: { readonly kind: WorkKind; readonly grok: boolean },
  reading: Omit<ReadOptions, "cacheFolder">,
): Promise<WorkBench> {
  const clock = systemClock;
  const catalog = openConfiguredCatalog(config, clock.now());
  const models = await chooseWorkModels(config, catalog, wish);
  const strategy = strategyFor(config, wish.kind);
  const codebase = await openCodebaseFacts(config, reading);
  const store = await openConfiguredStore(config, clock);
  const { settings, origins } = config;
  const { provider, id: name } = models.model;
  const parts: PlanParts = {
    store,
    clock,
    catalog,
    factor: await factorOf(store, `${provider}/${name}`),
    fallback: models.fallback,
    ...(origins.concurrency.kind === "default" ? {} : { concurrency: settings.concurrency }),
  };
  const asking = openAsking(config, models, strategy, basename(codebase.root), { store, clock });
  return {
    codebase,
    models,
    strategy,
    store,
    clock,
    plan(wanted) {
      const spec: WorkSpec = {
        cacheTtlMs: settings.cacheTtl,
        ...wanted,
        kind: wish.kind,
        repo: codebase.root,
        model: { provider, name },
        strategy,
        ...(settings.base === null ? {} : { diffBase: settings.base }),
      };
      return planWork(spec, codebase, parts);
    },
    async carryOut(plan, { budget, signal, onProgress, through, partsAtOnce, isUnattended }) {
      const direct = asking.under(budget);
      const ask = through?.(direct) ?? direct;
      const more = partsAtOnce === undefined ? {} : { concurrency: partsAtOnce };
      const result = await carryOut(plan, { ...parts, ...more, ask, codebase }, signal, onProgress);
      await noteWorkOutcome(store, plan, isUnattended === true ? { ...result, durationMs: 0 } : result);
      return result;
    },
    async [Symbol.asyncDispose]() {
      await asking.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** The kind's strategy as files and flags have it. */
function strategyFor({ settings, origins, strategies }: Config, kind: WorkKind): Strategy {
  // Each file is checked by itself, so that a mistake is told with its place.
  for (const { path, value } of strategies) mergeStrategies(value, path);
  const sections = strategies.map(({ value }) => value as Readonly<Record<string, object>>);
  const own = Object.assign({}, ...sections.map((section) => section[kind])) as object;
  const all = mergeStrategies({ [kind]: own }, strategies.map(({ path }) => path).join(", "));
  return {
    ...all[kind],
    ...(settings.maxTokens === null ? {} : { maxTokens: settings.maxTokens }),
    ...(origins.callTimeout.kind === "default" ? {} : { timeoutMs: settings.callTimeout }),
  };
}

/** The client is opened with the first question: a plan, or work that is all kept, needs none. */
function openAsking(
  config: Config,
  { fallback }: WorkModels,
  strategy: Strategy,
  project: string,
  { store, clock }: { readonly store: Store; readonly clock: Clock },
) {
  const { settings } = config;
  const patient = { ...config, settings: { ...settings, callTimeout: strategy.timeoutMs } };
  const client = clientOf(patient, { session: settings.session, priority: settings.priority });
  const notes = new Set<Promise<void>>();
  const onSample = (sample: TokenSample): void => {
    // What is learned is worth no failure of the work it is learned from.
    const noted = noteSample(store, sample)
      .catch(() => {})
      .finally(() => notes.delete(noted));
    notes.add(noted);
  };
  return {
    under: (budget: string | undefined): Ask =>
      askThrough(client, {
        clock,
        onSample,
        project,
        agent: "work",
        fallback_models: fallback,
        ...(budget === undefined ? {} : { budget }),
      }),
    async close() {
      await Promise.all(notes);
      await client[Symbol.asyncDispose]();
    },
  };
}
