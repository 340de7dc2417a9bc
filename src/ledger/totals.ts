import { type Kysely, sql } from "kysely";
import { nanoUsd, type NanoUsd } from "../foundation/units.ts";
import { isPostgres } from "../storage/exclusive.ts";
import type { Schema } from "../storage/schema.ts";
import type { TokenCounts } from "./cost.ts";

/** What totals can be split by. */
export type GroupBy =
  | "phase"
  | "tier"
  | "task"
  | "session"
  | "model"
  | "provider"
  | "run"
  | "agent"
  | "kind"
  | "day"
  | "project";

/** Which entries are counted; what is left out counts all. */
export interface Selection {
  readonly runId?: string;
  readonly session?: string;
  /** Epoch ms, inclusive. */
  readonly since?: number;
  readonly until?: number;
}

/** The sum of a group of ledger entries. */
export interface Total {
  /** The phase, tier, task ... they share; "" for the sum of all. */
  readonly group: string;
  readonly calls: number;
  readonly usage: TokenCounts;
  readonly cost: NanoUsd;
  /** Calls whose usage was estimated, whose price was assumed, and of which only the hold is known. */
  readonly estimatedCalls: number;
  readonly assumedPriceCalls: number;
  readonly unknownCalls: number;
  readonly priceVersions: readonly string[];
}

const COLUMNS = {
  phase: "phase",
  tier: "tier",
  task: "task",
  session: "session_id",
  model: "model",
  provider: "provider",
  run: "run_id",
} as const;

/** The spend in the ledger, one row a group, dearest first. Sums of entries, corrections included; open holds are not spend. */
export async function totals(db: Kysely<Schema>, by: GroupBy, selection: Selection = {}): Promise<readonly Total[]> {
  return sums(db, groupBy(db, by), selection);
}

/** agent: who did it; a run's own loop is "api". kind: the task's type, else the run's mini-task. day: in UTC. */
function groupBy(db: Kysely<Schema>, by: GroupBy): GroupExpression {
  switch (by) {
    case "agent":
      return sql<string>`coalesce(agent, case when run_id = '' then 'none' else 'api' end)`;
    case "kind":
      return sql<string>`coalesce(task_type, case when task = '' then 'none' else run_id || ' ' || task end)`;
    case "project":
      return sql<string>`coalesce(project, 'none')`;
    case "day":
      return isPostgres(db)
        ? sql<string>`to_char(to_timestamp(at / 1000) at time zone 'UTC', 'YYYY-MM-DD')`
        : sql<string>`strftime('%Y-%m-%d', at / 1000, 'unixepoch')`;
    default:
      return sql.ref<string>(COLUMNS[by]);
  }
}

/** The spend of all selected entries as one sum; nothing selected is a sum of 0 calls. */
export async function total(db: Kysely<Schema>, selection: Selection = {}): Promise<Total> {
  return (await totals(db, "run", selection)).reduce(add, NOTHING);
}

/** What a run has used up: settled (debt included), still held, and both together, which is what a budget is held against. */
export interface RunSpend {
  readonly settled: NanoUsd;
  readonly held: NanoUsd;
  readonly used: NanoUsd;
  readonly openCalls: number;
}

/** The spend of one run, as of the transaction or connection it is asked through. */
export async function runSpend(db: Kysely<Schema>, runId: string): Promise<RunSpend> {
  const settled = await db
    .selectFrom("ledger")
    .select((e) => e.fn.coalesce(e.fn.sum<number>("nano_usd"), sql<number>`0`).as("sum"))
    .where("run_id", "=", runId)
    .executeTakeFirstOrThrow();
  const held = await db
    .selectFrom("holds")
    .select((e) => [
      e.fn.coalesce(e.fn.sum<number>("nano_usd"), sql<number>`0`).as("sum"),
      e.fn.countAll<number>().as("calls"),
    ])
    .where("run_id", "=", runId)
    .where("closed_at", "is", null)
    .executeTakeFirstOrThrow();
  return {
    settled: nanoUsd(Number(settled.sum)),
    held: nanoUsd(Number(held.sum)),
    used: nanoUsd(Number(settled.sum) + Number(held.sum)),
    openCalls: Number(held.calls),
  };
}

const NOTHING: Total = {
  group: "",
  calls: 0,
  usage: {
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    estimated: false,
  },
  cost: nanoUsd(0),
  estimatedCalls: 0,
  assumedPriceCalls: 0,
  unknownCalls: 0,
  priceVersions: [],
};

