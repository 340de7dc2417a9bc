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
  /** Writes go one after the other: a pool of connections would let a later one on the same words overtake. */
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

  /** Reads what the store has. */
  async read(): Promise<void> {
    if (this.#open === undefined) return;
    const kept = await readLessons(await this.#open(), this.#user);
    const taught = new Set(this.#lessons.map(({ id }) => id));
    this.#lessons = [...this.#lessons, ...kept.filter(({ id }) => !taught.has(id))];
  }

  /** Counts at once; resolves once it is in the store. */
  keep(lesson: Lesson): Promise<void> {
    this.#lessons = [lesson, ...this.#lessons.filter(({ id }) => id !== lesson.id)];
    if (this.#open === undefined) return Promise.resolve();
    const open = this.#open;
    const kept = this.#tail.then(async () => keepLesson(await open(), lesson));
    // Whoever awaits it hears of a failure; dropping it here ends no program.
    this.#tail = kept.catch(() => undefined);
    return kept;
  }

  /** Forgets a user's lessons, of one repository or all; answers how many there were. */
  async forget(user: string, repo?: string): Promise<number> {
    await this.#tail;
    const stays = (lesson: Lesson): boolean => lesson.user !== user || (repo !== undefined && lesson.repo !== repo);
    const before = this.#lessons.length;
    this.#lessons = this.#lessons.filter(stays);
    return this.#open === undefined ? before - this.#lessons.length : forgetLessons(await this.#open(), user, repo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail;
  }
}
