import { changedFiles, wasCommitted } from "../../../../app/work/changed-files.ts";
import type { Codebase } from "../../../../codebase/facts/facts.ts";
import type { Config } from "../../../../config/config.ts";
import { readTarget, type ReadTarget } from "./read-target.ts";

/** Where nothing was named. "changed": what differs from the last commit. */
export type Otherwise = "codebase" | "core-modules" | "bottlenecks" | "changed";

/** What a command is to work on: what was named, else what its kind means. Throws as `readTarget`. */
export async function targetOf(
  { otherwise }: { readonly otherwise: Otherwise },
  { settings }: Config,
  codebase: Codebase,
  positionals: readonly string[],
  cwd: string,
): Promise<ReadTarget> {
  const { root } = codebase;
  const read = await readTarget({ ...settings, positionals }, codebase, cwd, (path) => wasCommitted(root, path));
  if (read !== undefined) return read;
  if (otherwise !== "changed") return { target: { by: otherwise }, notes: [] };
  if (codebase.commit === null) return { target: null, notes: ["there is no commit to compare with: name files"] };
  const files = await changedFiles(root, settings.base);
  if (files.length === 0) return { target: null, notes: ["no file differs from the last commit"] };
  // New files of any kind are among them: what is left out by rule is not named here.
  const known = files.filter((path) => codebase.files.some((file) => file.path === path));
  const notes = files.length === known.length ? [] : [`${files.length - known.length} changed files are left out`];
  return { target: known.length === 0 ? null : { by: "paths", paths: known }, notes };
}
