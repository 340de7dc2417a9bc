import type { Catalog } from "../catalog/catalog.ts";
import { SEEDS_LIST } from "../catalog/seeds-prices.ts";
import type { RouteSettings } from "../config/route-settings.ts";
import type { Clock } from "../foundation/clock.ts";
import type { NanoUsd } from "../foundation/units.ts";
import type { Store } from "../storage/storage.ts";
import { askType, type AskModel } from "./ask-type.ts";
import { delegate, type DelegationWishes, type RoutingFacts } from "./delegate.ts";
import { openDetector } from "./detector/detector.ts";
import { EXPECTED_WORK, withMeasured } from "./expected-work.ts";
import { forgetLessons, keepLesson, lessonOf, readLessons } from "./lessons/lesson-store.ts";
import type { Lesson, LessonOwner } from "./lessons/lesson.ts";
import { textFeatures } from "./lessons/text-features.ts";
import { readWork } from "./lessons/work-store.ts";
import { routeTable, type ResolveModel, type RouteTable } from "./route-table.ts";
import type { Delegation, Detection, TaskType } from "./routing.ts";
import { taskTypeOf } from "./task-type.ts";

export interface DelegatorOptions {
  readonly catalog: Catalog;
  readonly clock: Clock;
  /** `Config.routes`; the guide's table where absent. */
  readonly routes?: RouteSettings;
  /** Where lessons and outcomes are; without one nothing is learnt. It is not closed with the delegator. */
  readonly store?: Store;
  /** False: lessons neither count nor are kept. */
  readonly learn?: boolean;
  /** Whose lessons, where a call says nothing else. */
  readonly owner?: LessonOwner;
  /** `Settings.prices`: with the guide's list its names mean the models of that time. */
  readonly priceList?: string;
  /** The cheap model that is asked where the table says so. */
  readonly ask?: AskModel;
  /** Another detector than the shipped one. */
  readonly detector?: { detect(text: string): Detection };
}

/** As `DelegationWishes`, the type in any case ("CODING", "docs"), also by the guide's name. */
export interface DelegateOptions extends Omit<DelegationWishes, "taskType" | "previous" | "asked"> {
  readonly taskType?: string;
  readonly task_type?: string;
  readonly previous?: string | Pick<Delegation, "type" | "confidence">;
}

/** A delegation with its figures at hand. */
export interface DelegatedTask extends Delegation {
  readonly expectedCost: NanoUsd;
  /** Against the premium model, 0 to 1. */
  readonly saving: number;
}

/**
 * Routes tasks, and learns. `delegateTask` answers at once, from what was read when it was opened (`ready`) and taught
 * since; `close` waits until all that was taught is kept.
 */
export interface Delegator extends AsyncDisposable {
  readonly table: RouteTable;
  /** Resolves once lessons and outcomes are read; rejects where the store cannot be. */
  readonly ready: Promise<void>;
  /** Throws `usage` for an unknown type. A type that is stated is remembered for texts like this one. */
  delegateTask(text: string, options?: DelegateOptions): DelegatedTask;
  /** The same, by the guide's name. */
  delegate_task(text: string, options?: DelegateOptions): DelegatedTask;
  /** As `delegateTask`, once lessons are read; where the words leave it open, `ask` is asked (or what it was opened with). */
  delegateWith(text: string, options?: DelegateOptions, ask?: AskModel): Promise<DelegatedTask>;
  /** Remembers what a text is; answers false where learning is off. */
  teach(text: string, type: string, owner?: Partial<LessonOwner>): Promise<boolean>;
  /** What was learnt of and for a user, newest first. */
  lessons(user?: string): readonly Lesson[];
  /** Forgets a user's lessons, of one repository or all; answers how many. */
  forget(owner?: Partial<LessonOwner>): Promise<number>;
}

/** What the guide's names meant when it was written; its price list has no other Haiku. */
const MODELS_OF_2025: Readonly<Record<string, string>> = { haiku: "claude-3-5-haiku-20241022" };
const NOTE_OF_2025 = "Prices are those of October 2025 (seeds 002), where the guide (seeds 004) says 80% for Haiku.";

/**
 * Opens the delegator. Without a store it is ready at once; with one it starts reading.
 * Throws `config-invalid` for routes that cannot be.
 */