function add(a: Total, b: Total): Total {
  return {
    group: "",
    calls: a.calls + b.calls,
    usage: {
      inputTokens: a.usage.inputTokens + b.usage.inputTokens,
      cacheReadTokens: a.usage.cacheReadTokens + b.usage.cacheReadTokens,
      cacheWrite5mTokens: a.usage.cacheWrite5mTokens + b.usage.cacheWrite5mTokens,
      cacheWrite1hTokens: a.usage.cacheWrite1hTokens + b.usage.cacheWrite1hTokens,
      outputTokens: a.usage.outputTokens + b.usage.outputTokens,
      reasoningTokens: a.usage.reasoningTokens + b.usage.reasoningTokens,
      estimated: a.usage.estimated || b.usage.estimated,
    },
    cost: nanoUsd(a.cost + b.cost),
    estimatedCalls: a.estimatedCalls + b.estimatedCalls,
    assumedPriceCalls: a.assumedPriceCalls + b.assumedPriceCalls,
    unknownCalls: a.unknownCalls + b.unknownCalls,
    priceVersions: [...new Set([...a.priceVersions, ...b.priceVersions])].sort(),
  };
}

type GroupExpression = ReturnType<typeof sql<string>>;

async function sums(db: Kysely<Schema>, group: GroupExpression, selection: Selection): Promise<readonly Total[]> {
  const rows = await db
    .selectFrom(perCall(db, group, selection).as("per_call"))
    .groupBy("group")
    .select((e) => [
      "group",
      e.fn.countAll<number>().as("calls"),
      e.fn.sum<number>("input").as("input"),
      e.fn.sum<number>("cache_read").as("cache_read"),
      e.fn.sum<number>("cache_write_5m").as("cache_write_5m"),
      e.fn.sum<number>("cache_write_1h").as("cache_write_1h"),
      e.fn.sum<number>("output").as("output"),
      e.fn.sum<number>("reasoning").as("reasoning"),
      e.fn.sum<number>("cost").as("cost"),
      e.fn.sum<number>("estimated").as("estimated"),
      e.fn.sum<number>("assumed").as("assumed"),
      e.fn.sum<number>("unknown").as("unknown"),
    ])
    .execute();
  const versions = await select(db, selection)
    .select([group.as("group"), "price_version"])
    .distinct()
    .orderBy("price_version")
    .execute();
  return rows
    .map((row): Total => ({
      group: row.group,
      calls: Number(row.calls),
      usage: {
        inputTokens: Number(row.input),
        cacheReadTokens: Number(row.cache_read),
        cacheWrite5mTokens: Number(row.cache_write_5m),
        cacheWrite1hTokens: Number(row.cache_write_1h),
        outputTokens: Number(row.output),
        reasoningTokens: Number(row.reasoning),
        estimated: Number(row.estimated) > 0,
      },
      cost: nanoUsd(Number(row.cost)),
      estimatedCalls: Number(row.estimated),
      assumedPriceCalls: Number(row.assumed),
      unknownCalls: Number(row.unknown),
      priceVersions: versions.filter((version) => version.group === row.group).map((version) => version.price_version),
    }))
    .sort((a, b) => b.cost - a.cost || (a.group < b.group ? -1 : 1));
}

function select(db: Kysely<Schema>, selection: Selection) {
  let query = db.selectFrom("ledger");
  if (selection.runId !== undefined) query = query.where("run_id", "=", selection.runId);
  if (selection.session !== undefined) query = query.where("session_id", "=", selection.session);
  if (selection.since !== undefined) query = query.where("at", ">=", selection.since);
  if (selection.until !== undefined) query = query.where("at", "<", selection.until);
  return query;
}

/** One row a call: its entries together. A correction says what is known now, so it settles what was estimated. */
function perCall(db: Kysely<Schema>, group: GroupExpression, selection: Selection) {
  const corrected = sql`max(case when kind = 'correction' then 1 else 0 end)`;
  return select(db, selection)
    .groupBy([group, "call_key"])
    .select((e) => [
      group.as("group"),
      e.fn.sum<number>("input_tokens").as("input"),
      e.fn.sum<number>("cache_read_tokens").as("cache_read"),
      e.fn.sum<number>("cache_write_5m_tokens").as("cache_write_5m"),
      e.fn.sum<number>("cache_write_1h_tokens").as("cache_write_1h"),
      e.fn.sum<number>("output_tokens").as("output"),
      e.fn.sum<number>("reasoning_tokens").as("reasoning"),
      e.fn.sum<number>("nano_usd").as("cost"),
      sql<number>`case when ${corrected} = 1 then min(usage_estimated) else max(usage_estimated) end`.as("estimated"),
      e.fn.max<number>("price_assumed").as("assumed"),
      sql<number>`case when ${corrected} = 1 then 0 else max(case when kind = 'unknown' then 1 else 0 end) end`.as(
        "unknown",
      ),
    ]);
}
