import type { Store } from "../../storage/storage.ts";
import { forgetLessons, keepLesson, readLessons } from "./lesson-store.ts";
import type { Lesson } from "./lesson.ts";

/** Gives the store; called when it is first needed, and again after. */
export type OpenLessons = () => Promise<Store>;

/**
 * The lessons of one user in memory, so that a task is routed without waiting, with what was taught since in it; the
 * store follows. Without a store they last as long as the process.
 */
export class LessonMemory implements AsyncDisposable {
  readonly #open: OpenLessons | undefined;
  readonly #user: string;
  /** Reads and writes go one after the other: a pool of connections would let a later one on the same words overtake. */
  #tail: Promise<void> = Promise.resolve();
  #lessons: readonly Lesson[] = [];

  constructor(open: OpenLessons | undefined, user: string) {
    this.#open = open;
    this.#user = user;
  }

  /** All that count, in no order. */
  get lessons(): readonly Lesson[] {
    return this.#lessons;
  }

  /** Reads what the store has now, others' lessons of this user included; what is taught meanwhile stays. */
  read(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return Promise.resolve();
    const before = new Set(this.#lessons);
    return this.#inTurn(async () => {
      const kept = await readLessons(await open(), this.#user);
      const meanwhile = this.#lessons.filter((lesson) => !before.has(lesson));
      const taught = new Set(meanwhile.map(({ id }) => id));
      this.#lessons = [...meanwhile, ...kept.filter(({ id }) => !taught.has(id))];
    });
  }

  /** Counts at once; resolves once it is in the store. */
  keep(lesson: Lesson): Promise<void> {
    this.#lessons = [lesson, ...this.#lessons.filter(({ id }) => id !== lesson.id)];
    const open = this.#open;
    return open === undefined ? Promise.resolve() : this.#inTurn(async () => keepLesson(await open(), lesson));
  }

  /** Forgets a user's lessons, of one repository or all; answers how many there were. */
  forget(user: string, repo?: string): Promise<number> {
    return this.#inTurn(async () => {
      const before = this.#lessons.length;
      this.#lessons = this.#lessons.filter(
        (lesson) => lesson.user !== user || (repo !== undefined && lesson.repo !== repo),
      );
      return this.#open === undefined ? before - this.#lessons.length : forgetLessons(await this.#open(), user, repo);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(work);
    // Whoever awaits it hears of a failure; dropping it here ends no program.
    this.#tail = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }
}
