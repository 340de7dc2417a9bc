import type { Clock } from "../../foundation/clock.ts";
import { randomLetters } from "../../foundation/ids.ts";
import { formatIdentity, type ProcessIdentity } from "../../foundation/process-identity.ts";
import type { Store } from "../../storage/storage.ts";
import {
  type BreakerRow,
  forgetBreakers,
  insertOpen,
  readBreaker,
  readBreakers,
  removeBreaker,
  replaceBreaker,
} from "./breaker-store.ts";
import { ByTarget } from "./by-target.ts";
import type { BreakerView, Target } from "./survival.ts";

/*
 * Circuit breakers, one for each provider and model: a target that fails again and again is passed over for a while, then
 * one single probe finds out whether it works again. Failures in a row are counted by each process; that a breaker is open
 * is known to all processes on the store.
 *
 * Invariants: a closed breaker costs a look-up in memory, and nothing waits for the store; one probe at a time over all
 * processes, by compare-and-set on its row, renewed while the probe goes on; a prober that died is replaced after its
 * lease. A store that cannot be read or written never fails a request: the process then goes by what it knows.
 *
 * A breaker only chooses between targets. Where none is free the first is asked as if its breaker were closed: to refuse
 * without having asked would make our guess about the provider the client's outage.
 *
 * Rejected: a timer that polls (requests that come in pull the state along, and a process without any needs none);
 * counting failures in the store (a write for each of them, at the very time when all fail).
 */

/** Failures in a row that open a breaker. */
const FAILURES_TO_OPEN = 5;
/** Time until the first probe, doubled with each probe that fails. */
const OPEN_MS = 10_000;
const LONGEST_OPEN_MS = 300_000;
/** A prober that has not renewed its claim for so long is dead. */
const PROBE_LEASE_MS = 30_000;
const RENEW_MS = 10_000;
/** The store is read so often, while requests run. */
const READ_MS = 1_000;
/** After a longer pause a request first hears how things stand, and waits so long for it. */
const STALE_MS = 3_000;
const MOST_READING_MS = 250;
/** Nobody has asked for the target for so long: what was known of it means nothing any more. */
const FORGET_MS = 3_600_000;

/** What this process knows of one target. */
export interface Circuit {
  readonly target: Target;
  /** In a row, while closed. */
  failures: number;
  /** Undefined: closed. */
  row: BreakerRow | undefined;
  /** An attempt of this process is the probe. */
  probing: boolean;
  /** Writes on their way, and the change that was last made here: a reading from before it says nothing new. */
  saving: number;
  changedAt: number;
  /** The store does not know of it. */
  unsaved: boolean;
}

/** Leave to probe; `done` once it is known how the target is. */
export interface Probe {
  done(verdict: Verdict): void;
}

/** What an attempt says of its target. "unknown": nothing was asked, or nobody waited for the answer. */
export type Verdict = "works" | "fails" | "unknown";

