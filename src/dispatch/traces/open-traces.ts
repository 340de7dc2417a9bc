import type { Clock } from "../../foundation/clock.ts";
import type { RequestTrace, Traces } from "./trace.ts";
import { openTraceFiles } from "./trace-files.ts";
import { isNamed, traceLine } from "./trace-line.ts";

/*
 * Keeps what became of each request: one JSON line a trace, in FOLDER/traces, written beside the requests.
 *
 * Invariants: `note` never waits and never throws; memory is bounded (what does not fit is counted, not kept); a batch is one
 * append, so that several processes write beside each other, and what a killed one left torn spoils no other's line.
 *
 * Rejected: rows in the store (a request would pay for a write of its own, and a trace is read once in a thousand times); a
 * file for each process (short-lived ones would leave thousands).
 */

const BATCH_MS = 250;
/** After a write that failed. */
const AGAIN_MS = 5_000;
/** Lines that wait to be written, in UTF-16 units. */
const MOST_WAITING = 8 * 1024 * 1024;

/**
 * Opens the traces in FOLDER/traces; nothing is touched before the first is noted. A disk that refuses loses nothing until the
 * lines that wait fill their bound; what is dropped then is told by a line of its own. Disposing writes what waits.
 */
export function openTraces(parts: { readonly folder: string; readonly clock: Clock }): Traces {
  const { clock } = parts;
  const files = openTraceFiles(parts.folder);
  const leaving = new AbortController();
  let waiting: string[] = [];
  let underWay: readonly string[] = [];
  let waitingSize = 0;
  let dropped = 0;
  let isPaused = false;
  let writing: Promise<void> | undefined;

  /** Writes what waits; on failure it waits on. */
  async function write(): Promise<void> {
    if (waiting.length === 0 && dropped === 0) return;
    const batch = waiting;
    const size = waitingSize;
    const lost = dropped;
    underWay = batch;
    waiting = [];
    waitingSize = 0;
    dropped = 0;
    const now = clock.now();
    try {
      await files.append(lost === 0 ? batch : [...batch, JSON.stringify({ dropped: lost, at: now })], now);
    } catch {
      waiting = [...batch, ...waiting];
      waitingSize += size;
      dropped += lost;
      isPaused = true;
    }
    underWay = [];
  }

  async function writeLater(): Promise<void> {
    await clock.sleep(isPaused ? AGAIN_MS : BATCH_MS, leaving.signal).catch(() => undefined);
    isPaused = false;
    await write();
    writing = undefined;
    if (waiting.length > 0 && !leaving.signal.aborted) writing = writeLater();
  }

  return {
    note(trace) {
      if (leaving.signal.aborted) return;
      const line = lineOf(trace);
      if (line === undefined || waitingSize + line.length > MOST_WAITING) {
        dropped += 1;
      } else {
        waiting.push(line);
        waitingSize += line.length;
      }
      writing ??= writeLater();
    },
    async find(id) {
      const own = [...underWay, ...waiting].map((line) => JSON.parse(line) as RequestTrace);
      return own.findLast((trace) => isNamed(trace, id)) ?? files.find(id);
    },
    async newest(most) {
      const own = [...underWay, ...waiting].slice(-most).map((line) => JSON.parse(line) as RequestTrace);
      return newestOf([...(await files.newest(most)), ...own], most);
    },
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await writing;
      await write();
    },
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
