import type { App } from "../app/app.ts";
import { clip } from "../foundation/table.ts";
import type { Io } from "./command.ts";
import { programName } from "./program-name.ts";

/** More are counted, not named. */
const MOST_NAMED = 3;

/** Says on stderr, in one line, which runs lost their process in mid-work and how to go on with them. */
export async function tellAbandonedRuns(app: App, io: Io): Promise<void> {
  const [first, ...others] = await app.runs.abandoned();
  if (first === undefined) return;
  const more = others.slice(0, MOST_NAMED - 1).map(({ spec }) => spec.id);
  const uncounted = others.length - more.length;
  io.stderr.write(
    others.length === 0
      ? `allot: the process of run ${first.spec.id} (${clip(first.spec.goal, 50)}) died; go on with: ${programName(io.env)} resume ${first.spec.id}\n`
      : `allot: ${others.length + 1} runs lost their process; go on with: ${programName(io.env)} resume ID (${[first.spec.id, ...more].join(", ")}${uncounted > 0 ? ` and ${uncounted} more, see runs` : ""})\n`,
  );
}
