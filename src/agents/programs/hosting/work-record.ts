import { isAllotError } from "../../../foundation/errors.ts";
import type { Log } from "../../../foundation/log.ts";
import type { Store } from "../../../storage/storage.ts";
import type { AgentEvent, AgentUsage } from "../program.ts";
import { lastEvent, moveWork, noteEvents, readWork, type WorkRow } from "./work-rows.ts";

/** How long a store may refuse whatever the host asks of it, before the host ends in that fault. */
const STORE_PATIENCE_MS = 600_000;
const STORE_RETRY_MS = 200;
const HEARTBEAT_MS = 10_000;

/** Writes down what an agent does, in order and behind it, and looks whether its host is still wanted. */
export class WorkRecord {
  readonly #store: Store;
  readonly #row: WorkRow;
  readonly #log: Log;
  readonly #onStop: () => void;
  readonly #closed = new AbortController();
  #waiting: AgentEvent[] = [];
  #columns: Partial<WorkRow> = {};
  #writing: Promise<void> = Promise.resolve();
  #next: number | undefined;
  #busy = false;
  #session: string | null;
  #usage: AgentUsage | null = null;

  constructor(store: Store, row: WorkRow, log: Log, onStop: () => void) {
    this.#store = store;
    this.#row = row;
    this.#session = row.agent_session;
    this.#log = log;
    this.#onStop = onStop;
  }

  /** The session that the agent works in, as far as it has said so. */
  get session(): string | null {
    return this.#session;
  }

  /** What the agent has told of this life's usage; null: nothing yet. */
  get usage(): AgentUsage | null {
    return this.#usage;
  }

  note(event: AgentEvent): void {
    this.#waiting.push(event);
    if (event.kind === "session") this.#session = event.id;
    if (event.kind === "usage") this.#usage = event.usage;
    if (event.kind === "session") this.#columns = { ...this.#columns, agent_session: event.id };
    if (event.kind === "usage") this.#columns = { ...this.#columns, usage: JSON.stringify(event.usage) };
    this.#write();
  }

  /** Whom to end if this host is gone before the agent. */
  noteProcess(identity: string): void {
    this.#columns = { ...this.#columns, process: identity };
    this.#write();
  }

  /** Resolves once everything is written. */
  async flushed(): Promise<void> {
    while (this.#busy) await this.#writing;
  }

  close(): void {
    this.#closed.abort();
  }

  /** Looks every so often, until it is closed, whether somebody wants the agent stopped, or has taken the work away. */
  async watch(everyMs: number): Promise<void> {
    const { clock } = this.#store;
    let beatAt = clock.now();
    for (;;) {
      await clock.sleep(everyMs, this.#closed.signal).catch(() => {});
      if (this.#closed.signal.aborted) return;
      const row = await readWork(this.#store, this.#row.key).catch(() => undefined);
      if (row === undefined) continue;
      const isOurs = row.state === "launched" && row.host === this.#row.host && row.life === this.#row.life;
      if (!isOurs || row.wants_stop === 1) this.#onStop();
      if (!isOurs || clock.now() - beatAt < HEARTBEAT_MS) continue;
      beatAt = clock.now();
      this.#columns = { ...this.#columns, seen_at: beatAt };
      this.#write();
    }
  }

  /** Asks a store that refuses again for ten minutes: a host that gave up at once would make its work unknown. */
  async patiently<T>(work: () => Promise<T>): Promise<T> {
    const { clock } = this.#store;
    const since = clock.now();
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const code = isAllotError(error) ? error.code : "internal";
        const waitedMs = clock.now() - since;
        this.#log.warn("store-refuses", { key: this.#row.key, code, waitedMs });
        if (waitedMs > STORE_PATIENCE_MS) throw error;
        await clock.sleep(STORE_RETRY_MS);
      }
    }
  }

  #write(): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#writing = this.#drain().finally(() => (this.#busy = false));
    // Whoever waits for `flushed` hears of it too; nobody may be waiting yet.
    this.#writing.catch(() => this.#onStop());
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0 || Object.keys(this.#columns).length > 0) {
      const [events, columns] = [this.#waiting, this.#columns];
      [this.#waiting, this.#columns] = [[], {}];
      await this.patiently(async () => {
        if (Object.keys(columns).length > 0) await moveWork(this.#store, this.#row, columns);
        if (events.length === 0) return;
        this.#next ??= (await lastEvent(this.#store, this.#row.key)) + 1;
        await noteEvents(this.#store, this.#row, this.#next, events);
        this.#next += events.length;
      });
    }
  }
}
