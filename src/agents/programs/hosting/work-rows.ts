import type { Selectable } from "kysely";
import { AllotError } from "../../../foundation/errors.ts";
import { canonicalJson, sha256 } from "../../../foundation/ids.ts";
import type { AgentWorksTable } from "../../../storage/schema.ts";
import type { Store } from "../../../storage/storage.ts";
import type { AgentEvent, AgentUsage } from "../program.ts";
import { NO_USAGE } from "../usage.ts";
import type { HostedWork } from "./hosted-work.ts";

/*
 * The record of hosted work. A row moves intent -> launched -> over, paused or unknown; every move is a compare-and-set on state,
 * life and host. paused and launched go back to intent with the next life.
 */

export type WorkRow = Selectable<AgentWorksTable>;

/** Longest text of an event that is kept. */
const KEPT_TEXT = 20_000;

/** Tells tasks apart. The environment is not part of it: it may hold secrets, and change between two lives. Pure. */
export function taskHash({ agent, task, gateway = "gateway" }: HostedWork): string {
  const { prompt, cwd, resume = null, model = null, sandbox } = task;
  return sha256(canonicalJson({ agent, prompt, cwd, resume, model, sandbox, gateway }));
}

/** Writes the intent, or answers the row that stands there. Throws `call-key-reused`. */
export async function openWork(store: Store, work: HostedWork): Promise<WorkRow> {
  const hash = taskHash(work);
  const now = store.clock.now();
  await store.db
    .insertInto("agent_works")
    .values({
      key: work.key,
      agent: work.agent,
      task_hash: hash,
      run_id: work.terms.run ?? "",
      session_id: work.terms.session,
      way: work.gateway ?? "gateway",
      state: "intent",
      life: 1,
      host: null,
      process: null,
      agent_session: work.task.resume ?? null,
      hold_key: null,
      wants_stop: 0,
      usage: null,
      earlier_usage: null,
      outcome: null,
      opened_at: now,
      seen_at: now,
    })
    .onConflict((c) => c.column("key").doNothing())
    .execute();
  const row = await readWork(store, work.key);
  if (row === undefined) return openWork(store, work);
  if (row.task_hash === hash) return row;
  throw new AllotError(
    "call-key-reused",
    `work ${work.key} was given with another task (hash ${row.task_hash.slice(0, 12)}, now ${hash.slice(0, 12)}); a changed task needs a new key`,
    { details: { key: work.key } },
  );
}

/** Undefined where nothing was begun under the key, or what was is forgotten. */
export function readWork(store: Store, key: string): Promise<WorkRow | undefined> {
  return store.db.selectFrom("agent_works").selectAll().where("key", "=", key).executeTakeFirst();
}

/** Changes a row if it still stands where it was read; answers whether it did. */
export async function moveWork(
  store: Pick<Store, "db">,
  row: Pick<WorkRow, "key" | "state" | "life" | "host">,
  columns: Partial<WorkRow>,
): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable("agent_works")
    .set(columns)
    .where("key", "=", row.key)
    .where("state", "=", row.state)
    .where("life", "=", row.life)
    .where((e) => (row.host === null ? e("host", "is", null) : e("host", "=", row.host)))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Asks the host, if there is one, to stop the agent. */
export async function askToStop(store: Store, key: string): Promise<void> {
  await store.db
    .updateTable("agent_works")
    .set({ wants_stop: 1 })
    .where("key", "=", key)
    .where("state", "in", ["intent", "launched"])
    .execute();
}

/** Adds events of one life; `from` is the number of the first. */
export async function noteEvents(
  store: Store,
  { key, life }: Pick<WorkRow, "key" | "life">,
  from: number,
  events: readonly AgentEvent[],
): Promise<void> {
  const at = store.clock.now();
  await store.db
    .insertInto("agent_work_events")
    .values(
      events.map((event, place) => ({ key, seq: from + place, life, event: JSON.stringify(shortened(event)), at })),
    )
    .execute();
}

/** The events after a number, in order. */
export async function eventsAfter(
  store: Store,
  key: string,
  seq: number,
): Promise<readonly { readonly seq: number; readonly event: AgentEvent }[]> {
  const rows = await store.db
    .selectFrom("agent_work_events")
    .select(["seq", "event"])
    .where("key", "=", key)
    .where("seq", ">", seq)
    .orderBy("seq")
    .execute();
  return rows.map((row) => ({ seq: row.seq, event: JSON.parse(row.event) as AgentEvent }));
}

/** The number of the last event; 0 where there is none. */
export async function lastEvent(store: Store, key: string): Promise<number> {
  const row = await store.db
    .selectFrom("agent_work_events")
    .select((e) => e.fn.max("seq").as("last"))
    .where("key", "=", key)
    .executeTakeFirst();
  return Number(row?.last ?? 0);
}

export function usageIn(text: string | null): AgentUsage {
  return text === null ? NO_USAGE : (JSON.parse(text) as AgentUsage);
}

function shortened(event: AgentEvent): AgentEvent {
  if (event.kind === "text" && event.text.length > KEPT_TEXT)
    return { ...event, text: `${event.text.slice(0, KEPT_TEXT)}…` };
  if (event.kind === "command" && event.command.length > KEPT_TEXT)
    return { ...event, command: `${event.command.slice(0, KEPT_TEXT)}…` };
  return event;
}
