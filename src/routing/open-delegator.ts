import type { Catalog, CatalogModel } from "../catalog/catalog.ts";
import { SEEDS_LIST } from "../catalog/seeds-prices.ts";
import type { RouteSettings } from "../config/route-settings.ts";
import type { Clock } from "../foundation/clock.ts";
import type { NanoUsd } from "../foundation/units.ts";
import type { Store } from "../storage/storage.ts";
import { askType, type AskModel } from "./ask-type.ts";
import { delegate, type DelegationWishes, type RoutingFacts } from "./delegate.ts";
import { openDetector } from "./detector/detector.ts";
import { EXPECTED_WORK, withMeasured, type ExpectedWork } from "./expected-work.ts";
import { LessonMemory, type OpenLessons } from "./lessons/lesson-memory.ts";
import { lessonOf } from "./lessons/lesson-store.ts";
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
  /**
   * Where lessons and outcomes are; without one nothing is remembered. A function is called when it is first needed: by
   * `ready`, or by something taught. It is not closed with the delegator.
   */
  readonly store?: Store | OpenLessons;
  /** False: lessons neither count nor are kept. */
  readonly learn?: boolean;
  /** Whose lessons, where a call says nothing else. */
  readonly owner?: LessonOwner;
  /** `Settings.prices`: with the guide's list its names mean the models of that time. */
  readonly priceList?: string;
  /** LLM_DEFAULT_PROVIDER, where one is set. */
  readonly defaultProvider?: string;
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
  /** False: a type that is stated is not remembered. */
  readonly teach?: boolean;
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
  /** What tasks of each type are expected to use; from finished ones once `ready` is resolved. */
  readonly work: Readonly<Record<TaskType, ExpectedWork>>;
  /** The model that a name of the table means. Throws `unknown-model`. */
  readonly resolve: ResolveModel;
  /** Resolves once lessons and outcomes are read, which it starts; rejects where the store cannot be. */
  readonly ready: Promise<void>;
  /** Reads lessons and outcomes again: a program that runs long hears of what others taught meanwhile. */
  refresh(): Promise<void>;
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
 * Opens the delegator. Without a store it is ready at once; with an open one it starts reading.
 * Throws `config-invalid` for routes that cannot be.
 */
export function openDelegator(options: DelegatorOptions): Delegator {
  return new LearningDelegator(options);
}

class LearningDelegator implements Delegator {
  readonly table: RouteTable;
  readonly #options: DelegatorOptions;
  readonly #store: OpenLessons | undefined;
  readonly #owner: LessonOwner;
  readonly #learn: boolean;
  readonly #memory: LessonMemory;
  readonly resolve: ResolveModel;
  readonly #facts: Omit<RoutingFacts, "lessons" | "now" | "work">;
  #work = EXPECTED_WORK;
  #reading: Promise<void> | undefined;

  constructor(options: DelegatorOptions) {
    const { catalog, store, detector = openDetector() } = options;
    this.#options = options;
    this.#learn = options.learn ?? true;
    this.#owner = options.owner ?? { user: "", repo: "" };
    this.resolve = resolverFor(catalog, options.priceList);
    this.table = routeTable(options.routes ?? { user: null, project: null, program: null }, this.resolve);
    const priceNote = options.priceList === SEEDS_LIST ? NOTE_OF_2025 : "";
    const served = options.defaultProvider === undefined ? {} : { defaultProvider: options.defaultProvider };
    this.#facts = { ...served, detector, table: this.table, catalog, resolve: this.resolve, priceNote };
    this.#store = store === undefined || typeof store === "function" ? store : () => Promise.resolve(store);
    this.#memory = new LessonMemory(this.#store, this.#owner.user);
    // Whoever awaits it hears of a failure; a program that never does is not ended by it.
    if (typeof store !== "function") this.ready.catch(() => undefined);
  }

  get work(): Readonly<Record<TaskType, ExpectedWork>> {
    return this.#work;
  }

