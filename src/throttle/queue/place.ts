import type { Clock } from "../../foundation/clock.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { formatIdentity, type ProcessIdentity } from "../../foundation/process-identity.ts";
import type { QueueTable } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import { limitLabel } from "../limits.ts";
import type { Amounts, Priority, Queued } from "../throttle.ts";
import { type Lane, laneOf } from "./lanes.ts";
import { isInTheWay, type QueueState, type QueueView } from "./queue-view.ts";
import type { QueueSettings } from "./settings.ts";

export interface QueuedCall {
  readonly id: string;
  readonly session: string;
  readonly run?: string | undefined;
  readonly priority: Priority;
  readonly agent?: string | undefined;
  readonly model: string;
  readonly worst: Amounts;
  /** Under whose limits it falls. */
  readonly scopeKeys: readonly string[];
  readonly expectedMs?: number | undefined;
  /** Epoch ms; without it after `longestWaitMs`. */
  readonly deadlineAt?: number | undefined;
}

/** One call's place. */
export interface Place {
  /**
   * As which it may ask to be admitted now: a low one that waited long goes at SOFT, as a normal one does. Its wait counts
   * from its session's last turn on, else a heavy session's old calls would keep the level up for all others.
   */
  readonly priority: Priority;
  /**
   * Waits until it is this call's turn to be decided again; `still` is the answer to its last try. Rejects with the
   * signal's reason when that aborts, and with `interrupted` when somebody took the call out.
   */
  turn(signal: AbortSignal, still?: Queued): Promise<"yours" | "expired">;
  /** running: admitted, and its place in the lane stays taken until it leaves as admitted. Leaving twice is harmless. */
  leave(as: "running" | "admitted" | "expired" | "cancelled"): Promise<void>;
}

export interface QueueParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
  readonly settings?: Partial<QueueSettings>;
}

/** A place in the table `queue`. */
export class TablePlace implements Place {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #owner: string;
  readonly #settings: QueueSettings;
  readonly #view: QueueView;
  readonly #write: (row: QueueTable) => Promise<void>;
  readonly #call: QueuedCall;
  readonly #lane: Lane;
  readonly #enteredAt: number;
  readonly #deadlineAt: number;
  #tries = 0;
  #waitsFor = "";
  /** The last read of the view that may not show what was last written here. */
  #writtenAt = 0;
  /** When its session last had a turn, as far as it was seen. */
  #sessionTurnAt = 0;

  constructor(
    { store, clock, identity }: QueueParts,
    shared: {
      readonly settings: QueueSettings;
      readonly view: QueueView;
      readonly write: (row: QueueTable) => Promise<void>;
    },
    call: QueuedCall,
  ) {
    const { settings, view, write } = shared;
    this.#store = store;
    this.#clock = clock;
    this.#owner = formatIdentity(identity);
    this.#settings = settings;
    this.#view = view;
    this.#write = write;
    this.#call = call;
    this.#lane = laneOf(call.expectedMs, settings.lanes);
    this.#enteredAt = clock.now();
    this.#deadlineAt = call.deadlineAt ?? this.#enteredAt + settings.longestWaitMs;
  }

