import type { MiniTask } from "../plan/mini-task.ts";
import type { HostedPlace } from "../run.ts";

/** A mini-task to carry out, and from where. */
export interface TaskWork {
  readonly task: MiniTask;
  /** First part of every step and call key: "3", or "3-rebased" after a conflict, "fix-1" for a fix round. */
  readonly key: string;
  readonly baseRev: string;
  /** Told to the first worker besides the task: what an earlier merge ran into; "" for none. */
  readonly evidence: string;
  /** An agent's session that knows the work already, and the folder that it belongs to. */
  readonly goesOn?: HostedPlace;
}
