import type { Config } from "../../config/config.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import { BATCH_PROVIDERS } from "../../providers/batch/open-batch-provider.ts";
import type { ProviderName } from "../../providers/provider.ts";
import type { BatchSpec, NewItem } from "../../tasks/batch/batch.ts";
import { itemFault } from "../../tasks/batch/carry-batch.ts";
import { itemsOfFolder, targetOfItem } from "../../tasks/batch/batch-items.ts";
import {
  batchLaneOf,
  expectedMs,
  learnedTime,
  type LearnedTime,
  PARTS_AT_ONCE,
} from "../../tasks/batch/expected-time.ts";
import type { WorkKind, WorkPlan } from "../../tasks/work.ts";
import { openConfiguredCatalog } from "../catalog.ts";
import { type MonthBudget, monthBudget } from "../delegation/month-budget.ts";
import { type TightLimit, tightLimits } from "./work-limits.ts";
import type { WorkBench } from "./work-parts.ts";

/** An item as it is planned: what it would ask, cost and take. */
export interface PlannedItem extends NewItem {
  readonly calls: number;
  readonly keptCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly expected: NanoUsd;
  readonly worst: NanoUsd;
  /** Why it cannot be planned; null: it can. */
  readonly problem: string | null;
}

export interface BatchPlan {
  readonly operation: WorkKind;
  readonly spec: BatchSpec;
  readonly items: readonly PlannedItem[];
  readonly passedOver: Readonly<Record<string, number>>;
  readonly way: string;
  /** Why it goes directly though the batch interface was asked for; null: it does not, or was not. */
  readonly noBatchApi: string | null;
  readonly learned: LearnedTime;
  readonly concurrency: number;
  readonly calls: number;
  readonly expected: NanoUsd;
  readonly worst: NanoUsd;
  readonly expectedMs: number;
  readonly month: MonthBudget;
  /** Limits that it runs into before its end, as things stand. */
  readonly tight: readonly TightLimit[];
}

export interface BatchWish {
  readonly operation: WorkKind;
  readonly spec: BatchSpec;
  readonly batchApi: boolean;
}

/** Items at the same time, where nobody says how many. */
const ITEMS_AT_ONCE = 4;

/** How many items go at a time, and how many questions each asks at a time. */
export function atOnceOf({ settings, origins }: Config): { readonly items: number; readonly parts: number } {
  const items = origins.concurrency.kind === "default" ? ITEMS_AT_ONCE : settings.concurrency;
  return { items, parts: Math.min(PARTS_AT_ONCE, items) };
}

/** Through whose batch interface it goes, or "direct", and why not otherwise. Pure. */
export function wayOf(
  provider: string,
  batchApi: boolean,
): { readonly way: string; readonly noBatchApi: string | null } {
  if (!batchApi) return { way: "direct", noBatchApi: null };
  if (BATCH_PROVIDERS.includes(provider as ProviderName)) return { way: provider, noBatchApi: null };
  const why = `${provider} has no batch interface that allot speaks (${BATCH_PROVIDERS.join(" and ")} have); it goes directly, at the full price`;
  return { way: "direct", noBatchApi: why };
}

/** Plans every item of the folder; asks nobody. Throws `file-not-found` for a folder without code, `interrupted`. */
export async function planBatch(
  bench: WorkBench,
  config: Config,
  { operation, spec, batchApi }: BatchWish,
  signal: AbortSignal,
): Promise<BatchPlan> {
  const { codebase, store, models } = bench;
  const { targets, passedOver } = itemsOfFolder(codebase, spec.directory);
  const learned = await learnedTime(store, operation, `${spec.model.provider}/${spec.model.name}`);
  const { way, noBatchApi } = wayOf(spec.model.provider, batchApi);
  const { items: concurrency, parts: atOnce } = atOnceOf(config);
  const price = openConfiguredCatalog(config, store.clock.now()).find(models.model.id, {
    provider: models.model.provider,
  })?.price;
  const permille = way === "direct" ? 1000 : (price?.batchPermille ?? 1000);
  const items: PlannedItem[] = [];
  for (const target of targets) {
    if (signal.aborted) throw new AllotError("interrupted", "stopped before anything was asked or paid");
    const planned = await planItem(bench, spec, target);
    const ms = planned.problem === null ? expectedMs(planned.calls, learned, atOnce) : 0;
    const priced = { expected: priceAt(planned.expected, permille), worst: priceAt(planned.worst, permille) };
    items.push({ ...planned, ...priced, target, expectedMs: ms, lane: batchLaneOf(ms) });
  }
  const sum = (pick: (item: PlannedItem) => number): number => items.reduce((total, item) => total + pick(item), 0);
  return {
    operation,
    spec,
    items,
    passedOver,
    way,
    noBatchApi,
    learned,
    concurrency,
    calls: sum(({ calls }) => calls),
    expected: nanoUsd(sum(({ expected }) => expected)),
    worst: nanoUsd(sum(({ worst }) => worst)),
    expectedMs: Math.max(...items.map((item) => item.expectedMs), sum((item) => item.expectedMs) / concurrency),
    month: await monthBudget(store, config),
    tight: await tightLimits(store, config, needOf(items, spec.model)),
  };
}

function needOf(items: readonly PlannedItem[], { provider, name }: BatchSpec["model"]) {
  const sum = (pick: (item: PlannedItem) => number): number => items.reduce((total, item) => total + pick(item), 0);
  return {
    tokens: sum(({ inputTokens, outputTokens }) => inputTokens + outputTokens),
    nanoUsd: nanoUsd(sum(({ expected }) => expected)),
    requests: sum(({ calls }) => calls),
    provider,
    model: name,
  };
}

/** The plan of one item, as its batch wants it. Throws as `planWork`. */
export function planOfItem(
  bench: WorkBench,
  spec: BatchSpec,
  target: string,
  kept: { readonly cacheTtlMs?: number } = {},
): Promise<WorkPlan> {
  const { aspects, style, variant } = spec;
  return bench.plan({
    aspects,
    style,
    variant,
    ...kept,
    target: targetOfItem(bench.codebase, spec.directory, target),
    context: "full",
  });
}

async function planItem(
  bench: WorkBench,
  spec: BatchSpec,
  target: string,
): Promise<Omit<PlannedItem, "target" | "lane" | "expectedMs">> {
  try {
    const { estimate } = await planOfItem(bench, spec, target);
    const { calls, cachedCalls, inputTokens, outputTokens, expected, worst } = estimate;
    return { calls, keptCalls: cachedCalls, inputTokens, outputTokens, expected, worst, problem: null };
  } catch (error) {
    const problem = itemFault(error);
    if (problem === undefined || isAllotError(error, "interrupted")) throw error;
    const nothing = nanoUsd(0);
    const none = { calls: 0, keptCalls: 0, inputTokens: 0, outputTokens: 0, expected: nothing, worst: nothing };
    return { ...none, problem };
  }
}

function priceAt(amount: NanoUsd, permille: number): NanoUsd {
  return nanoUsd(Math.ceil((amount * permille) / 1000));
}
