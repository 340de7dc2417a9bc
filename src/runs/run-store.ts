import { AllotError } from "../foundation/errors.ts";
import { nanoUsd } from "../foundation/units.ts";
import { keepLesson } from "../routing/lessons/lesson-store.ts";
import type { Lesson } from "../routing/lessons/lesson.ts";
import type { Store } from "../storage/storage.ts";
import { isOwnerGone } from "./engine/run-lock.ts";
import type { RunEvent } from "./events.ts";
import type { RunReport } from "./report/run-report.ts";
import type { PaidCall } from "./report/spend.ts";
import type { RunSpec, RunState } from "./run.ts";

/** One line of `allot runs`. */
export interface RunRow {
  readonly spec: RunSpec;
  readonly state: RunState;
  readonly updatedAt: number;
  readonly exitCode: number | undefined;
  /** Process identity of who works on it, or undefined. */
  readonly owner: string | undefined;
}

export interface TaskRow {
  readonly number: number;
  readonly title: string;
  readonly tier: string;
  readonly state: "integrated" | "conflict" | "escalated" | "skipped";
  readonly round: number;
  /** The run's branch after this task was dealt with. */
  readonly headRev: string;
}

/** A finished task, for later routing: which tier and model got it right, and at what price. */
export interface OutcomeRow {
  readonly repo: string;
  readonly taskType: string;
  readonly tier: string;
  readonly model: string;
  readonly accepted: boolean;
  readonly rounds: number;
  readonly escalated: boolean;
  readonly cost: number;
}

