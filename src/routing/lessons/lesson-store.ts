import { userInfo } from "node:os";
import { AllotError } from "../../foundation/errors.ts";
import { sha256 } from "../../foundation/ids.ts";
import type { Store } from "../../storage/storage.ts";
import { findTaskType } from "../task-type.ts";
import type { TaskType } from "../routing.ts";
import type { Lesson, LessonKind, LessonOwner } from "./lesson.ts";

/** No more lessons than this are read of a user, newest first. */
const MOST_READ = 2_000;
const KINDS: readonly LessonKind[] = ["said", "accepted", "redone", "escalated"];

/** The name of whoever runs this process, under which lessons are kept; "" where the system does not say. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the system's list, as containers have it.
    return "";
  }
}

/** What a lesson says, before it has an id. */
export interface NewLesson extends LessonOwner {
  readonly features: readonly number[];
  readonly type: TaskType;
  readonly agent: string;
  readonly model: string;
  readonly kind: LessonKind;
  readonly at: number;
  /** For outcomes: what ended, "RUN/3"; the same one is kept once. */
  readonly about?: string;
}

/** Gives a lesson its id: the same words of one user and repository are one lesson, and so is what ended. Pure. */
export function lessonOf(lesson: NewLesson): Lesson {
  const { about, ...rest } = lesson;
  const what = about === undefined ? `said:${rest.features.join(",")}` : `ended:${about}:${rest.model}`;
  return { id: sha256(JSON.stringify([rest.user, rest.repo, what])).slice(0, 32), ...rest };
}

/** Keeps a lesson; a later one on the same words takes the place of the earlier one. */
export async function keepLesson(store: Store, lesson: Lesson): Promise<void> {
  const values = {
    user_name: lesson.user,
    repo: lesson.repo,
    features: JSON.stringify(lesson.features),
    task_type: lesson.type,
    agent: lesson.agent,
    model: lesson.model,
    kind: lesson.kind,
    at: lesson.at,
  };
  await store.db
    .insertInto("lessons")
    .values({ id: lesson.id, ...values })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(values))
    .execute();
}

/** A user's newest lessons. Rows that nobody could have written are left out. */
export async function readLessons(store: Store, user: string): Promise<readonly Lesson[]> {
  const rows = await store.db
    .selectFrom("lessons")
    .selectAll()
    .where("user_name", "=", user)
    .orderBy("at", "desc")
    .orderBy("id")
    .limit(MOST_READ)
    .execute();
  return rows.flatMap((row): Lesson[] => {
    const type = findTaskType(row.task_type);
    const kind = KINDS.find((known) => known === row.kind);
    if (type === undefined || kind === undefined) return [];
    const { id, user_name, repo, agent, model, at } = row;
    return [{ id, user: user_name, repo, features: numbers(row.features), type, agent, model, kind, at }];
  });
}

/** Forgets a user's lessons, all or those of one repository; answers how many there were. */
export async function forgetLessons(store: Store, user: string, repo?: string): Promise<number> {
  const all = store.db.deleteFrom("lessons").where("user_name", "=", user);
  const { numDeletedRows } = await (repo === undefined ? all : all.where("repo", "=", repo)).executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

function numbers(text: string): readonly number[] {
  const read: unknown = JSON.parse(text);
  if (Array.isArray(read)) return read.filter((item): item is number => Number.isSafeInteger(item));
  throw new AllotError("storage-unusable", "a lesson's features are no list of numbers");
}
