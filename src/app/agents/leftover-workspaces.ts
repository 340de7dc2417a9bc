import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { isOwnerGone } from "../../runs/engine/run-lock.ts";
import type { RunRow } from "../../runs/run-store.ts";
import {
  listLeftovers,
  notMerged,
  ownWork,
  removeLeftover,
  type Leftover,
} from "../../workspaces/leftovers/leftovers.ts";
import type { App } from "../app.ts";

/**
 * working: its run is at work; open: its run can be resumed, and may need it; merged: all that was made in it stands in a branch of
 * the user's; empty: nothing was made in it; unmerged: something in it stands nowhere else for certain; unknown: nobody can say.
 */
export type LeftoverState = "working" | "open" | "merged" | "empty" | "unmerged" | "unknown";

export interface JudgedLeftover extends Leftover {
  readonly state: LeftoverState;
  /** For people: what is not merged, or why nobody can say. */
  readonly why: string;
  readonly goal: string;
}

/** Every workspace that runs have left, each with what is proven about it. Reads only. */
export async function judgedLeftovers(app: App): Promise<readonly JudgedLeftover[]> {
  const leftovers = await listLeftovers(app.config.settings.workspaceDir);
  const judged: JudgedLeftover[] = [];
  for (const leftover of leftovers) judged.push(await judge(app, leftover));
  return judged;
}

/**
 * Removes what is proven to be merged or to hold nothing, and what is named (RUN or RUN/COMPONENT), whatever it holds; nothing
 * else, and nothing that a run is at work in. Answers what went. Throws `usage` for a name that there is not, `run-busy`.
 */
export async function cleanLeftovers(
  app: App,
  judged: readonly JudgedLeftover[],
  named: readonly string[],
): Promise<readonly JudgedLeftover[]> {
  for (const name of named) {
    const meant = judged.filter((leftover) => isMeant(leftover, name));
    if (meant.length === 0)
      throw new AllotError("usage", `there is no workspace ${name}; allot workspaces lists them as RUN/COMPONENT`);
    const busy = meant.find(({ state }) => state === "working");
    if (busy !== undefined)
      throw new AllotError("run-busy", `run ${busy.run} is at work in ${busy.dir}; stop it first`);
  }
  const gone = judged.filter(
    (leftover) =>
      leftover.state === "merged" || leftover.state === "empty" || named.some((name) => isMeant(leftover, name)),
  );
  for (const leftover of gone) await removeLeftover(app.config.settings.workspaceDir, leftover);
  return gone;
}

function isMeant({ run, place }: Leftover, name: string): boolean {
  return name === run || name === `${run}/${place}`;
}

async function judge(app: App, leftover: Leftover): Promise<JudgedLeftover> {
  const row = await runOf(app, leftover.run);
  const say = (state: LeftoverState, why: string): JudgedLeftover => ({
    ...leftover,
    state,
    why,
    goal: row?.spec.goal ?? "",
  });
  if (row === undefined) return say("unknown", "no run of that name is known here");
  if (row.owner !== undefined && !isOwnerGone(row.owner, app.clock.now())) return say("working", "its run is at work");
  if (row.state === "planning" || row.state === "planned" || row.state === "running")
    return say("open", `its run is stopped, and can go on: resume ${leftover.run}`);
  const part = row.spec.components?.parts.find(({ name }) => name === leftover.place);
  const work = await ownWork(leftover.dir, part?.folders);
  if (work === undefined) return say("unknown", "its start, or something in it, cannot be read");
  if (work.size === 0) return say("empty", "nothing was made in it");
  try {
    const left = await notMerged(row.spec.repo, row.spec.baseRev, work);
    if (left.length === 0) return say("merged", `its ${count(work.size)} stand in a branch of yours`);
    return say(
      "unmerged",
      `${left.slice(0, 3).join(", ")}${left.length > 3 ? ` and ${left.length - 3} more` : ""} in no branch of yours`,
    );
  } catch (error) {
    if (isAllotError(error)) return say("unknown", `${row.spec.repo} cannot be asked: ${error.message}`);
    throw error;
  }
}

function count(files: number): string {
  return `${files} ${files === 1 ? "file" : "files"}`;
}

async function runOf(app: App, run: string): Promise<RunRow | undefined> {
  return app.runs.get(run).catch((error: unknown) => {
    if (isAllotError(error, "run-not-found")) return undefined;
    throw error;
  });
}
