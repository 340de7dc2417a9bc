import type { Config } from "../../config/config.ts";
import type { Clock } from "../../foundation/clock.ts";
import type { NanoUsd } from "../../foundation/units.ts";
import { plainCost, priceOf } from "../../routing/expected-cost.ts";
import type { ExpectedWork } from "../../routing/expected-work.ts";
import { openDelegator, type DelegateOptions, type DelegatedTask } from "../../routing/open-delegator.ts";
import type { Store } from "../../storage/storage.ts";
import { levelOf } from "../../throttle/levels.ts";
import { limitLabel, limitSetOf, limitsFor, scopeKey } from "../../throttle/limits.ts";
import { loadLimitSet } from "../../throttle/store/stored-limits.ts";
import { statesInStore } from "../../throttle/store/states.ts";
import type { Amounts, Level, LimitState, Thresholds } from "../../throttle/throttle.ts";
import { delegatorOptions } from "./delegator.ts";

/** What a task costs on one model: little, expected, much. */
export interface ModelEstimate {
  readonly model: string;
  readonly low: NanoUsd;
  readonly expected: NanoUsd;
  readonly high: NanoUsd;
}

/** A limit the task falls under, with it in. */
export interface NearLimit {
  readonly state: LimitState;
  /** "session:comet tokens/hour" */
  readonly name: string;
  /** What the expected task takes, in the limit's measure. */
  readonly takes: number;
  /** used + held + this task over the limit. */
  readonly share: number;
  readonly level: Level;
  /** Whether much of a task still fits, and the expected one. */
  readonly fits: "much" | "expected" | "no";
  /** How many such tasks fit before the limit is reached. */
  readonly tasks: number;
}

export interface TaskEstimate {
  readonly task: DelegatedTask;
  readonly work: ExpectedWork;
  /** The chosen model first, the others cheapest first. */
  readonly models: readonly ModelEstimate[];
  /** Nearest first. */
  readonly limits: readonly NearLimit[];
}

/**
 * What a text's task is expected to cost on each model, and which limits it comes near: as they stand in the store, or
 * unused where there is none. Reads only.
 */
export async function estimateTask(
  text: string,
  wishes: DelegateOptions,
  config: Config,
  store: Store | undefined,
  clock: Clock,
): Promise<TaskEstimate> {
  const options = delegatorOptions(config, clock);
  // A type that is stated here is asked about, not taught.
  await using delegator = openDelegator({ ...options, ...(store === undefined ? {} : { store }) });
  await delegator.ready;
  const { taskType, ...others } = wishes;
  const task = delegator.delegateTask(text, {
    ...others,
    ...(taskType === undefined ? {} : { taskType, teach: false }),
  });
  const work = delegator.work[task.type];
  const costs = (name: string): ModelEstimate => {
    const { price } = priceOf(options.catalog, delegator.resolve(name));
    const [low, expected, high] = [work.low, work.expected, work.high].map((tokens) => plainCost(tokens, price));
    return {
      model: name,
      low: low ?? task.expectedCost,
      expected: expected ?? task.expectedCost,
      high: high ?? task.expectedCost,
    };
  };
  const models = [task.model, ...task.elsewhere.map(({ model }) => model)].map(costs);
  return { task, work, models, limits: await nearLimits(task, work, models[0], config, store, clock) };
}

async function nearLimits(
  task: DelegatedTask,
  work: ExpectedWork,
  costs: ModelEstimate | undefined,
  config: Config,
  store: Store | undefined,
  clock: Clock,
): Promise<readonly NearLimit[]> {
  if (costs === undefined) return [];
  const base = limitSetOf(config.limits);
  const set = store === undefined ? base : await loadLimitSet(store.db, base);
  const keys = [
    scopeKey("session", task.session),
    scopeKey("global", ""),
    scopeKey("provider", task.provider),
    scopeKey("model", task.modelId),
  ];
  const unused = limitsFor(set, keys).map((applied): LimitState => ({ ...applied, settled: 0, held: 0 }));
  const states = store === undefined ? unused : await statesInStore(store.db, set, keys, clock.now());
  const amounts = (tokens: ExpectedWork["expected"], nanoUsd: NanoUsd): Amounts => ({
    tokens: tokens.inputTokens + tokens.outputTokens,
    nanoUsd,
    requests: 1,
  });
  const expected = amounts(work.expected, costs.expected);
  const high = amounts(work.high, costs.high);
  return states
    .map((state) => nearLimit(state, expected, high, set.thresholds))
    .toSorted((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1));
}

function nearLimit(state: LimitState, expected: Amounts, high: Amounts, thresholds: Thresholds): NearLimit {
  const { limit, settled, held } = state;
  const left = limit.amount - settled - held;
  const takes = expected[limit.measure];
  return {
    state,
    name: limitLabel(state),
    takes,
    share: limit.amount <= 0 ? 1 : (settled + held + takes) / limit.amount,
    level: levelOf(settled + held + takes, limit.amount, thresholds),
    fits: high[limit.measure] <= left ? "much" : takes <= left ? "expected" : "no",
    tasks: takes === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor(left / takes)),
  };
}
