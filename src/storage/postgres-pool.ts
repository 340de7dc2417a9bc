import type { PostgresJSPendingQuery, PostgresJSReservedSql, PostgresJSSql } from "kysely-postgres-js";
import postgres, { type Sql } from "postgres";
import { systemClock } from "../foundation/clock.ts";
import { AllotError } from "../foundation/errors.ts";
import type { PostgresAddress } from "./postgres-address.ts";
import { connectFault, doubtFault, isCollision, isLost, statementFault } from "./postgres-faults.ts";

/** How long a lock of another transaction, and a server that went away, are waited for. As long as on SQLite. */
export const PATIENCE_MS = 10_000;

/** A process that stops inside a transaction (a closed notebook, a debugger) gives its locks back after so long. */
const STALLED_MS = 30_000;

/** How often a statement outside of transactions is sent at most; the last time about two seconds after the first. */
const MOST_TRIES = 8;

/**
 * A few connections, each a client of its own, given out one at a time. The client's own pool is not used: it writes
 * a reserved connection's next statement into a socket that is closed already, which ends the process, and it would
 * carry on with the rest of a lost transaction on a fresh connection.
 */
export class PostgresPool implements PostgresJSSql {
  readonly options: { max: number };
  readonly #address: PostgresAddress;
  readonly #idle: Slot[] = [];
  readonly #waiting: ((slot: Slot) => void)[] = [];
  readonly #slots: Slot[] = [];
  #reached = false;
  #ended = false;

  constructor(address: PostgresAddress) {
    this.#address = address;
    this.options = { max: address.connections };
  }

