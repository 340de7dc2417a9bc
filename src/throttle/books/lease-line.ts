import type { Clock } from "../../foundation/clock.ts";
import type { AllotError } from "../../foundation/errors.ts";
import { decideUnpaced } from "../store/admission.ts";
import type { Admission, Admitted, Amounts, Ask, LimitSet } from "../throttle.ts";
import type { Accounts } from "./accounts.ts";
import type { FromThread, PostedAsk, Recall, Snapshot, ToThread } from "./messages.ts";

/** An ask that the database decides. */
interface Waiting {
  readonly ask: Ask;
  /** As posted: smaller than `ask.worst` once it was clamped. */
  worst: Amounts;
  clampedTo?: number;
  /** To be decided on what is really used: what is leased of its limits goes back in the same request. */
  readonly isExact: boolean;
  readonly resolve: (admission: Admission) => void;
  readonly reject: (error: unknown) => void;
}

interface Surroundings {
  readonly accounts: Accounts;
  readonly clock: Clock;
  /** Sends, where there is a thread; answers whether there is. */
  readonly post: (message: ToThread) => boolean;
  /** Reads figures anew. */
  readonly look: (scopeKeys: readonly string[]) => Promise<readonly Snapshot[]>;
  /** Up to here the journal has to be in the database before these are decided. */
  readonly settledUpTo: (scopeKeys: readonly string[]) => number;
  /** Decides and journals by what is leased now; undefined where that is not enough. */
  readonly admitInMemory: (ask: Ask) => Admitted | undefined;
  /** Journals an admitted hold. */
  readonly hold: (ask: Ask, admitted: Admitted, now: number) => void;
}

const MOST_AT_ONCE = 256;

/**
 * The asks that memory could not decide, on their way to the database and back. One request is under way at a time, with
 * all asks of the moment; an ask that waits for others to give back holds up nobody else.
 */
export class LeaseLine {
  readonly #around: Surroundings;
  set: LimitSet;
  #waiting: Waiting[] = [];
  readonly #asked = new Map<string, Waiting>();
  readonly #topUps = new Map<string, readonly string[]>();
  /** By scope key. */
  readonly #recalled = new Map<string, number>();
  #isUnderWay = false;
  #givesBack = false;
  /** The leases have to be read first: nobody knows whether the last request was carried out. */
  #isUnsure = false;

  constructor(set: LimitSet, around: Surroundings) {
    this.set = set;
    this.#around = around;
  }

  /** Whether anybody waits for an answer. */
  get isAwaited(): boolean {
    return this.#waiting.length + this.#asked.size > 0;
  }

  isWaiting(id: string): boolean {
    return this.#asked.has(id) || this.#waiting.some(({ ask }) => ask.id === id);
  }

