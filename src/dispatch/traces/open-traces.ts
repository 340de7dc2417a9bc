import type { Clock } from "../../foundation/clock.ts";
import { openLineWriter } from "./line-writer.ts";
import type { RequestTrace, Traces } from "./trace.ts";
import { openTraceFiles } from "./trace-files.ts";
import { isNamed, traceLine } from "./trace-line.ts";

/*
 * Keeps what became of each request: one JSON line a trace, in FOLDER/traces, written beside the requests.
 *
 * Invariants: `note` never waits and never throws; memory is bounded (what does not fit is counted, not kept); a batch is one
 * write, so that several processes append beside each other, and what a killed one left torn spoils no other's line.
 *
 * Rejected: rows in the store (a request would pay for a write of its own, and a trace is read once in a thousand times); a
 * file for each process (short-lived ones would leave thousands).
 */

/**
 * Opens the traces in FOLDER/traces; nothing is touched before the first is noted. They are kept for seven days and 256 MB. A
 * disk that refuses loses nothing until the lines that wait fill their bound; what is dropped then is told by a line of its
 * own. Disposing writes what waits.
 */
export function openTraces({ folder, clock }: { readonly folder: string; readonly clock: Clock }): Traces {
  const files = openTraceFiles(folder);
  const lines = openLineWriter(files.append, clock);
  const own = (most = Infinity): readonly RequestTrace[] =>
    lines
      .unwritten()
      .slice(-most)
      .map((line) => JSON.parse(line) as RequestTrace);
  return {
    note: (trace) => lines.add(lineOf(trace)),
    find: async (id) => own().findLast((trace) => isNamed(trace, id)) ?? files.find(id),
    newest: async (most) => newestOf([...(await files.newest(most)), ...own(most)], most),
    [Symbol.asyncDispose]: () => lines.close(),
  };
}

/** A trace that cannot be put into words (a circle, a big integer) is no reason to end a request. */
function lineOf(trace: RequestTrace): string | undefined {
  try {
    return traceLine(trace);
  } catch {
    return undefined;
  }
}

/** Each once, newest first. */
function newestOf(traces: readonly RequestTrace[], most: number): readonly RequestTrace[] {
  const byId = new Map(traces.map((trace) => [trace.id, trace]));
  return [...byId.values()].sort((a, b) => b.at - a.at).slice(0, most);
}