  get priority(): Priority {
    const { priority } = this.#call;
    const since = Math.max(this.#enteredAt, this.#sessionTurnAt);
    const isOld = this.#clock.now() - since >= this.#settings.goAtSoftMs;
    return priority === "low" && isOld ? "normal" : priority;
  }

  async enter(queued: Queued | undefined): Promise<void> {
    const { id, session, run, priority, agent, model, worst } = this.#call;
    // Without an answer of its own it waits for what those before it wait for.
    const before = queued === undefined ? await this.#firstInTheWay() : undefined;
    this.#waitsFor = queued === undefined ? (before?.limit_name ?? "") : limitLabel(queued.worst);
    const row: QueueTable = {
      id,
      session_id: session,
      run_id: run ?? null,
      priority,
      lane: this.#lane.name,
      agent: agent ?? "",
      model,
      tokens: worst.tokens,
      nano_usd: worst.nanoUsd,
      level: queued?.level ?? before?.level ?? "NONE",
      limit_name: this.#waitsFor,
      owner: this.#owner,
      state: "waiting",
      entered_at: this.#enteredAt,
      seen_at: this.#enteredAt,
      deadline_at: this.#deadlineAt,
      left_at: null,
    };
    await this.#write(row);
    this.#writtenAt = this.#view.lastRead;
  }

  async turn(signal: AbortSignal, still?: Queued): Promise<"yours" | "expired"> {
    if (this.#tries > 0) await this.#waitOn(still);
    for (let place = 0; ;) {
      signal.throwIfAborted();
      const now = this.#clock.now();
      if (now >= this.#deadlineAt) return "expired";
      if (this.#tries > 0 || place > 0) {
        await this.#view.pause(this.#call.id, Math.min(this.#pauseMs(place), this.#deadlineAt - now), signal);
      }
      const view = await this.#look();
      if (view === undefined) {
        place = Math.max(1, place);
        continue;
      }
      this.#sessionTurnAt = view.turns.get(this.#call.session)?.lastAt ?? 0;
      place = view.order.findIndex(({ id }) => id === this.#call.id);
      if (place < 0 && view.read > this.#writtenAt) throw takenOut(this.#call.id);
      if (place < 0) {
        // Read before it was written: it stands in the next one.
        place = 1;
        continue;
      }
      const before = view.order.slice(0, place);
      const isFree = !before.some((other) => isInTheWay(other, this.#call.scopeKeys, this.#lane));
      if (isFree && (await this.#takePlace())) {
        this.#tries += 1;
        return "yours";
      }
      place += 1;
    }
  }

  async leave(as: "running" | "admitted" | "expired" | "cancelled"): Promise<void> {
    const now = this.#clock.now();
    const takesPlace = as === "running" && this.#lane.atOnce !== null;
    await this.#store.db
      .updateTable("queue")
      .set({ state: as === "running" ? "admitted" : as, seen_at: now, left_at: takesPlace ? null : now })
      .where("id", "=", this.#call.id)
      .where("left_at", "is", null)
      .execute();
    this.#view.left(this.#call.id);
  }

  /** Undefined while the store is busy: whoever waits can wait for that too. */
  async #look(): Promise<QueueState | undefined> {
    try {
      return await this.#view.now();
    } catch (error) {
      if (isAllotError(error) && error.retryable) return undefined;
      throw error;
    }
  }

  async #firstInTheWay(): Promise<QueueTable | undefined> {
    const { order } = await this.#view.now();
    return order.find((other) => isInTheWay(other, this.#call.scopeKeys, this.#lane))?.row;
  }

  /** Back among those that wait, after a try that did not let it go. */
  async #waitOn(still: Queued | undefined): Promise<void> {
    const waitsFor = still === undefined ? this.#waitsFor : limitLabel(still.worst);
    if (waitsFor === this.#waitsFor && this.#lane.atOnce === null) return;
    this.#waitsFor = waitsFor;
    await this.#store.db
      .updateTable("queue")
      .set({ state: "waiting", limit_name: waitsFor, ...(still === undefined ? {} : { level: still.level }) })
      .where("id", "=", this.#call.id)
      .where("left_at", "is", null)
      .execute();
    this.#writtenAt = this.#view.lastRead;
  }

  /** Takes one of the lane's places, where it has places and one is free. Two that see the same one free get one. */
  async #takePlace(): Promise<boolean> {
    const { atOnce, name } = this.#lane;
    if (atOnce === null) return true;
    return this.#store.transaction(async (trx) => {
      const { taken } = await trx
        .selectFrom("queue")
        .select((e) => e.fn.countAll<number>().as("taken"))
        .where("lane", "=", name)
        .where("state", "=", "admitted")
        .where("left_at", "is", null)
        .executeTakeFirstOrThrow();
      if (Number(taken) >= atOnce) return false;
      const { numUpdatedRows } = await trx
        .updateTable("queue")
        .set({ state: "admitted", seen_at: this.#clock.now() })
        .where("id", "=", this.#call.id)
        .where("state", "=", "waiting")
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    });
  }

  /** The nearer to its turn and the newer, the shorter. */
  #pauseMs(place: number): number {
    const { pollMs, slowestPollMs } = this.#settings;
    return Math.min(slowestPollMs, pollMs * (1 + place + this.#tries));
  }
}

function takenOut(id: string): AllotError {
  return new AllotError("interrupted", `the waiting call ${id} was taken out of the queue`);
}
