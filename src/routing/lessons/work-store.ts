import type { Store } from "../../storage/storage.ts";
import type { WorkTokens } from "../expected-work.ts";
import { findTaskType } from "../task-type.ts";
import type { TaskType } from "../routing.ts";

/** The newest outcomes that medians are made of. */
const MOST_OUTCOMES = 500;

/**
 * What finished tasks used, by type, newest first: the ledger's tokens of each outcome's task, all its tries and models
 * together. Tasks that used none (exact steps) are left out, as no model was asked.
 */
export async function readWork(store: Store): Promise<Readonly<Partial<Record<TaskType, readonly WorkTokens[]>>>> {
  const outcomes = await store.db
    .selectFrom("outcomes")
    .select(["id", "run_id", "task_type"])
    .where("accepted", "=", 1)
    .orderBy("at", "desc")
    .limit(MOST_OUTCOMES)
    .execute();
  if (outcomes.length === 0) return {};
  const runs = [...new Set(outcomes.map(({ run_id }) => run_id))];
  const spent = await store.db
    .selectFrom("ledger")
    .select(["run_id", "task"])
    .select((of) => [
      of.fn.sum<number>("input_tokens").as("fresh"),
      of.fn.sum<number>("cache_read_tokens").as("read"),
      of.fn.sum<number>("cache_write_5m_tokens").as("short"),
      of.fn.sum<number>("cache_write_1h_tokens").as("long"),
      of.fn.sum<number>("output_tokens").as("output"),
    ])
    .where("run_id", "in", runs)
    .groupBy(["run_id", "task"])
    .execute();
  const work: Partial<Record<TaskType, WorkTokens[]>> = {};
  for (const outcome of outcomes) {
    const type = findTaskType(outcome.task_type);
    const number = outcome.id.slice(outcome.run_id.length + 1);
    // Work done again on a moved base is booked as "3-rebased".
    const own = spent.filter(({ run_id, task }) => run_id === outcome.run_id && task.split("-", 1)[0] === number);
    const inputTokens = own.reduce(
      (sum, row) => sum + Number(row.fresh) + Number(row.read) + Number(row.short) + Number(row.long),
      0,
    );
    const outputTokens = own.reduce((sum, row) => sum + Number(row.output), 0);
    if (type !== undefined && inputTokens + outputTokens > 0) (work[type] ??= []).push({ inputTokens, outputTokens });
  }
  return work;
}