export function openDelegator(options: DelegatorOptions): Delegator {
  const { catalog, clock, store, learn = true, owner = { user: "", repo: "" } } = options;
  const detector = options.detector ?? openDetector();
  const old = options.priceList === SEEDS_LIST;
  const resolve: ResolveModel = (name) => catalog.resolve((old ? MODELS_OF_2025[name] : undefined) ?? name);
  const table = routeTable(options.routes ?? { user: null, project: null, program: null }, resolve);
  let lessons: readonly Lesson[] = [];
  let work = EXPECTED_WORK;
  const pending = new Set<Promise<void>>();
  const ready = read();
  // Whoever awaits it hears of a failure; a program that never does is not ended by it.
  ready.catch(() => undefined);

  async function read(): Promise<void> {
    if (store === undefined) return;
    if (learn) {
      const kept = await readLessons(store, owner.user);
      const own = new Set(lessons.map(({ id }) => id));
      lessons = [...lessons, ...kept.filter(({ id }) => !own.has(id))];
    }
    work = withMeasured(EXPECTED_WORK, await readWork(store));
  }

  const facts = (): RoutingFacts => ({
    detector,
    table,
    catalog,
    resolve,
    work,
    lessons: learn ? lessons : [],
    now: clock.now(),
    ...(old ? { priceNote: NOTE_OF_2025 } : {}),
  });

  function wishesOf({ taskType, task_type, previous, ...rest }: DelegateOptions): DelegationWishes {
    const stated = taskType ?? task_type;
    return {
      ...owner,
      ...rest,
      ...(stated === undefined ? {} : { taskType: taskTypeOf(stated, "taskType") }),
      ...(previous === undefined
        ? {}
        : { previous: typeof previous === "string" ? taskTypeOf(previous, "previous") : previous }),
    };
  }

  function remember(text: string, type: TaskType, whose: LessonOwner): Promise<void> | undefined {
    const features = textFeatures(text);
    if (!learn || features.length === 0) return undefined;
    const { agent, model } = table.rows[type];
    const said = { ...whose, features, type, agent, model: resolve(model).id, kind: "said", at: clock.now() } as const;
    const lesson = lessonOf(said);
    lessons = [lesson, ...lessons.filter(({ id }) => id !== lesson.id)];
    if (store === undefined) return undefined;
    const kept = keepLesson(store, lesson);
    pending.add(kept);
    void kept.finally(() => pending.delete(kept)).catch(() => undefined);
    return kept;
  }

  function delegateTask(text: string, given: DelegateOptions = {}): DelegatedTask {
    const wishes = wishesOf(given);
    const answer = delegate(text, facts(), wishes);
    if (wishes.taskType !== undefined) void remember(text, wishes.taskType, ownerOf(wishes));
    return withFigures(answer);
  }

  const ownerOf = (whose: Partial<LessonOwner> = {}): LessonOwner => ({
    user: whose.user ?? owner.user,
    repo: whose.repo ?? owner.repo,
  });

  return {
    table,
    ready,
    delegateTask,
    delegate_task: delegateTask,
    async delegateWith(text, given = {}, ask = options.ask) {
      await ready;
      const first = delegateTask(text, given);
      if (first.decision !== "premium" || table.unsure !== "ask-model" || ask === undefined) return first;
      const asked = await askType(text, ask);
      return asked === undefined ? first : withFigures(delegate(text, facts(), { ...wishesOf(given), asked }));
    },
    async teach(text, type, whose) {
      if (!learn) return false;
      await remember(text, taskTypeOf(type, "type"), ownerOf(whose));
      return true;
    },
    lessons: (user = owner.user) => lessons.filter((lesson) => lesson.user === user).toSorted((a, b) => b.at - a.at),
    async forget(whose) {
      await Promise.all(pending);
      const { user } = ownerOf(whose);
      const isForgotten = (lesson: Lesson): boolean =>
        lesson.user === user && (whose?.repo === undefined || lesson.repo === whose.repo);
      const inMemory = lessons.filter(isForgotten).length;
      lessons = lessons.filter((lesson) => !isForgotten(lesson));
      return store === undefined ? inMemory : await forgetLessons(store, user, whose?.repo);
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([ready, ...pending]);
    },
  };
}

function withFigures(delegation: Delegation): DelegatedTask {
  return { ...delegation, expectedCost: delegation.expected.cost, saving: delegation.expected.saving };
}
