import { askGit } from "../listing/git.ts";
import type { Place } from "../listing/find-repository.ts";

/** Further back, changes say little about what will change. */
const COMMITS_LOOKED_AT = 2_000;
const EMPTY: ReadonlyMap<string, number> = new Map();

/**
 * How many of the last 2,000 commits changed each path, under the names of today: a file that was moved as it was keeps
 * its changes. Merges count by their commits. Empty without a history; what is missing in a shallow one is not fetched.
 */
export async function readChurn(place: Place, signal?: AbortSignal): Promise<ReadonlyMap<string, number>> {
  if (place.commit === null) return EMPTY;
  // -M100% compares hashes only: no file of the past is read.
  const log = await askGit(
    place.root,
    [
      "log",
      "-z",
      "--format=%x01",
      "--name-status",
      "-M100%",
      "-l0",
      "-n",
      String(COMMITS_LOOKED_AT),
      place.commit,
      "--",
    ],
    signal,
  );
  return log.ok ? countChanges(log.bytes.toString("utf8")) : EMPTY;
}

/** Counts the changes in the output of `git log -z --format=%x01 --name-status`, the newest commit first. Pure. */
export function countChanges(log: string): ReadonlyMap<string, number> {
  const changes = new Map<string, number>();
  /** What an older name is called today. */
  const today = new Map<string, string>();
  const fields = log.split("\0");
  for (let at = 0; at < fields.length; at++) {
    const status = (fields[at] ?? "").replace(/^[\n\u0001]+/, "");
    if (!/^[A-Z]\d*$/.test(status)) continue;
    const old = fields[++at] ?? "";
    if (status.startsWith("R") || status.startsWith("C")) {
      const named = fields[++at] ?? "";
      if (status.startsWith("R")) today.set(old, today.get(named) ?? named);
      continue;
    }
    const path = today.get(old) ?? old;
    changes.set(path, (changes.get(path) ?? 0) + 1);
    // What was added there is another file than what had the name before.
    if (status === "A") today.delete(old);
  }
  return changes;
}
