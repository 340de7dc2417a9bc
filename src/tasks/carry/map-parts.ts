import type { Clock } from "../../foundation/clock.ts";
import type { WorkPart, WorkProgress } from "../work.ts";
import { identityOf, type PartReading, type ReadingParts } from "./reading.ts";
import { readPart } from "./read-part.ts";

export interface MapOptions {
  readonly clock: Clock;
  readonly concurrency: number;
  /** What all of it was expected to take, for the first estimate of what is left. */
  readonly expectedMs: number;
  readonly onProgress: (progress: WorkProgress) => void;
}

/** So many parts in a row that a provider failed at, without one that went well, and the rest is not asked. */
const FAILURES_IN_A_ROW = 3;
const PASSING_FAULTS: ReadonlySet<string> = new Set([
  "provider-overloaded",
  "provider-unreachable",
  "provider-timeout",
  "provider-malformed",
  "provider-rate-limited",
  "provider-cut",
]);

/**
 * Reads parts in their order, several at a time, and tells after each how far it is. What the model or the account cannot do is
 * met once, not by every part. Throws `interrupted` once nothing is under way any more.
 */
export async function mapParts(
  reading: ReadingParts,
  parts: readonly WorkPart[],
  { clock, concurrency, expectedMs, onProgress }: MapOptions,
): Promise<readonly PartReading[]> {
  const readings: (readonly PartReading[])[] = [];
  const startedAt = clock.now();
  let [next, done, failedInARow, wentWell] = [0, 0, 0, false];
  const faults: unknown[] = [];
  const tell = (current: string): void => {
    const tookMs = clock.now() - startedAt;
    const etaMs = done === 0 ? expectedMs : Math.round((tookMs / done) * (parts.length - done));
    onProgress({ done, parts: parts.length, cost: reading.tally.cost, etaMs, current });
  };
  const work = async (): Promise<void> => {
    for (let part = parts[next]; part !== undefined && faults.length === 0; part = parts[next]) {
      const at = next++;
      const got = await readPart(reading, part);
      readings[at] = got;
      done += 1;
      const isFailing = got.some((one) => one.kind === "missed" && PASSING_FAULTS.has(one.code));
      failedInARow = isFailing ? failedInARow + 1 : 0;
      wentWell ||= got.some(({ kind }) => kind === "read");
      const last = got.findLast((one) => one.kind === "missed");
      if (!wentWell && failedInARow >= FAILURES_IN_A_ROW && last?.kind === "missed") {
        reading.learned.stop ??= {
          code: last.code,
          reason: `not asked after ${failedInARow} failures: ${last.reason}`,
        };
      }
      tell(nameOf(part));
    }
  };
  tell(parts[0] === undefined ? "" : nameOf(parts[0]));
  const workers = Array.from({ length: Math.max(1, Math.min(concurrency, parts.length)) }, () =>
    work().catch((error: unknown) => {
      faults.push(error);
    }),
  );
  await Promise.all(workers);
  if (faults.length > 0) throw faults[0];
  return onlyOnce(readings.flat());
}

/** A smaller part may belong to two that were cut. */
function onlyOnce(readings: readonly PartReading[]): readonly PartReading[] {
  const seen = new Set<string>();
  return readings.filter(({ part }) => !seen.has(identityOf(part)) && seen.add(identityOf(part)));
}

/** "src/a.ts and 3 more" */
export function nameOf({ covers }: Pick<WorkPart, "covers">): string {
  const paths = [...new Set(covers.map(({ path }) => path))];
  const [first = "a deleted file"] = paths;
  return paths.length > 1 ? `${first} and ${paths.length - 1} more` : first;
}