  ask(ask: Ask): Promise<Admission> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ask, worst: ask.worst, isExact: !this.#hasPlenty(ask), resolve, reject });
      this.send();
    });
  }

  /** Fetches more of these before they run out. */
  topUp(scopeKeys: readonly string[]): void {
    if (this.#isUnderWay || this.#isUnsure) return;
    this.#topUps.set(scopeKeys.join(" "), scopeKeys);
    this.send();
  }

  /** Gives back what is not used of these, because somebody else needs it. */
  recall(recalls: readonly Recall[]): void {
    for (const { scopeKey, recall } of recalls) {
      if (recall > 0 || !this.#recalled.has(scopeKey)) this.#recalled.set(scopeKey, recall);
    }
  }

  /** Gives back what idles. */
  giveBack(): void {
    this.#givesBack = true;
  }

  /** Sends the next request, unless one is under way. */
  send(): void {
    if (this.#isUnderWay) return;
    if (this.#isUnsure) return void this.#lookAgain();
    if (this.#waiting.length + this.#topUps.size + this.#recalled.size === 0 && !this.#givesBack) return;
    const { accounts, clock } = this.#around;
    const now = clock.now();
    const batch = this.#nextBatch();
    const isPlain = batch[0]?.isExact === false;
    // Exact asks give back what is leased, so that the database decides on what is really used; it is leased anew with them.
    // Asks that come meanwhile find nothing leased, so while there is plenty nothing is given back.
    const asked = batch.flatMap(({ ask }) => ask.scopeKeys);
    const wanted = new Set([...(isPlain ? [] : asked), ...this.#recalled.keys()]);
    const changes = wanted.size > 0 || this.#givesBack ? accounts.changes(wanted, now) : [];
    const message: ToThread = {
      kind: "lease",
      now,
      asks: batch.map(posted),
      isPlain,
      changes,
      answers: [...this.#recalled].flatMap(([scopeKey, recall]) => (recall > 0 ? [{ scopeKey, recall }] : [])),
      topUps: [...this.#topUps.values()],
      settledUpTo: this.#around.settledUpTo([...asked, ...wanted]),
    };
    if (!this.#around.post(message)) return accounts.endChanges();
    this.#waiting = this.#waiting.slice(batch.length);
    for (const waiting of batch) this.#asked.set(waiting.ask.id, waiting);
    this.#topUps.clear();
    this.#recalled.clear();
    this.#givesBack = false;
    this.#isUnderWay = true;
  }

  /** The first that wait, of one kind. */
  #nextBatch(): readonly Waiting[] {
    const other = this.#waiting.findIndex(({ isExact }) => isExact !== this.#waiting[0]?.isExact);
    return this.#waiting.slice(0, Math.min(MOST_AT_ONCE, other < 0 ? MOST_AT_ONCE : other));
  }

  #hasPlenty({ scopeKeys, worst }: Ask): boolean {
    return scopeKeys.every((key) => this.#around.accounts.of(key).hasPlenty(worst));
  }

  /** The request is carried out; some asks may be answered later. Whoever calls sends the next. */
  hear({ now, set, answers, snapshots, isLater }: Extract<FromThread, { kind: "leased" }>): void {
    const { accounts } = this.#around;
    this.set = set;
    if (!isLater) accounts.endChanges();
    // Of before the request that is under way now, whose changes still count beside it.
    accounts.see(snapshots, set, now);
    const again: Waiting[] = [];
    for (const { id, admission } of answers) {
      const waiting = this.#asked.get(id);
      this.#asked.delete(id);
      if (waiting === undefined) continue;
      if (!waiting.isExact && (admission.kind !== "admitted" || admission.level !== "NONE")) {
        again.push({ ...waiting, isExact: true });
        continue;
      }
      try {
        this.#answer(waiting, admission, now);
      } catch (error) {
        waiting.reject(error);
      }
    }
    // They found too little leased, and more was leased since. Taken out meanwhile: a top-up sends what waits.
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waiting = [...again, ...waiting.filter((one) => !this.#admitInMemory(one))];
    if (!isLater) this.#isUnderWay = false;
  }

  #admitInMemory({ ask, isExact, resolve, reject }: Waiting): boolean {
    if (isExact) return false;
    try {
      const admitted = this.#around.admitInMemory(ask);
      if (admitted !== undefined) resolve(admitted);
      return admitted !== undefined;
    } catch (error) {
      reject(error);
      return true;
    }
  }

  /** The thread is gone, or the store is: nobody knows what was carried out. Those who wait are told. */
  fail(fault: AllotError): void {
    this.distrust();
    for (const { reject } of [...this.#waiting.splice(0), ...this.#asked.values()]) reject(fault);
    this.#asked.clear();
  }

  /** A new thread: what was under way is sent again, once the figures are read. */
  distrust(): void {
    this.#isUnderWay = false;
    this.#isUnsure = true;
    this.#around.accounts.distrust();
  }

  /** Sends again what the thread before had not answered. */
  again(): void {
    this.distrust();
    this.#waiting.unshift(...this.#asked.values());
    this.#asked.clear();
    this.send();
  }

  async #lookAgain(): Promise<void> {
    this.#isUnderWay = true;
    const { accounts, clock, look } = this.#around;
    const now = clock.now();
    try {
      accounts.see(await look(accounts.scopeKeys), this.set, now);
      this.#isUnsure = false;
      this.#isUnderWay = false;
      // Each lease becomes what is in use: what was lost is leased again, what nobody knew of goes back.
      this.recall(accounts.scopeKeys.map((scopeKey) => ({ scopeKey, recall: 0 })));
      this.send();
    } catch (error) {
      this.#isUnderWay = false;
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    }
  }

  #answer(waiting: Waiting, admission: Admission, now: number): void {
    const { ask, clampedTo } = waiting;
    if (admission.kind === "admitted") {
      const admitted = clampedTo === undefined ? admission : { ...admission, clampedTo };
      this.#around.hold(ask, admitted, now);
      waiting.resolve(admitted);
    } else if (admission.kind !== "refused" || admission.why !== "room" || !this.#clamp(waiting)) {
      waiting.resolve(admission);
    }
  }

  /** Asks again for less, where less fits by the figures that have just come. */
  #clamp(waiting: Waiting): boolean {
    const { ask } = waiting;
    if (ask.clamp === undefined || waiting.clampedTo !== undefined) return false;
    const smaller = decideUnpaced(this.#around.accounts.states(ask.scopeKeys), ask, this.set.thresholds);
    if (smaller.kind !== "admitted" || smaller.clampedTo === undefined) return false;
    waiting.worst = smaller.held;
    waiting.clampedTo = smaller.clampedTo;
    this.#waiting.unshift(waiting);
    return true;
  }
}

function posted({ ask, worst, clampedTo }: Waiting): PostedAsk {
  const clampable = ask.clamp !== undefined && clampedTo === undefined;
  return { id: ask.id, scopeKeys: ask.scopeKeys, priority: ask.priority, worst, clampable };
}