/** The rows of runs: who they are, how far they are, what they told. Every method is one transaction. */
export class RunStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async create(spec: RunSpec): Promise<void> {
    await this.#store.db
      .insertInto("runs")
      .values({
        id: spec.id,
        goal: spec.goal,
        repo: spec.repo,
        state: "planning",
        created_at: spec.createdAt,
        updated_at: spec.createdAt,
        owner: null,
        options: JSON.stringify(spec),
        base_rev: spec.baseRev,
        branch: spec.branch,
        report: null,
        exit_code: null,
      })
      .execute();
  }

  /** Throws `run-not-found`, naming the newest runs there are. */
  async get(id: string): Promise<RunRow> {
    const row = await this.#store.db.selectFrom("runs").selectAll().where("id", "=", id).executeTakeFirst();
    if (row !== undefined) return runRow(row);
    const known = await this.#store.db.selectFrom("runs").select("id").orderBy("created_at", "desc").limit(3).execute();
    const hint =
      known.length === 0 ? "there are no runs yet" : `the newest are ${known.map((run) => run.id).join(", ")}`;
    throw new AllotError("run-not-found", `no run "${id}"; ${hint}`);
  }

  /** Newest first; of one repository where `repo` is given. */
  async list(options: { repo?: string; limit: number }): Promise<RunRow[]> {
    let query = this.#store.db.selectFrom("runs").selectAll().orderBy("created_at", "desc").limit(options.limit);
    if (options.repo !== undefined) query = query.where("repo", "=", options.repo);
    return (await query.execute()).map(runRow);
  }

  /** Unfinished runs whose process died without giving them back, newest first: what can be resumed. */
  async abandoned(): Promise<RunRow[]> {
    const rows = await this.#store.db
      .selectFrom("runs")
      .selectAll()
      .where("owner", "is not", null)
      .where("state", "in", ["planning", "planned", "running"] satisfies RunState[])
      .orderBy("created_at", "desc")
      .execute();
    const now = this.#store.clock.now();
    return rows.map(runRow).filter(({ owner }) => owner !== undefined && isOwnerGone(owner, now));
  }

  async setState(id: string, state: RunState, exitCode?: number): Promise<void> {
    await this.#store.db
      .updateTable("runs")
      .set({ state, updated_at: this.#store.clock.now(), exit_code: exitCode ?? null })
      .where("id", "=", id)
      .execute();
  }

  async setReport(id: string, report: RunReport): Promise<void> {
    await this.#store.db
      .updateTable("runs")
      .set({ report: JSON.stringify(report) })
      .where("id", "=", id)
      .execute();
  }

  async report(id: string): Promise<RunReport | undefined> {
    const row = await this.#store.db.selectFrom("runs").select("report").where("id", "=", id).executeTakeFirst();
    return row === undefined || row.report === null ? undefined : (JSON.parse(row.report) as RunReport);
  }

  /** Writes how a task ended; again with the same values after a crash. */
  async setTask(runId: string, task: TaskRow): Promise<void> {
    const values = {
      title: task.title,
      tier: task.tier,
      state: task.state,
      round: task.round,
      detail: JSON.stringify({ headRev: task.headRev }),
      updated_at: this.#store.clock.now(),
    };
    await this.#store.db
      .insertInto("run_tasks")
      .values({ run_id: runId, number: task.number, ...values })
      .onConflict((conflict) => conflict.columns(["run_id", "number"]).doUpdateSet(values))
      .execute();
  }

  async tasks(runId: string): Promise<TaskRow[]> {
    const rows = await this.#store.db
      .selectFrom("run_tasks")
      .selectAll()
      .where("run_id", "=", runId)
      .orderBy("number")
      .execute();
    return rows.map((row) => ({
      number: row.number,
      title: row.title,
      tier: row.tier,
      state: row.state as TaskRow["state"],
      round: row.round,
      headRev: (JSON.parse(row.detail) as { headRev: string }).headRev,
    }));
  }

  async appendEvent(runId: string, event: RunEvent): Promise<void> {
    await this.#store.transaction(async (trx) => {
      const { last } = await trx
        .selectFrom("run_events")
        .select(({ fn }) => fn.max("seq").as("last"))
        .where("run_id", "=", runId)
        .executeTakeFirstOrThrow();
      await trx
        .insertInto("run_events")
        .values({ run_id: runId, seq: (last ?? 0) + 1, at: this.#store.clock.now(), event: JSON.stringify(event) })
        .execute();
    });
  }

  async events(runId: string): Promise<{ at: number; event: RunEvent }[]> {
    const rows = await this.#store.db
      .selectFrom("run_events")
      .selectAll()
      .where("run_id", "=", runId)
      .orderBy("seq")
      .execute();
    return rows.map(({ at, event }) => ({ at, event: JSON.parse(event) as RunEvent }));
  }

  /** What the run has paid for so far, as the ledger counts it. */
  async paidCalls(runId: string): Promise<PaidCall[]> {
    const rows = await this.#store.db
      .selectFrom("ledger")
      .leftJoin("calls", "calls.key", "ledger.call_key")
      .select(["ledger.task", "ledger.phase", "ledger.tier", "ledger.model", "ledger.kind", "ledger.price_version"])
      // Calls that an agent program makes have no row of their own there; they come with its work.
      .select(["calls.purpose", "calls.state"])
      .select([
        "ledger.input_tokens",
        "ledger.cache_read_tokens",
        "ledger.cache_write_5m_tokens",
        "ledger.cache_write_1h_tokens",
      ])
      .select(["ledger.output_tokens", "ledger.reasoning_tokens", "ledger.usage_estimated", "ledger.nano_usd"])
      .where("ledger.run_id", "=", runId)
      .orderBy(({ fn }) => fn.coalesce("calls.intent_at", "ledger.at"))
      .orderBy("ledger.sequence")
      .execute();
    return rows.map((row) => ({
      task: row.task,
      phase: row.phase,
      tier: row.tier,
      model: row.model,
      purpose: row.purpose ?? "work",
      state: (row.state as PaidCall["state"] | null) ?? (row.kind === "unknown" ? "unknown" : "done"),
      usage: {
        inputTokens: row.input_tokens,
        cacheReadTokens: row.cache_read_tokens,
        cacheWrite5mTokens: row.cache_write_5m_tokens,
        cacheWrite1hTokens: row.cache_write_1h_tokens,
        outputTokens: row.output_tokens,
        reasoningTokens: row.reasoning_tokens,
        estimated: row.usage_estimated === 1,
      },
      cost: nanoUsd(row.nano_usd),
      ...(row.price_version === "covered" ? { covered: true } : {}),
    }));
  }

  async recordOutcome(runId: string, number: number, outcome: OutcomeRow): Promise<void> {
    await this.#store.db
      .insertInto("outcomes")
      .values({
        id: `${runId}/${number}`,
        run_id: runId,
        repo: outcome.repo,
        task_type: outcome.taskType,
        tier: outcome.tier,
        model: outcome.model,
        accepted: outcome.accepted ? 1 : 0,
        rounds: outcome.rounds,
        escalated: outcome.escalated ? 1 : 0,
        cost_nano_usd: outcome.cost,
        at: this.#store.clock.now(),
      })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
  }

  /** Keeps what a model's end with a task teaches the delegator; the same end once. */
  async recordLesson(lesson: Lesson): Promise<void> {
    await keepLesson(this.#store, lesson);
  }

  /** Share of a model's tasks that were accepted at once, with how many are known. */
  async successRate(model: string): Promise<{ known: number; rate: number }> {
    const rows = await this.#store.db
      .selectFrom("outcomes")
      .select(["accepted", "rounds"])
      .where("model", "=", model)
      .execute();
    const atOnce = rows.filter(({ accepted, rounds }) => accepted === 1 && rounds === 1).length;
    return { known: rows.length, rate: rows.length === 0 ? 0 : atOnce / rows.length };
  }
}

function runRow(row: {
  state: string;
  updated_at: number;
  options: string;
  owner: string | null;
  exit_code: number | null;
}): RunRow {
  return {
    spec: JSON.parse(row.options) as RunSpec,
    state: row.state as RunState,
    updatedAt: row.updated_at,
    exitCode: row.exit_code ?? undefined,
    owner: row.owner ?? undefined,
  };
}
