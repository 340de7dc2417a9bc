import type { Config } from "../../config/config.ts";
import { toUsd } from "../../foundation/units.ts";
import { type GroupBy, type Selection, type Total, total, totals } from "../../ledger/totals.ts";
import { inputOf } from "../../ledger/cost.ts";
import type { Store } from "../../storage/storage.ts";
import { type LimitReport, limitReport } from "./limits-report.ts";

/** What `allot usage` and the tool of that name group by: a task is its type, or the mini-task of a run. */
export const USAGE_GROUPS = {
  session: "session",
  model: "model",
  agent: "agent",
  task: "kind",
  day: "day",
  project: "project",
  provider: "provider",
  run: "run",
} as const satisfies Record<string, GroupBy>;

export type UsageGroup = keyof typeof USAGE_GROUPS;

/** What was spent in a span of time, and how near the limits are now. */
export interface Usage {
  /** What a row is. */
  readonly by: UsageGroup;
  /** Epoch ms. */
  readonly since: number;
  readonly until: number;
  readonly session: string | null;
  readonly rows: readonly Total[];
  readonly total: Total;
  readonly report: LimitReport;
}

/** Reads it out of the ledger: dearest first, days in their order. `since` in epoch ms; until now. */
export async function usageReport(
  store: Store,
  config: Config,
  { by, since, session }: Pick<Usage, "by" | "since" | "session">,
): Promise<Usage> {
  const until = store.clock.now();
  const selection: Selection = { since, until: until + 1, ...(session === null ? {} : { session }) };
  const rows = await totals(store.db, USAGE_GROUPS[by], selection);
  return {
    by,
    since,
    until,
    session,
    rows: by === "day" ? rows.toSorted((a, b) => (a.group < b.group ? -1 : 1)) : rows,
    total: await total(store.db, selection),
    report: await limitReport(store, config, session ?? undefined),
  };
}

/** The same for programs: tokens by kind, money in dollars and exact in nano-dollars. */
export function usageJson(usage: Usage) {
  return {
    since: new Date(usage.since).toISOString(),
    until: new Date(usage.until).toISOString(),
    by: usage.by,
    session: usage.session,
    rows: usage.rows.map(rowJson),
    total: rowJson(usage.total),
    limits: usage.report.limits,
  };
}

function rowJson(row: Total) {
  return {
    name: row.group,
    calls: row.calls,
    tokens: allTokens(row),
    input_tokens: row.usage.inputTokens,
    cache_read_tokens: row.usage.cacheReadTokens,
    cache_write_5m_tokens: row.usage.cacheWrite5mTokens,
    cache_write_1h_tokens: row.usage.cacheWrite1hTokens,
    output_tokens: row.usage.outputTokens,
    reasoning_tokens: row.usage.reasoningTokens,
    cost_usd: toUsd(row.cost),
    cost_nano_usd: row.cost,
    estimated_calls: row.estimatedCalls,
    assumed_price_calls: row.assumedPriceCalls,
    unknown_calls: row.unknownCalls,
    price_versions: row.priceVersions,
  };
}

export function allTokens({ usage }: Total): number {
  return inputOf(usage) + usage.outputTokens;
}
