import { createLogUpdate } from "log-update";
import { limitReport } from "../../../app/figures/limits-report.ts";
import { openConfiguredStore } from "../../../app/store.ts";
import type { Config } from "../../../config/config.ts";
import { systemClock } from "../../../foundation/clock.ts";
import type { Store } from "../../../storage/storage.ts";
import { minuteOf } from "../../../throttle/windows.ts";
import type { Command, Io } from "../../command.ts";
import { isColoured, loadCommandConfig } from "../../load-command-config.ts";
import { paint } from "../../view/colour.ts";
import { columnsOf } from "../../view/fit.ts";
import { MINUTES_SHOWN, type Watched, watchFrame } from "../../view/spend/watch-frame.ts";
import { waitingCalls } from "./queue.ts";

const TICK_MS = 1000;
const EVENTS_SHOWN = 5;

/** `allot watch`: limits, spend, queue and events as they are, every second. */
export const watchCommand: Command = {
  name: "watch",
  summary: "a live view of limits, spend, queue and throttle events; q or Ctrl-C leaves",
  positionals: "",
  options: ["session", "once", "db", "json"],
  optionTexts: { session: "only the limits of this session", json: "one JSON object a second" },
  examples: [
    { command: "allot watch", shows: "everything, redrawn each second" },
    { command: "allot watch --once", shows: "one picture" },
    { command: "allot watch --json", shows: "one JSON object a second, for programs" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    await using store = await openConfiguredStore(config, systemClock);
    const form = { paint: paint(isColoured(config, io)), columns: columnsOf(io), rows: io.stdout.rows ?? 40 };
    const redraws =
      io.stdout.isTTY === true && io.env["TERM"] !== "dumb" && !config.settings.json && !config.settings.once;
    const draw = redraws ? createLogUpdate(io.stdout as NodeJS.WriteStream, { showCursor: true }) : undefined;
    using leaving = leavingKeys(io, redraws);
    let told = "";
    for (;;) {
      const watched = await look(store, config);
      const text = config.settings.json ? JSON.stringify(watched) : watchFrame(watched, form).join("\n");
      // Without a terminal a picture is worth its lines only when something has changed.
      const changed = JSON.stringify({ ...watched, at: 0 }) !== told;
      told = JSON.stringify({ ...watched, at: 0 });
      if (draw !== undefined) draw(text);
      else if (config.settings.json || changed) io.stdout.write(`${text}\n`);
      if (config.settings.once) return 0;
      const left = await systemClock.sleep(TICK_MS, leaving.signal).then(
        () => false,
        () => true,
      );
      if (left) return 0;
    }
  },
};

async function look(store: Store, config: Config): Promise<Watched> {
  const at = systemClock.now();
  const session = config.origins.session.kind === "flag" ? config.settings.session : undefined;
  const key = session === undefined ? "global:" : `session:${session}`;
  const first = minuteOf(at) - MINUTES_SHOWN + 1;
  const minutes = await store.db
    .selectFrom("use_minutes")
    .select(["minute", "nano_usd", "tokens"])
    .where("scope_key", "=", key)
    .where("minute", ">=", first)
    .execute();
  const events = await store.db
    .selectFrom("throttle_events")
    .selectAll()
    .orderBy("at", "desc")
    .limit(EVENTS_SHOWN)
    .execute();
  const spent = Array.from({ length: MINUTES_SHOWN }, () => 0);
  const tokens = Array.from({ length: MINUTES_SHOWN }, () => 0);
  for (const row of minutes) {
    spent[row.minute - first] = row.nano_usd;
    tokens[row.minute - first] = row.tokens;
  }
  const queue = (await waitingCalls(store)).map(({ id, session_id, priority, lane, entered_at }) => ({
    id,
    session: session_id,
    priority,
    lane,
    waitedMs: at - entered_at,
  }));
  return {
    at,
    session: session ?? null,
    running: await openCalls(store, key),
    limits: (await limitReport(store, config, session)).limits,
    spentByMinute: spent,
    tokensByMinute: tokens,
    queue,
    events: events.map(({ timestamp, session_id, level, action, limit_name, reason }) => ({
      timestamp,
      session: session_id,
      level,
      action,
      limit: limit_name,
      reason,
    })),
  };
}

/** Room that is set aside: holds of runs' calls, and what processes have leased for theirs. */
async function openCalls(store: Store, scopeKey: string): Promise<Watched["running"]> {
  const sums = ["hold_scopes", "leases"] as const;
  const [holds, leases] = await Promise.all(
    sums.map(async (table) =>
      store.db
        .selectFrom(table)
        .select((e) => [
          e.fn.countAll<number>().as("count"),
          e.fn.sum<number | null>("tokens").as("tokens"),
          e.fn.sum<number | null>("nano_usd").as("nanoUsd"),
        ])
        .where("scope_key", "=", scopeKey)
        .executeTakeFirstOrThrow(),
    ),
  );
  return {
    holds: Number(holds?.count ?? 0),
    processes: Number(leases?.count ?? 0),
    tokens: Number(holds?.tokens ?? 0) + Number(leases?.tokens ?? 0),
    nanoUsd: Number(holds?.nanoUsd ?? 0) + Number(leases?.nanoUsd ?? 0),
  };
}

interface Leaving extends Disposable {
  readonly signal: AbortSignal;
}

/** Aborted by Ctrl-C, and by q on a terminal. */
function leavingKeys(io: Io, reads: boolean): Leaving {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  io.signal.addEventListener("abort", end, { once: true });
  const stdin = io.stdin as NodeJS.ReadStream;
  const keys = reads && io.stdin.isTTY === true && typeof stdin.setRawMode === "function";
  // Raw: a key counts without Enter; Ctrl-C is then a key too.
  const onKey = (key: Buffer): void => {
    if (["q", "Q", "\u0003", "\u001b"].includes(key.toString())) end();
  };
  if (keys) {
    stdin.setRawMode(true);
    stdin.on("data", onKey);
    stdin.resume();
  }
  return {
    signal: stop.signal,
    [Symbol.dispose]() {
      io.signal.removeEventListener("abort", end);
      if (!keys) return;
      stdin.off("data", onKey);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
