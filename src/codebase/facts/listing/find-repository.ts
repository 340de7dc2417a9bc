import { realpathSync, statSync } from "node:fs";
import { AllotError } from "../../../foundation/errors.ts";
import { askGit } from "./git.ts";

/** Where a codebase begins, and at which commit it is. */
export interface Place {
  /** Absolute, without links. */
  readonly root: string;
  /** Null where there is no repository, or nothing is committed yet. */
  readonly commit: string | null;
  readonly isRepository: boolean;
}

/**
 * The root of the repository that `folder` is in; the folder itself where it is in none, where that one ignores it, or
 * where there is no git that will read it. Throws `file-not-found` where there is no such folder.
 */
export async function findRepository(folder: string, signal?: AbortSignal): Promise<Place> {
  const root = realFolder(folder);
  const [top, head] = await Promise.all([
    askGit(root, ["rev-parse", "--show-toplevel"], signal),
    askGit(root, ["rev-parse", "--verify", "--quiet", "HEAD"], signal),
  ]);
  const found = top.bytes.toString("utf8").replace(/\n$/, "");
  if (!top.ok || found === "") return { root, commit: null, isRepository: false };
  const toplevel = realFolder(found);
  if (toplevel !== root) {
    const ignored = await askGit(toplevel, ["check-ignore", "--quiet", "--", root], signal);
    if (ignored.ok) return { root, commit: null, isRepository: false };
  }
  const commit = head.ok ? head.bytes.toString("latin1").trim() : null;
  return { root: toplevel, commit, isRepository: true };
}

function realFolder(folder: string): string {
  try {
    const real = realpathSync.native(folder);
    if (statSync(real).isDirectory()) return real;
  } catch (cause) {
    throw new AllotError("file-not-found", `there is no folder ${JSON.stringify(folder)} to read code from`, { cause });
  }
  throw new AllotError("file-not-found", `${JSON.stringify(folder)} is no folder; code is read from folders`);
}
