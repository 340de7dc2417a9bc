import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { formatUsd, nanoUsd } from "../../../foundation/units.ts";
import type { QueueTable } from "../../../storage/schema.ts";
import type { Store } from "../../../storage/storage.ts";
import { durationText } from "../../../throttle/refusal.ts";
import { PRIORITIES } from "../../../throttle/throttle.ts";
import type { Command } from "../../command.ts";
import { openExistingStore } from "../../existing-store.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { columnsOf, fitTable } from "../../view/fit.ts";

/** `allot queue`: the calls that wait, in all processes. */
export const queueCommand: Command = {
  name: "queue",
  summary: "the calls that wait for room: whose, since when, why",
  positionals: "",
  options: ["db", "json"],
  examples: [
    { command: "allot queue", shows: "what waits in all processes that share the store" },
    { command: "allot queue cancel call-17", shows: "takes a call out of the queue" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using store = await openExistingStore(config);
    const waiting = store === undefined ? [] : await waitingCalls(store);
    const now = systemClock.now();
    if (config.settings.json) {
      const queue = waiting.map((row, index) => ({ position: index + 1, ...shown(row, now) }));
      io.stdout.write(`${JSON.stringify({ queue })}\n`);
      return 0;
    }
    if (waiting.length === 0) {
      io.stdout.write("nothing waits\n");
      return 0;
    }
    io.stdout.write(`${queueTable(waiting, now, columnsOf(io)).join("\n")}\n`);
    return 0;
  },
};

/** By priority, then by arrival; sessions take turns when they are let go. */
export async function waitingCalls(store: Store): Promise<readonly QueueTable[]> {
  const rows = await store.db
    .selectFrom("queue")
    .selectAll()
    .where("state", "=", "waiting")
    .where("left_at", "is", null)
    .orderBy("entered_at")
    .execute();
  const rank = (row: QueueTable): number => PRIORITIES.findIndex((priority) => priority === row.priority);
  return rows.toSorted((a, b) => rank(b) - rank(a));
}

/** Waiting calls as an aligned table. Pure. */
export function queueTable(rows: readonly QueueTable[], now: number, columns: number): string[] {
  const header = ["call", "session", "priority", "lane", "waits", "until", "may cost", "why"];
  const cells = rows.map((row) => [
    row.id,
    row.session_id,
    row.priority,
    row.lane,
    durationText(Math.max(0, now - row.entered_at)),
    row.deadline_at === null ? "" : durationText(Math.max(0, row.deadline_at - now)),
    formatUsd(nanoUsd(row.nano_usd)),
    row.limit_name === "" ? `a place in its lane` : `${row.level} of ${row.limit_name}`,
  ]);
  return fitTable([header, ...cells], {
    columns,
    align: ["left", "left", "left", "left", "right", "right", "right", "left"],
    giving: [
      { column: 7, least: 12 },
      { column: 0, least: 10 },
      { column: 1, least: 8 },
      { column: 7, least: 0 },
    ],
  });
}

function shown(row: QueueTable, now: number) {
  return {
    id: row.id,
    session: row.session_id,
    run: row.run_id,
    priority: row.priority,
    lane: row.lane,
    model: row.model,
    level: row.level,
    limit: row.limit_name,
    tokens: row.tokens,
    usd: row.nano_usd / 1e9,
    entered_at: new Date(row.entered_at).toISOString(),
    waited_ms: now - row.entered_at,
    deadline_at: row.deadline_at === null ? null : new Date(row.deadline_at).toISOString(),
  };
}

/** `allot queue cancel`: takes a call out; who waits for it is told so. */
export const queueCancelCommand: Command = {
  name: "queue cancel",
  summary: "takes a waiting call out of the queue",
  positionals: "CALL",
  options: ["db", "json"],
  examples: [{ command: "allot queue cancel call-17", shows: "the call is refused to whoever waits for it" }],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const [id] = input.positionals;
    if (id === undefined)
      throw new AllotError("usage", "queue cancel needs the call's name, as `allot queue` lists it");
    await using store = await openExistingStore(config);
    const changed = await store?.db
      .updateTable("queue")
      .set({ state: "cancelled", left_at: systemClock.now() })
      .where("id", "=", id)
      .where("state", "=", "waiting")
      .executeTakeFirst();
    if (Number(changed?.numUpdatedRows ?? 0n) === 0) {
      throw new AllotError("usage", `no call ${id} waits; \`allot queue\` lists those that do`);
    }
    io.stdout.write(config.settings.json ? `${JSON.stringify({ cancelled: id })}\n` : `${id} is out of the queue\n`);
    return 0;
  },
};
