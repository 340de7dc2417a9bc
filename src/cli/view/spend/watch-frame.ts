import type { LimitLine } from "../../../app/figures/limits-report.ts";
import { formatCount, formatUsd, nanoUsd } from "../../../foundation/units.ts";
import { durationText } from "../../../throttle/refusal.ts";
import type { Paint } from "../colour.ts";
import { fitLine, fitTable } from "../fit.ts";
import { sparkline } from "./bars.ts";
import { limitTable } from "./limit-lines.ts";

export const MINUTES_SHOWN = 60;

/** What there is to see at one moment. */
export interface Watched {
  /** Epoch ms. */
  readonly at: number;
  readonly session: string | null;
  /** Calls of runs under way, processes that hold leases, and the room that both have set aside. */
  readonly running: {
    readonly holds: number;
    readonly processes: number;
    readonly tokens: number;
    readonly nanoUsd: number;
  };
  readonly limits: readonly LimitLine[];
  /** Nano-dollars and tokens of each of the last 60 minutes, oldest first. */
  readonly spentByMinute: readonly number[];
  readonly tokensByMinute: readonly number[];
  readonly queue: readonly {
    readonly id: string;
    readonly session: string;
    readonly priority: string;
    readonly lane: string;
    readonly waitedMs: number;
  }[];
  readonly events: readonly {
    readonly timestamp: string;
    readonly session: string;
    readonly level: string;
    readonly action: string;
    readonly limit: string;
    readonly reason: string;
  }[];
}

/** One picture, no higher than the screen. Pure. */
export function watchFrame(watched: Watched, form: { paint: Paint; columns: number; rows: number }): string[] {
  const { paint: p, columns } = form;
  const whose = watched.session === null ? "all sessions" : `session ${watched.session}`;
  const spent = nanoUsd(watched.spentByMinute.reduce((sum, value) => sum + value, 0));
  const tokens = watched.tokensByMinute.reduce((sum, value) => sum + value, 0);
  // Where all is free, tokens say what goes on.
  const heights = spent > 0 ? watched.spentByMinute : watched.tokensByMinute;
  const queue = watched.queue.map((call) => [
    call.id,
    call.session,
    call.priority,
    call.lane,
    durationText(call.waitedMs),
  ]);
  const events = watched.events.map((event) => [
    event.timestamp.slice(11),
    event.action,
    event.level,
    event.session,
    event.reason,
  ]);
  const lines = [
    `${p.bold("allot watch")}  ${whose}  ${new Date(watched.at).toISOString().slice(0, 19).replace("T", " ")} UTC`,
    "",
    ...limitTable(watched.limits, { ...form, now: watched.at }),
    "",
    runningLine(watched.running),
    "",
    p.bold(`Last hour: ${formatUsd(spent)}, ${formatCount(tokens)} tokens`),
    p.cyan(sparkline(heights.slice(-Math.min(MINUTES_SHOWN, columns)))),
    "",
    p.bold(queue.length === 0 ? "Queue: empty" : `Queue: ${queue.length}`),
    ...fitTable(queue.slice(0, 5), { columns, indent: "  ", giving: [{ column: 0, least: 8 }] }),
    "",
    p.bold(events.length === 0 ? "No throttle events" : "Throttle events"),
    ...fitTable(events, {
      columns,
      indent: "  ",
      giving: [
        { column: 4, least: 10 },
        { column: 3, least: 6 },
      ],
    }),
  ];
  return lines.slice(0, Math.max(5, form.rows - 1)).map((line) => fitLine(line, columns));
}

function runningLine({ holds, processes, tokens, nanoUsd: held }: Watched["running"]): string {
  if (holds + processes === 0) return "Nothing is under way";
  const count = (of: number, one: string, more: string): string => `${formatCount(of)} ${of === 1 ? one : more}`;
  const who = [
    ...(holds > 0 ? [`${count(holds, "call", "calls")} of runs`] : []),
    ...(processes > 0 ? [count(processes, "process", "processes")] : []),
  ].join(", ");
  return `Held: ${formatUsd(nanoUsd(held))}, ${formatCount(tokens)} tokens (${who})`;
}
