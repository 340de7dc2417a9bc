import { type Kysely } from "kysely";
import type { LedgerTable, Schema } from "../storage/schema.ts";
import { correctedTimes, countedMinute, scopeKeysOf, tokensOf } from "./use-minutes.ts";

/** Something about what is kept beside the ledger that does not hold. */
export interface UseFault {
  readonly code:
    | "minute-differs" // a minute of a scope key is not the sum of its ledger entries
    | "window-differs" // a running window is not the sum of its minutes
    | "hold-scopes-differ"; // what is held of a scope key is not what open holds say
  readonly where: string;
  readonly message: string;
}

type Sum = [tokens: number, nanoUsd: number, requests: number];

/** Adds up ledger entries as they are read, to be compared with the minutes at the end. */
export class UseSums {
  readonly #sums = new Map<string, Map<number, Sum>>();
  readonly #correctedAt: ReadonlyMap<string, number>;

  private constructor(correctedAt: ReadonlyMap<string, number>) {
    this.#correctedAt = correctedAt;
  }

  static async of(db: Kysely<Schema>): Promise<UseSums> {
    const rows = await db.selectFrom("ledger").select("entry_key").where("kind", "=", "correction").execute();
    return new UseSums(
      await correctedTimes(
        db,
        rows.map((row) => row.entry_key),
      ),
    );
  }

  add(entry: LedgerTable): void {
    const minute = countedMinute(entry, this.#correctedAt.get(entry.entry_key));
    for (const key of scopeKeysOf(entry)) {
      let minutes = this.#sums.get(key);
      if (minutes === undefined) this.#sums.set(key, (minutes = new Map()));
      let sum = minutes.get(minute);
      if (sum === undefined) minutes.set(minute, (sum = [0, 0, 0]));
      sum[0] += tokensOf(entry);
      sum[1] += entry.nano_usd;
      sum[2] += entry.kind === "correction" ? 0 : 1;
    }
  }

  /** Compares them with the minutes that are kept. Minutes that were folded together (minute 0) are compared as one. */
  async faults(db: Kysely<Schema>): Promise<UseFault[]> {
    const faults: UseFault[] = [];
    const rows = await db.selectFrom("use_minutes").selectAll().orderBy("scope_key").orderBy("minute").execute();
    const kept = Map.groupBy(rows, (row) => row.scope_key);
    for (const key of new Set([...kept.keys(), ...this.#sums.keys()])) {
      const entries = new Map(this.#sums.get(key) ?? []);
      const minutes = kept.get(key) ?? [];
      for (const { minute, ...row } of minutes.filter((each) => each.minute !== 0)) {
        const expected = entries.get(minute) ?? [0, 0, 0];
        entries.delete(minute);
        compare(faults, `${key} ${minute}`, expected, [row.tokens, row.nano_usd, row.requests]);
      }
      const folded = minutes.find((each) => each.minute === 0);
      const rest = [...entries.values()].reduce<Sum>(plus, [0, 0, 0]);
      compare(faults, `${key} 0`, rest, [folded?.tokens ?? 0, folded?.nano_usd ?? 0, folded?.requests ?? 0]);
    }
    return faults;
  }
}

function plus(a: Sum, b: Sum): Sum {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function compare(faults: UseFault[], where: string, expected: Sum, found: Sum): void {
  if (expected.every((value, index) => value === found[index])) return;
  faults.push({
    code: "minute-differs",
    where,
    message: `the entries of ${where} add up to ${text(expected)}, the minute has ${text(found)}`,
  });
}

function text([tokens, nanoUsd, requests]: Sum): string {
  return `${tokens} tokens, ${nanoUsd} nano-dollars, ${requests} requests`;
}

/** Running windows against the minutes they are sums of, and what is held of each scope key against the open holds. */
export async function standingFaults(db: Kysely<Schema>): Promise<UseFault[]> {
  return [...(await windowFaults(db)), ...(await holdFaults(db))];
}

async function windowFaults(db: Kysely<Schema>): Promise<UseFault[]> {
  const windows = await db.selectFrom("use_windows").selectAll().execute();
  const faults: UseFault[] = [];
  for (const window of windows) {
    const sum = await db
      .selectFrom("use_minutes")
      .select((e) => [
        e.fn.sum<number | null>("tokens").as("tokens"),
        e.fn.sum<number | null>("nano_usd").as("nano_usd"),
        e.fn.sum<number | null>("requests").as("requests"),
      ])
      .where("scope_key", "=", window.scope_key)
      .where("minute", ">=", window.from_minute)
      .executeTakeFirstOrThrow();
    const expected: Sum = [Number(sum.tokens ?? 0), Number(sum.nano_usd ?? 0), Number(sum.requests ?? 0)];
    const found: Sum = [window.tokens, window.nano_usd, window.requests];
    if (expected.every((value, index) => value === found[index])) continue;
    const where = `${window.scope_key} ${window.window}`;
    faults.push({
      code: "window-differs",
      where,
      message: `the minutes of ${where} add up to ${text(expected)}, the window has ${text(found)}`,
    });
  }
  return faults;
}

/** Every open hold under each of its scope keys, none of a hold that is closed. What a reservation still holds shrinks. */
async function holdFaults(db: Kysely<Schema>): Promise<UseFault[]> {
  const holds = await db.selectFrom("holds").selectAll().where("closed_at", "is", null).execute();
  const rooms = await db.selectFrom("hold_scopes").selectAll().execute();
  const found = new Map(rooms.map((room) => [`${room.hold_id} ${room.scope_key}`, room]));
  const faults: UseFault[] = [];
  const differs = (where: string, message: string): void =>
    void faults.push({ code: "hold-scopes-differ", where, message });
  const open = new Set(holds.map((hold) => hold.call_key));
  for (const hold of holds) {
    for (const key of JSON.parse(hold.scope_keys) as string[]) {
      const room = found.get(`${hold.call_key} ${key}`);
      if (room === undefined)
        differs(`${hold.call_key} ${key}`, `the open hold ${hold.call_key} holds nothing of ${key}`);
      else if (room.tokens > hold.tokens || room.nano_usd > hold.nano_usd || room.requests > hold.requests)
        differs(`${hold.call_key} ${key}`, `more is held of ${key} than the hold ${hold.call_key} says`);
      else if (!hold.call_key.startsWith("reservation:") && room.tokens !== hold.tokens)
        differs(`${hold.call_key} ${key}`, `less is held of ${key} than the hold ${hold.call_key} says`);
    }
  }
  for (const { hold_id, scope_key } of rooms) {
    if (!open.has(hold_id)) differs(`${hold_id} ${scope_key}`, `the hold ${hold_id} is over and still takes room`);
  }
  return faults;
}
