import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeOnEachStore, type StorePlace } from "../../../test/support/store-place.ts";
import { systemClock } from "../../foundation/clock.ts";
import { processIdentity } from "../../foundation/process-identity.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import type { Admission, Queued } from "../throttle.ts";
import type { QueuedCall } from "./place.ts";
import { openQueue, type Queue, type WaitEnd } from "./queue.ts";
import type { QueueSettings } from "./settings.ts";

/*
 * The queue in real time, on both databases: what hangs on the store. Order, ageing and fairness are shown on a stepped
 * clock in `queue.test.ts`.
 */
const ADMITTED: Admission = { kind: "admitted", level: "NONE", held: { tokens: 1, nanoUsd: 1, requests: 1 } };
const never = new AbortController().signal;

describeOnEachStore("the queue", (openPlace) => {
  let place: StorePlace;
  let store: Store;
  beforeEach(async () => {
    place = await openPlace();
    store = await openStore({ ...place.settings, clock: systemClock });
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  const open = (settings: Partial<QueueSettings> = {}): Queue =>
    openQueue({
      store,
      clock: systemClock,
      identity: processIdentity(),
      settings: { pollMs: 10, slowestPollMs: 40, ...settings },
    });

  test("lets those that wait go in the order they came, whichever queue they stand in", async () => {
    const queues = [open(), open()];
    const went: string[] = [];
    let isOpen = false;
    const waits: Promise<WaitEnd>[] = [];
    for (const [number, id] of ["a", "b", "c", "d", "e", "f"].entries()) {
      const queue = queues[number % 2];
      if (queue === undefined) throw new Error("unreachable");
      const decide = (): Admission => {
        if (!isOpen) return waitFor("global:");
        went.push(id);
        return ADMITTED;
      };
      waits.push(queue.wait(callOf(id), decide, never, waitFor("global:")));
      await seen(store, id);
      // Two that came in the same millisecond came at once.
      await sleep(3);
    }
    isOpen = true;
    expect((await Promise.all(waits)).map(({ kind }) => kind)).toEqual(waits.map(() => "admitted"));
    expect(went).toEqual(["a", "b", "c", "d", "e", "f"]);
    const rows = await store.db.selectFrom("queue").select(["state", "left_at"]).execute();
    expect(rows.every(({ state, left_at }) => state === "admitted" && left_at !== null)).toBe(true);
  });

  test("never gives out more places of a lane than it has, and each again when it is free", async () => {
    const lanes = [{ name: "background", belowMs: null, atOnce: 2 }] as const;
    const queues = [open({ lanes }), open({ lanes }), open({ lanes })];
    let running = 0;
    let most = 0;
    const call = async (number: number): Promise<void> => {
      const queue = queues[number % 3];
      const end = await queue?.wait(callOf(`long${number}`, 90_000), () => ADMITTED, never);
      if (end?.kind !== "admitted") throw new Error(`call ${number} did not go`);
      running += 1;
      most = Math.max(most, running);
      await sleep(20);
      running -= 1;
      await end.done();
    };
    await Promise.all(Array.from({ length: 9 }, (_, number) => call(number)));
    expect([most, running]).toEqual([2, 0]);
  });

  test("is left by who cancels, once, and told to who waited", async () => {
    const queue = open();
    const waiting = queue.wait(callOf("a"), () => waitFor("global:"), never, waitFor("global:"));
    await seen(store, "a");
    const cancelled = await Promise.all([queue.cancel("a"), queue.cancel("a"), open().cancel("a")]);
    expect(cancelled.filter(Boolean)).toHaveLength(1);
    expect((await waiting).kind).toBe("cancelled");
  });
});

function callOf(id: string, expectedMs?: number): QueuedCall {
  const worst = { tokens: 100, nanoUsd: 1000, requests: 1 };
  return {
    id,
    session: `s-${id}`,
    priority: "low",
    model: "m",
    worst,
    scopeKeys: ["global:", `session:s-${id}`],
    ...(expectedMs === undefined ? {} : { expectedMs }),
  };
}

function waitFor(scopeKey: string): Queued {
  const limit = { scope: "global", of: "*", window: "hour", measure: "tokens", amount: 100 } as const;
  return { kind: "queued", level: "SOFT", worst: { limit, scopeKey, settled: 85, held: 0 } };
}

async function seen(store: Store, id: string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const rows = await store.db.selectFrom("queue").select("id").where("id", "=", id).execute();
    if (rows.length > 0) return;
    await sleep(5);
  }
  throw new Error(`${id} never stood in the queue`);
}
