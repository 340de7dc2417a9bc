import { type Kysely, sql } from "kysely";
import { type NanoUsd, nanoUsd } from "../../foundation/units.ts";
import type { Schema } from "../../storage/schema.ts";

/** What delegations can be split by; day: in UTC. */
export const DELEGATION_GROUPS = ["task", "model", "provider", "day"] as const;
export type DelegationGroup = (typeof DELEGATION_GROUPS)[number];

/** Sums of what became of delegated requests. */
export interface DelegationSums {
  /** The task type, model ... they share. */
  readonly group: string;
  readonly requests: number;
  readonly answered: number;
  readonly failed: number;
  /** By our own limits. */
  readonly refused: number;
  readonly fellBack: number;
  readonly cached: number;
  readonly attempts: number;
  /** Of answered ones, in ms. */
  readonly durationMs: number;
  /** Of answered ones. Input without what was read from a cache. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly cost: NanoUsd;
}

/** The seeds' delegation metrics; null where there is nothing to divide by. */
export interface DelegationFigures {
  /** Answered of those that were answered or failed; what our limits refused, or the client gave up, says nothing of it. */
  readonly successRate: number | null;
  /** Seconds from a request's arrival to the end of its answer, waits, retries and cached answers included. */
  readonly averageResponseTime: number | null;
  /** Output tokens for each input token, cached ones included. */
  readonly tokenEfficiency: number | null;
  /** Dollars, those of failed attempts included, for each delegation that was tried. */
  readonly costPerDelegation: number | null;
  /** Of the answered ones: answered by another than was asked first. */
  readonly fallbackUsage: number | null;
  /** Seconds: had each answered one been done by hand instead. Less than nothing where hands are faster. */
  readonly timeSaved: number;
}

/** Reckons the figures; `byHandMs` is what one task is taken to need by hand. Pure. */
export function delegationFigures(sums: DelegationSums, byHandMs: number): DelegationFigures {
  const { answered, failed, requests, refused, durationMs, outputTokens, fellBack } = sums;
  const input = sums.inputTokens + sums.cacheReadTokens;
  return {
    successRate: share(answered, answered + failed),
    averageResponseTime: share(durationMs / 1000, answered),
    tokenEfficiency: share(outputTokens, input),
    costPerDelegation: share(sums.cost / 1e9, requests - refused),
    fallbackUsage: share(fellBack, answered),
    timeSaved: (answered * byHandMs - durationMs) / 1000,
  };
}

function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** The sums by group, most requests first (days in their order). From `since` on, to the minute; epoch ms. */
export async function delegationSums(
  db: Kysely<Schema>,
  by: DelegationGroup,
  span: { readonly since: number; readonly until: number },
): Promise<readonly DelegationSums[]> {
  const group = groupOf(by);
  const rows = await db
    .selectFrom("delegation_minutes")
    .where("minute", ">=", Math.floor(span.since / 60_000))
    .where("minute", "<=", Math.floor(span.until / 60_000))
    .groupBy(group)
    .select((e) => [
      group.as("group"),
      e.fn.sum<number>("requests").as("requests"),
      e.fn.sum<number>("answered").as("answered"),
      e.fn.sum<number>("failed").as("failed"),
      e.fn.sum<number>("refused").as("refused"),
      e.fn.sum<number>("fell_back").as("fell_back"),
      e.fn.sum<number>("cached").as("cached"),
      e.fn.sum<number>("attempts").as("attempts"),
      e.fn.sum<number>("duration_ms").as("duration_ms"),
      e.fn.sum<number>("input_tokens").as("input_tokens"),
      e.fn.sum<number>("cache_read_tokens").as("cache_read_tokens"),
      e.fn.sum<number>("output_tokens").as("output_tokens"),
      e.fn.sum<number>("reasoning_tokens").as("reasoning_tokens"),
      e.fn.sum<number>("nano_usd").as("nano_usd"),
    ])
    .execute();
  const sums = rows.map((row): DelegationSums => ({
    group: by === "day" ? new Date(Number(row.group) * 86_400_000).toISOString().slice(0, 10) : row.group,
    requests: Number(row.requests),
    answered: Number(row.answered),
    failed: Number(row.failed),
    refused: Number(row.refused),
    fellBack: Number(row.fell_back),
    cached: Number(row.cached),
    attempts: Number(row.attempts),
    durationMs: Number(row.duration_ms),
    inputTokens: Number(row.input_tokens),
    cacheReadTokens: Number(row.cache_read_tokens),
    outputTokens: Number(row.output_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    cost: nanoUsd(Number(row.nano_usd)),
  }));
  const byName = (a: DelegationSums, b: DelegationSums): number => (a.group < b.group ? -1 : 1);
  return sums.sort((a, b) => (by === "day" ? 0 : b.requests - a.requests) || byName(a, b));
}

function groupOf(by: DelegationGroup) {
  switch (by) {
    case "task":
      return sql.ref<string>("task_type");
    case "model":
      return sql<string>`case when provider = '' then model else provider || '/' || model end`;
    case "provider":
      return sql.ref<string>("provider");
    case "day":
      return sql<string>`minute / 1440`;
  }
}

/** All groups together; nothing is sums of 0. Pure. */
export function allDelegations(rows: readonly DelegationSums[]): DelegationSums {
  return rows.reduce(
    (all, row) => ({
      group: "",
      requests: all.requests + row.requests,
      answered: all.answered + row.answered,
      failed: all.failed + row.failed,
      refused: all.refused + row.refused,
      fellBack: all.fellBack + row.fellBack,
      cached: all.cached + row.cached,
      attempts: all.attempts + row.attempts,
      durationMs: all.durationMs + row.durationMs,
      inputTokens: all.inputTokens + row.inputTokens,
      cacheReadTokens: all.cacheReadTokens + row.cacheReadTokens,
      outputTokens: all.outputTokens + row.outputTokens,
      reasoningTokens: all.reasoningTokens + row.reasoningTokens,
      cost: nanoUsd(all.cost + row.cost),
    }),
    NONE,
  );
}

const NONE: DelegationSums = {
  group: "",
  requests: 0,
  answered: 0,
  failed: 0,
  refused: 0,
  fellBack: 0,
  cached: 0,
  attempts: 0,
  durationMs: 0,
  inputTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  cost: nanoUsd(0),
};
