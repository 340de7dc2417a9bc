import type { TaskType } from "../routing.ts";

/*
 * What was learnt of tasks: what users said about where they belong, and what became of them. A lesson holds hashed
 * features, never the text. Each belongs to one user and one repository.
 *
 * Invariants: what a lesson moves is bounded and said in the reasons; only what the user said moves a type, and a
 * repository's outcomes move nothing but the choice of model in that repository, and only to the user's own dear model.
 * So what stands in a stranger's repository teaches nothing elsewhere, and nothing cheaper anywhere.
 * Rejected: training the detector's weights on (nobody could read why, or take it back).
 */
export interface Lesson {
  readonly id: string;
  readonly user: string;
  /** The repository's path; "" where there is none. */
  readonly repo: string;
  readonly features: readonly number[];
  readonly type: TaskType;
  readonly agent: string;
  /** The provider's own name. */
  readonly model: string;
  readonly kind: LessonKind;
  /** Epoch ms. */
  readonly at: number;
}

/** said: by the user. accepted: at once. redone: accepted after more than one try. escalated: another model or the user had to. */
export type LessonKind = "said" | "accepted" | "redone" | "escalated";

/** Whose lessons count. */
export interface LessonOwner {
  readonly user: string;
  readonly repo: string;
}