  get ready(): Promise<void> {
    return (this.#reading ??= this.#read());
  }

  refresh(): Promise<void> {
    return (this.#reading = this.#read());
  }

  async #read(): Promise<void> {
    if (this.#learn) await this.#memory.read();
    if (this.#store !== undefined) this.#work = withMeasured(EXPECTED_WORK, await readWork(await this.#store()));
  }

  delegateTask(text: string, given: DelegateOptions = {}): DelegatedTask {
    const wishes = wishesOf(given);
    const answer = this.#route(text, wishes);
    if (wishes.taskType !== undefined && given.teach !== false) void this.#remember(text, wishes.taskType, wishes);
    return answer;
  }

  delegate_task(text: string, given?: DelegateOptions): DelegatedTask {
    return this.delegateTask(text, given);
  }

  async delegateWith(text: string, given: DelegateOptions = {}, ask = this.#options.ask): Promise<DelegatedTask> {
    await this.ready;
    const first = this.delegateTask(text, given);
    if (first.decision !== "premium" || this.table.unsure !== "ask-model" || ask === undefined) return first;
    const asked = await askType(text, ask);
    return asked === undefined ? first : this.#route(text, { ...wishesOf(given), asked });
  }

  async teach(text: string, type: string, whose: Partial<LessonOwner> = {}): Promise<boolean> {
    await this.#remember(text, taskTypeOf(type, "type"), whose);
    return this.#learn;
  }

  lessons(user = this.#owner.user): readonly Lesson[] {
    return this.#memory.lessons.filter((lesson) => lesson.user === user).toSorted((a, b) => b.at - a.at);
  }

  forget(whose: Partial<LessonOwner> = {}): Promise<number> {
    return this.#memory.forget(whose.user ?? this.#owner.user, whose.repo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.#reading]);
    await this.#memory[Symbol.asyncDispose]();
  }

  #route(text: string, wishes: DelegationWishes): DelegatedTask {
    const lessons = this.#learn ? this.#memory.lessons : [];
    const facts = { ...this.#facts, lessons, work: this.#work, now: this.#options.clock.now() };
    const answer = delegate(text, facts, { ...this.#owner, ...wishes });
    return { ...answer, expectedCost: answer.expected.cost, saving: answer.expected.saving };
  }

  #remember(text: string, type: TaskType, whose: Partial<LessonOwner>): Promise<void> {
    const features = textFeatures(text);
    if (!this.#learn || features.length === 0) return Promise.resolve();
    const { agent, model } = this.table.rows[type];
    const { user = this.#owner.user, repo = this.#owner.repo } = whose;
    const at = this.#options.clock.now();
    const said = { user, repo, features, type, agent, model: this.resolve(model).id, kind: "said", at } as const;
    return this.#memory.keep(lessonOf(said));
  }
}

/**
 * Finds the table's models under a price list: with the guide's, its names mean the models of that time. What was found
 * is remembered, since a look-up searches all names and the table has few.
 */
export function resolverFor(catalog: Pick<Catalog, "resolve">, priceList?: string): ResolveModel {
  const known = new Map<string, CatalogModel>();
  return (name) => {
    const meant = (priceList === SEEDS_LIST ? MODELS_OF_2025[name] : undefined) ?? name;
    const model = known.get(name) ?? catalog.resolve(meant);
    known.set(name, model);
    return model;
  };
}

function wishesOf(given: DelegateOptions): DelegationWishes {
  const { user, repo, session, priority, previous } = given;
  const stated = given.taskType ?? given.task_type;
  return {
    ...(user === undefined ? {} : { user }),
    ...(repo === undefined ? {} : { repo }),
    ...(session === undefined ? {} : { session }),
    ...(priority === undefined ? {} : { priority }),
    ...(stated === undefined ? {} : { taskType: taskTypeOf(stated, "taskType") }),
    ...(previous === undefined
      ? {}
      : { previous: typeof previous === "string" ? taskTypeOf(previous, "previous") : previous }),
  };
}