  /**
   * A connection that stands, for one user alone until it is released. A server that was there before and is not now
   * is asked again for ten seconds. Throws `storage-unusable`.
   */
  async reserve(): Promise<PostgresJSReservedSql> {
    const slot = await this.#take();
    const since = systemClock.now();
    for (;;) {
      try {
        await slot.connect();
        this.#reached = true;
        return new Reserved(this.#address, slot, () => this.#give(slot));
      } catch (error) {
        const fault = connectFault(this.#address, error);
        const patient = this.#reached && fault.details["again"] === true && systemClock.now() - since < PATIENCE_MS;
        if (!patient || this.#ended) {
          this.#give(slot);
          throw fault;
        }
        await systemClock.sleep(200);
      }
    }
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#slots.map((slot) => slot.end()));
  }

  async #take(): Promise<Slot> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#slots.length < this.#address.connections) {
      const slot = new Slot(this.#address);
      this.#slots.push(slot);
      return slot;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(slot: Slot): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(slot);
    else next(slot);
  }
}

/** One connection, made again when it was lost. */
class Slot {
  #client: Sql;
  /** How many times it was closed: a transaction that sees this change is over. */
  closes = 0;
  #stands = false;

  readonly #address: PostgresAddress;

  constructor(address: PostgresAddress) {
    this.#address = address;
    this.#client = this.#open();
  }

  #open(): Sql {
    const address = this.#address;
    const client: Sql = postgres({
      host: address.host,
      port: address.port,
      database: address.database,
      user: address.user,
      password: address.password,
      ssl: address.ssl,
      prepare: address.prepare,
      max: 1,
      // Ends idle connections of a process that forgets to close its store, so that it can end.
      idle_timeout: 5,
      connect_timeout: address.connectTimeoutMs / 1000,
      fetch_types: false,
      // What a pooler does not know of is set in each transaction instead.
      connection: { application_name: "allot", ...(address.prepare ? sessionSettings(address) : {}) },
      types: { whole: WHOLE, sum: SUM, yesNo: YES_NO, instant: INSTANT },
      onnotice: () => {},
      onclose: () => {
        if (client !== this.#client) return;
        this.closes += 1;
        this.#stands = false;
      },
    });
    return client;
  }

  async connect(): Promise<void> {
    if (this.#stands) return;
    await this.send("select 1");
    this.#stands = true;
  }

  /** Sends a statement, or without `parameters` several in one text. */
  async send(query: string, parameters?: readonly unknown[]): Promise<Answer> {
    try {
      if (parameters === undefined) return await this.#client.unsafe(query);
      return await this.#client.unsafe(query, parameters as never[], { prepare: true, simple: false } as never);
    } catch (error) {
      if (isLost(error)) this.#startAnew();
      throw error;
    }
  }

  end(): Promise<void> {
    return this.#client.end({ timeout: 5 });
  }

  /**
   * A client that lost its connection forgets statements that it is given before its socket is closed for good: they
   * would never be answered. So it is left, with all that it still has, for a new one.
   */
  #startAnew(): void {
    const old = this.#client;
    this.#client = this.#open();
    this.closes += 1;
    this.#stands = false;
    old.end({ timeout: 0 }).catch(() => {});
  }
}

/** A connection for one user: a statement alone, or a transaction from its begin to its end. */
class Reserved implements PostgresJSReservedSql {
  readonly release: () => void;
  readonly #address: PostgresAddress;
  readonly #slot: Slot;
  /** The transaction it is in: the slot's `closes` at its begin, and the server's number for it. */
  #begun: { readonly closes: number; readonly number: string } | undefined;

  constructor(address: PostgresAddress, slot: Slot, release: () => void) {
    this.#address = address;
    this.#slot = slot;
    this.release = release;
  }

  unsafe(query: string, parameters: unknown[] = []): PostgresJSPendingQuery {
    const done = this.#run(query, parameters);
    return Object.assign(done, { cancel: () => {} });
  }

  async #run(query: string, parameters: unknown[]): Promise<Answer> {
    let committing = false;
    try {
      if (/^(begin|start transaction)\b/.test(query)) return await this.#begin(query);
      if (this.#begun === undefined) return query === "rollback" ? NOTHING : await this.#alone(query, parameters);
      if (this.#begun.closes !== this.#slot.closes) {
        // The server has rolled back by itself, and this connection is another one.
        if (query === "rollback") return NOTHING;
        throw Object.assign(new Error("the connection was closed"), { code: "CONNECTION_CLOSED" });
      }
      if (query !== "commit" && query !== "rollback") return await this.#slot.send(query, parameters);
      committing = query === "commit";
      const answer = await this.#slot.send(query);
      if (committing && answer.command === "ROLLBACK") {
        throw new AllotError("internal", "a statement of a transaction had failed, and it went on nevertheless");
      }
      return answer;
    } catch (error) {
      if (query === "rollback") return NOTHING;
      const fault = statementFault(this.#address, error);
      if (!committing || !isLost(error) || this.#begun === undefined) throw fault;
      const fate = await this.#fateOf(this.#begun.number);
      if (fate === "committed") return NOTHING;
      throw fate === "aborted" ? fault : doubtFault(this.#address, error);
    } finally {
      if (query === "commit" || query === "rollback") this.#begun = undefined;
    }
  }

  async #begin(query: string): Promise<Answer> {
    const { closes } = this.#slot;
    const settings = this.#address.prepare ? "" : `${localSettings(this.#address)}; `;
    const answers = await this.#slot.send(`${query}; ${settings}select pg_current_xact_id()::text as number`);
    const [row] = answers.at(-1) as { readonly number: string }[];
    this.#begun = { closes, number: row?.number ?? "" };
    return NOTHING;
  }

  /** What became of a commit that got no answer: the server still knows. Asked again as long as it is not there. */
  async #fateOf(number: string): Promise<"committed" | "aborted" | "unknown"> {
    const since = systemClock.now();
    while (systemClock.now() - since < PATIENCE_MS) {
      try {
        const answer = await this.#slot.send(`select pg_xact_status('${number}'::xid8) as fate`);
        const [row] = answer as { readonly fate: string | null }[];
        if (row?.fate === "committed" || row?.fate === "aborted") return row.fate;
      } catch (error) {
        if (!isLost(error) && connectFault(this.#address, error).details["again"] !== true) return "unknown";
      }
      await systemClock.sleep(100);
    }
    return "unknown";
  }

  /** A statement that collided changed nothing, and one that only reads may be lost: either is sent again. */
  async #alone(query: string, parameters: unknown[]): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#once(query, parameters);
      } catch (error) {
        const again = isCollision(error) || (isLost(error) && /^select\b/i.test(query));
        if (!again || tries >= MOST_TRIES) throw error;
        await systemClock.sleep(Math.random() * 2 ** tries * 10);
      }
    }
  }

  async #once(query: string, parameters: unknown[]): Promise<Answer> {
    if (this.#address.prepare) return this.#slot.send(query, parameters);
    await this.#slot.send(`begin; ${localSettings(this.#address)}`);
    try {
      const answer = await this.#slot.send(query, parameters);
      await this.#slot.send("commit");
      return answer;
    } catch (error) {
      await this.#slot.send("rollback").catch(() => {});
      throw error;
    }
  }
}

type Answer = Awaited<PostgresJSPendingQuery>;

const NOTHING: Answer = Object.assign([], { command: "", count: 0 });

function sessionSettings({ schema }: PostgresAddress): Record<string, string | number> {
  return {
    search_path: `"${schema}"`,
    lock_timeout: PATIENCE_MS,
    idle_in_transaction_session_timeout: STALLED_MS,
  };
}

function localSettings(address: PostgresAddress): string {
  return Object.entries(sessionSettings(address))
    .map(([name, value]) => `set local ${name} = ${value}`)
    .join("; ");
}

/** int8: the client gives text unless told otherwise. */
const WHOLE = { to: 20, from: [20], serialize: String, parse: exactNumber };

/** numeric: what `sum` makes of int8. */
const SUM = {
  to: 1700,
  from: [1700],
  serialize: String,
  parse: (text: string) => (text.includes(".") ? Number(text) : exactNumber(text)),
};

/** bool, as SQLite has it. */
const YES_NO = {
  to: 16,
  from: [16],
  serialize: (value: unknown) => (value === true || value === 1 || value === "t" ? "t" : "f"),
  parse: (text: string) => (text === "t" ? 1 : 0),
};

/** timestamptz, as SQLite's `datetime` writes it: UTC, to the second. */
const INSTANT = {
  to: 1184,
  from: [1184],
  serialize: String,
  parse: (text: string) => new Date(text).toISOString().slice(0, 19).replace("T", " "),
};

function exactNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new AllotError("internal", `the store holds ${text}, which is beyond what is counted exactly (2^53 - 1)`);
}
