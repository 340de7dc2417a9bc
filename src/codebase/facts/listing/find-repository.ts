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
  const said = await askGit(root, ["rev-parse", "--show-toplevel", "HEAD"], signal);
  // Where nothing is committed yet, git says "HEAD" for the commit, and fails.
  const [, found = "", head = ""] = /^(.+)\n([0-9a-f]{40,64}|HEAD)\n$/s.exec(said.bytes.toString("utf8")) ?? [];
  if (found === "") return { root, commit: null, isRepository: false };
  const toplevel = realFolder(found);
  if (toplevel !== root) {
    const ignored = await askGit(toplevel, ["check-ignore", "--quiet", "--", root], signal);
    if (ignored.ok) return { root, commit: null, isRepository: false };
  }
  const commit = head === "HEAD" ? null : head;
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
