import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WaiterPlan } from "../../../test/support/queue-waiter.ts";
import { describeOnEachStore, type StorePlace } from "../../../test/support/store-place.ts";
import { systemClock } from "../../foundation/clock.ts";
import { openStore, type Store } from "../../storage/storage.ts";

const WAITER = join(import.meta.dirname, "../../../test/support/queue-waiter.ts");

describeOnEachStore("a queue of several processes", (openPlace) => {
  let place: StorePlace;
  let store: Store;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    place = await openPlace();
    store = await openStore({ ...place.settings, clock: systemClock });
  });

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await once(child, "exit");
    }
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  function waiter(calls: WaiterPlan["calls"], workMs = 0): ChildProcess {
    const plan: WaiterPlan = { settings: place.settings, folder: place.folder, calls, workMs };
    const child = spawn(process.execPath, [WAITER, JSON.stringify(plan)], { stdio: ["ignore", "inherit", "inherit"] });
    children.push(child);
    return child;
  }

  const went = (): readonly string[] =>
    existsSync(join(place.folder, "went")) ? readFileSync(join(place.folder, "went"), "utf8").trim().split("\n") : [];

  async function until(done: () => boolean | Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await done()); tries += 1) {
      if (tries > 400) throw new Error("it did not come to pass in 20 s");
      await systemClock.sleep(50);
    }
  }

  async function waitingNow(): Promise<readonly string[]> {
    const rows = await store.db
      .selectFrom("queue")
      .select("id")
      .where("state", "=", "waiting")
      .orderBy("entered_at")
      .execute();
    return rows.map(({ id }) => id);
  }

  test("goes in the order in which all came, and the calls of a killed one leave it", { timeout: 60_000 }, async () => {
    const short = { expectedMs: 1_000 };
    waiter([{ id: "a1", ...short }]);
    await until(async () => (await waitingNow()).length === 1);
    const doomed = waiter([{ id: "b1", ...short }]);
    await until(async () => (await waitingNow()).length === 2);
    waiter([{ id: "c1", ...short }]);
    await until(async () => (await waitingNow()).length === 3);
    expect(await waitingNow()).toEqual(["a1", "b1", "c1"]);
    doomed.kill("SIGKILL");
    await once(doomed, "exit");
    writeFileSync(join(place.folder, "open"), "");
    await until(() => went().length === 4);
    expect(went().filter((line) => line.startsWith("in"))).toEqual(["in a1", "in c1"]);
    const killed = await store.db.selectFrom("queue").select("state").where("id", "=", "b1").executeTakeFirstOrThrow();
    expect(killed.state).toBe("cancelled");
  });

  test("never has more long calls at work than their lane has places", { timeout: 60_000 }, async () => {
    writeFileSync(join(place.folder, "open"), "");
    for (const name of ["a", "b", "c"]) {
      waiter(
        [1, 2, 3].map((number) => ({ id: `${name}${number}`, expectedMs: 120_000 })),
        100,
      );
    }
    await until(() => went().length === 18);
    let [atWork, most] = [0, 0];
    for (const line of went()) {
      atWork += line.startsWith("in") ? 1 : -1;
      most = Math.max(most, atWork);
    }
    expect([most, atWork]).toEqual([2, 0]);
  });
});