/** The breakers of a process, and its side of those in the store. */
export class Breakers {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #identity: string;
  readonly #circuits = new ByTarget<Circuit>(
    ({ provider, model }) => ({
      target: { provider, model },
      failures: 0,
      row: undefined,
      probing: false,
      saving: 0,
      changedAt: 0,
      unsaved: false,
    }),
    ({ failures, row, probing, saving }) => failures === 0 && row === undefined && !probing && saving === 0,
  );
  readonly #renewals = new Set<AbortController>();
  /** Of changes and readings, in their order. */
  #turn = 0;
  #nextReadAt = Number.NEGATIVE_INFINITY;
  #staleAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  /** A reading that requests wait for. */
  #hearing: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #over = false;

  constructor(store: Store, clock: Clock, identity: ProcessIdentity) {
    this.#store = store;
    this.#clock = clock;
    this.#identity = formatIdentity(identity);
  }

  of(target: Target): Circuit {
    return this.#circuits.of(target);
  }

  /** Sees to it that what other processes found out is known here. A promise only after a pause: the state may be old. */
  look(now: number): Promise<void> | undefined {
    if (now < this.#nextReadAt || this.#over) return this.#hearing;
    this.#nextReadAt = now + READ_MS;
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    if (now < this.#staleAt) return undefined;
    this.#hearing ??= this.#atMost(this.#reading, MOST_READING_MS).finally(() => (this.#hearing = undefined));
    return this.#hearing;
  }

  /** May it be asked: at once, after a claim to be its probe, or not. */
  stands({ row, probing }: Circuit, now: number): "closed" | "claimable" | "open" {
    if (row === undefined) return "closed";
    return !probing && now >= row.probeAt ? "claimable" : "open";
  }

  /** Claims the one probe; undefined where somebody else has it. */
  async claim(circuit: Circuit): Promise<Probe | undefined> {
    const { row } = circuit;
    const now = this.#clock.now();
    if (row === undefined || this.stands(circuit, now) !== "claimable") return undefined;
    circuit.probing = true;
    const prober = `${this.#identity}|${randomLetters(6)}`;
    const claimed: BreakerRow = { ...row, state: "half-open", probeAt: now + PROBE_LEASE_MS, prober };
    try {
      if (!circuit.unsaved && !(await this.#claimRow(circuit, row, claimed))) return undefined;
    } catch {
      circuit.unsaved = true;
    }
    this.#change(circuit, claimed);
    const renewal = new AbortController();
    this.#renewals.add(renewal);
    void this.#renew(circuit, renewal.signal);
    return {
      done: (verdict) => {
        if (!this.#renewals.delete(renewal)) return;
        renewal.abort();
        circuit.probing = false;
        this.#probed(circuit, verdict);
      },
    };
  }

  /** An attempt has ended that was no probe. `wasClosed`: its breaker was, when it began. */
  ended(circuit: Circuit, verdict: Verdict, wasClosed: boolean): void {
    if (verdict === "works") {
      circuit.failures = 0;
      // One that began before the breaker opened says nothing of now.
      if (circuit.row !== undefined && !wasClosed && !circuit.probing) this.#close(circuit);
    } else if (verdict === "fails" && circuit.row === undefined) {
      circuit.failures += 1;
      if (circuit.failures >= FAILURES_TO_OPEN) this.#open(circuit);
    }
  }

  views(): readonly BreakerView[] {
    const now = this.#clock.now();
    void this.look(now);
    return [...this.#circuits].flatMap(({ target, row }): readonly BreakerView[] => {
      if (row === undefined) return [];
      const state = row.state === "half-open" || now >= row.probeAt ? "half-open" : "open";
      return [{ target, state, probeAt: row.probeAt, failures: row.failures }];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    for (const renewal of this.#renewals) renewal.abort();
    await this.#reading;
    await this.#writing;
  }

  async #claimRow(circuit: Circuit, row: BreakerRow, claimed: BreakerRow): Promise<boolean> {
    const key = keyOf(circuit.target);
    // What this process has said of it must stand in the store first.
    if (circuit.saving > 0) await this.#writing;
    if (await replaceBreaker(this.#store, key, row, claimed)) return true;
    circuit.probing = false;
    this.#adopt(circuit, await readBreaker(this.#store, key).catch(() => row));
    return false;
  }

  #open(circuit: Circuit): void {
    const now = this.#clock.now();
    const { failures } = circuit;
    const row = { state: "open", failures, openings: 1, openedAt: now, probeAt: now + OPEN_MS, prober: null } as const;
    this.#change(circuit, row);
    this.#save(circuit, async (key) => {
      await insertOpen(this.#store, key, row);
      const kept = await readBreaker(this.#store, key);
      if (kept !== undefined && circuit.row === row) circuit.row = kept;
    });
  }

  #close(circuit: Circuit): void {
    circuit.failures = 0;
    this.#change(circuit, undefined);
    this.#save(circuit, (key) => removeBreaker(this.#store, key));
  }

  #probed(circuit: Circuit, verdict: Verdict): void {
    const { row } = circuit;
    if (row === undefined) return;
    if (verdict === "works") return this.#close(circuit);
    const now = this.#clock.now();
    const next: BreakerRow =
      verdict === "fails" ? opened(row, now) : { ...row, state: "open", probeAt: now, prober: null };
    this.#change(circuit, next);
    this.#save(circuit, async (key) => {
      const kept = await readBreaker(this.#store, key);
      if (kept === undefined) {
        if (verdict === "fails") await insertOpen(this.#store, key, next);
        return;
      }
      // Whoever took the claim over, because this process seemed dead, has the word.
      await replaceBreaker(this.#store, key, { ...kept, prober: row.prober }, next);
    });
  }

  /** Keeps the claim alive for as long as the probe goes on. */
  async #renew(circuit: Circuit, signal: AbortSignal): Promise<void> {
    for (;;) {
      const isOver = await this.#clock.sleep(RENEW_MS, signal).then(
        () => signal.aborted,
        () => true,
      );
      const { row } = circuit;
      if (isOver || row === undefined || !circuit.probing) return;
      const renewed = { ...row, probeAt: this.#clock.now() + PROBE_LEASE_MS };
      this.#change(circuit, renewed);
      this.#save(circuit, async (key) => {
        await replaceBreaker(this.#store, key, row, renewed);
      });
    }
  }

  #change(circuit: Circuit, row: BreakerRow | undefined): void {
    circuit.row = row;
    circuit.changedAt = this.#turn += 1;
  }

  /** Beside the requests, and one after the other. */
  #save(circuit: Circuit, write: (key: string) => Promise<void>): void {
    if (this.#over) return;
    circuit.saving += 1;
    this.#writing = this.#writing
      .then(() => write(keyOf(circuit.target)))
      .then(
        () => (circuit.unsaved = false),
        () => (circuit.unsaved = circuit.row !== undefined),
      )
      .then(() => {
        circuit.saving -= 1;
      });
  }

  async #read(): Promise<void> {
    const turn = (this.#turn += 1);
    const oldest = this.#clock.now() - FORGET_MS;
    let rows: ReadonlyMap<string, BreakerRow>;
    try {
      rows = await readBreakers(this.#store);
      if ([...rows.values()].some(({ probeAt }) => probeAt < oldest)) await forgetBreakers(this.#store, oldest);
    } catch {
      return;
    }
    this.#staleAt = this.#clock.now() + STALE_MS;
    const isNews = ({ saving, changedAt, unsaved, probing }: Circuit): boolean =>
      saving === 0 && changedAt < turn && !unsaved && !probing;
    for (const circuit of this.#circuits) {
      const isGone = circuit.row !== undefined && !rows.has(keyOf(circuit.target));
      if (isGone && isNews(circuit)) this.#adopt(circuit, undefined);
    }
    for (const [key, row] of rows) {
      const circuit = this.of(targetOf(key));
      if (isNews(circuit)) this.#adopt(circuit, row.probeAt < oldest ? undefined : row);
    }
  }

  #adopt(circuit: Circuit, row: BreakerRow | undefined): void {
    if (circuit.row !== undefined && row === undefined) circuit.failures = 0;
    circuit.row = row;
  }

  async #atMost(work: Promise<void>, ms: number): Promise<void> {
    const enough = new AbortController();
    const pause = this.#clock.sleep(ms, enough.signal).catch(() => {});
    await Promise.race([work, pause]);
    enough.abort();
  }
}

/** "anthropic/claude-sonnet-5-5" */
export function keyOf({ provider, model }: Target): string {
  return `${provider}/${model}`;
}

function targetOf(key: string): Target {
  const slash = key.indexOf("/");
  return { provider: key.slice(0, slash) as Target["provider"], model: key.slice(slash + 1) };
}

/** After a probe that failed: for twice as long as the last time. */
function opened(row: BreakerRow, now: number): BreakerRow {
  const openings = row.openings + 1;
  const ms = Math.min(OPEN_MS * 2 ** (openings - 1), LONGEST_OPEN_MS);
  return { ...row, state: "open", openings, openedAt: now, probeAt: now + ms, prober: null };
}
