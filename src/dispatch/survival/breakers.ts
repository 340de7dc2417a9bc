import type { Clock } from "../../foundation/clock.ts";
import { formatIdentity, type ProcessIdentity } from "../../foundation/process-identity.ts";
import type { BreakersTable } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import type { ProviderName } from "../../providers/provider.ts";
import type { BreakerView, Target } from "./survival.ts";

/** Failures in a row that open a breaker. */
const OPENS_AT = 5;
/** How long it stays open the first time; doubled each time up to the most. */
const FIRST_OPEN_MS = 10_000;
const MOST_OPEN_MS = 300_000;
/** A probe that was not heard of for so long is another's turn. */
const PROBE_MS = 60_000;
/** How old what is known of others' breakers may be. */
const FRESH_MS = 1_000;
const MOST_TARGETS = 2_000;

/** May a request go to a target? probe: it is the one that finds out. */
export type Entrance = "go" | "probe" | "closed";

/**
 * Circuit breakers, one for each provider and model, shared by all processes of a store: what one has found broken, others need
 * not find out. Open after five failures in a row; then one probe at a time, over all processes, until one succeeds.
 *
 * Healthy targets cost a look into a map. The store is read at most once a second, beside the requests, and written
 * only on change; a store that refuses leaves each process to its own breakers.
 */
export class Breakers {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #identity: string;
  readonly #failures = new Map<string, number>();
  #rows: ReadonlyMap<string, BreakersTable> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  /** A reading that requests wait for. */
  #hearing: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Store, clock: Clock, identity: ProcessIdentity) {
    this.#store = store;
    this.#clock = clock;
    this.#identity = formatIdentity(identity);
  }

  /** Answers at once where the target is not known to be broken. */
  enter(target: Target): Entrance | Promise<Entrance> {
    const now = this.#clock.now();
    if (now - this.#readAt > FRESH_MS || now < this.#readAt) void this.#read(now);
    if (this.#rows.size === 0) return "go";
    const row = this.#rows.get(nameOf(target));
    if (row === undefined) return "go";
    return row.probe_at > now ? "closed" : this.#probe(row, now);
  }

  /** A target answered. */
  worked(target: Target): void {
    if (this.#failures.size === 0 && this.#rows.size === 0) return;
    const name = nameOf(target);
    this.#failures.delete(name);
    if (!this.#rows.has(name)) return;
    this.#keep(name, undefined);
    this.#write(() => this.#store.db.deleteFrom("breakers").where("target", "=", name).execute());
  }

  /** A target failed in a way that is its own. */
  failed(target: Target): void {
    const name = nameOf(target);
    if (this.#failures.size >= MOST_TARGETS) this.#failures.clear();
    const failures = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    const known = this.#rows.get(name);
    const now = this.#clock.now();
    // One that is open already hears of its probe only, not of calls that were under way.
    if (known === undefined ? failures < OPENS_AT : known.prober !== this.#identity) return;
    const openings = (known?.openings ?? 0) + 1;
    const openMs = Math.min(MOST_OPEN_MS, FIRST_OPEN_MS * 2 ** (openings - 1));
    const row: BreakersTable = {
      target: name,
      state: "open",
      failures,
      openings,
      opened_at: now,
      probe_at: now + openMs,
      prober: null,
      updated_at: now,
    };
    this.#keep(name, row);
    this.#write(() =>
      this.#store.db
        .insertInto("breakers")
        .values(row)
        .onConflict((conflict) => conflict.column("target").doUpdateSet(row))
        .execute(),
    );
  }

  /** The probe of this process did not come to an end that says anything. */
  unsure(target: Target): void {
    const row = this.#rows.get(nameOf(target));
    if (row === undefined || row.prober !== this.#identity) return;
    const free = { ...row, prober: null, probe_at: this.#clock.now() };
    this.#keep(row.target, free);
    this.#write(() =>
      this.#store.db
        .updateTable("breakers")
        .set({ prober: null, probe_at: free.probe_at })
        .where("target", "=", row.target)
        .where("prober", "=", this.#identity)
        .execute(),
    );
  }

  views(): readonly BreakerView[] {
    return [...this.#rows.values()].map(({ target, state, probe_at, failures }) => ({
      target: targetOf(target),
      state,
      probeAt: probe_at,
      failures,
    }));
  }

  /** Resolves once all that was noted stands in the store, or was refused. */
  async settled(): Promise<void> {
    await this.#reading;
    await this.#writing;
  }

  /** One of all processes gets it. */
  async #probe(row: BreakersTable, now: number): Promise<Entrance> {
    try {
      await this.#writing;
      const { numUpdatedRows } = await this.#store.db
        .updateTable("breakers")
        .set({ state: "half-open", prober: this.#identity, probe_at: now + PROBE_MS, updated_at: now })
        .where("target", "=", row.target)
        .where("probe_at", "=", row.probe_at)
        .executeTakeFirstOrThrow();
      const isOurs = Number(numUpdatedRows) === 1;
      const probed = { ...row, state: "half-open" as const, prober: this.#identity, probe_at: now + PROBE_MS };
      if (isOurs) this.#keep(row.target, probed);
      else await this.#read(now);
      // Somebody may have found it well meanwhile.
      return isOurs ? "probe" : this.#rows.has(row.target) ? "closed" : "go";
    } catch {
      return "probe";
    }
  }

  #read(now: number): Promise<void> {
    this.#readAt = now;
    this.#reading ??= this.#writing
      .then(() => this.#store.db.selectFrom("breakers").selectAll().execute())
      .then((rows) => {
        this.#rows = new Map(rows.map((row) => [row.target, row]));
      })
      .catch(() => {})
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  #keep(name: string, row: BreakersTable | undefined): void {
    const rows = new Map(this.#rows);
    if (row === undefined) rows.delete(name);
    else rows.set(name, row);
    this.#rows = rows;
  }

  /** One after the other, so that the last word stands. */
  #write(step: () => Promise<unknown>): void {
    this.#writing = this.#writing.then(step).then(
      () => {},
      () => {},
    );
  }
}

function nameOf({ provider, model }: Target): string {
  return `${provider}/${model}`;
}

function targetOf(name: string): Target {
  const slash = name.indexOf("/");
  return { provider: name.slice(0, slash) as ProviderName, model: name.slice(slash + 1) };
}
