import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { AllotError } from "../../foundation/errors.ts";
import { formatIdentity, processIdentity, type ProcessIdentity } from "../../foundation/process-identity.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import type { Admission, Priority, Queued, Refused } from "../throttle.ts";
import type { QueuedCall } from "./place.ts";
import { openQueue, type Queue, type WaitEnd } from "./queue.ts";
import type { QueueSettings } from "./settings.ts";

const START = Date.parse("2026-03-10T12:00:00Z");
let folder: string;
let store: Store;
let clock: SteppedClock;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "allot-queue-"));
  clock = new SteppedClock(START);
  store = await openStore({ path: join(folder, "allot.db"), clock });
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function open(settings: Partial<QueueSettings> = {}, identity: ProcessIdentity = processIdentity()): Queue {
  return openQueue({ store, clock, identity, settings });
}

function callOf(id: string, more: Partial<QueuedCall> = {}): QueuedCall {
  const session = more.session ?? `s-${id}`;
  const worst = { tokens: 100, nanoUsd: 1000, requests: 1 };
  return { id, session, priority: "low", model: "m", worst, scopeKeys: ["global:", `session:${session}`], ...more };
}

function softBy(scopeKey: string): Queued {
  const limit = { scope: "session", of: "*", window: "hour", measure: "tokens", amount: 100 } as const;
  return { kind: "queued", level: "SOFT", worst: { limit, scopeKey, settled: 85, held: 0 } };
}

const ADMITTED: Admission = { kind: "admitted", level: "NONE", held: { tokens: 1, nanoUsd: 1, requests: 1 } };
const never = new AbortController().signal;

/** Waits in the queue until `room` says yes; notes who went when, in seconds after the start. */
function waiting(
  queue: Queue,
  call: QueuedCall,
  room: { open: boolean },
  went: string[],
  queued = softBy("global:"),
): Promise<WaitEnd> {
  return queue.wait(
    call,
    () => {
      if (!room.open) return queued;
      went.push(`${call.id} ${Math.round((clock.now() - START) / 1000)}`);
      return ADMITTED;
    },
    never,
    queued,
  );
}

async function rowsOf(): Promise<readonly (readonly [string, string])[]> {
  const rows = await store.db.selectFrom("queue").select(["id", "state"]).orderBy("id").execute();
  return rows.map(({ id, state }) => [id, state]);
}

describe("a waiting call", () => {
  test("goes when there is room, those before it first, and is seen until then", async () => {
    const queue = open();
    const room = { open: false };
    const went: string[] = [];
    const calls = [];
    for (const id of ["a", "b", "c"]) {
      calls.push(waiting(queue, callOf(id), room, went));
      await clock.move(10);
    }
    await clock.move(30_000);
    expect((await queue.waiting()).map(({ id, row }) => [id, row.level, row.limit_name])).toEqual([
      ["a", "SOFT", "global: tokens/hour"],
      ["b", "SOFT", "global: tokens/hour"],
      ["c", "SOFT", "global: tokens/hour"],
    ]);
    room.open = true;
    await clock.move(3_000);
    expect(went.map((line) => line.split(" ")[0])).toEqual(["a", "b", "c"]);
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(["admitted", "admitted", "admitted"]);
    expect(await queue.waiting()).toEqual([]);
    expect(await rowsOf()).toEqual([
      ["a", "admitted"],
      ["b", "admitted"],
      ["c", "admitted"],
    ]);
  });

  test("of another process is passed only by those with priority", async () => {
    const [one, other] = [open(), open()];
    const room = { open: false };
    const went: string[] = [];
    const calls = [waiting(one, callOf("a"), room, went)];
    await clock.move(10);
    calls.push(waiting(other, callOf("b"), room, went));
    await clock.move(10);
    calls.push(waiting(other, callOf("c", { priority: "normal" }), room, went));
    await clock.move(2_000);
    room.open = true;
    await clock.move(5_000);
    await Promise.all(calls);
    expect(went.map((line) => line.split(" ")[0])).toEqual(["c", "a", "b"]);
  });

  test("that waits for its own session's limit holds up nobody else", async () => {
    const queue = open();
    const closed = { open: false };
    const went: string[] = [];
    const heavy = waiting(queue, callOf("heavy", { session: "h" }), closed, went, softBy("session:h"));
    await clock.move(10);
    const light = waiting(queue, callOf("light"), { open: true }, went);
    await clock.move(1_000);
    expect([(await light).kind, went]).toEqual(["admitted", ["light 0"]]);
    closed.open = true;
    await clock.move(2_000);
    expect((await heavy).kind).toBe("admitted");
  });

  test("is not passed by a new one of low priority under the same limit, but by the others", async () => {
    const queue = open();
    const end = waiting(queue, callOf("a", { session: "h" }), { open: false }, [], softBy("session:h"));
    await clock.move(10);
    const mustWait = (session: string, priority: Priority): Promise<boolean> =>
      queue.mustWait(callOf("new", { session, priority }));
    expect([await mustWait("h", "low"), await mustWait("h", "normal"), await mustWait("x", "low")]).toEqual([
      true,
      false,
      false,
    ]);
    await queue.cancel("a");
    await clock.move(2_000);
    expect([(await end).kind, await mustWait("h", "low")]).toEqual(["cancelled", false]);
  });

  test("may come back under its old name, as one of a resumed run does", async () => {
    const first = waiting(open(), callOf("a"), { open: false }, []);
    await clock.move(100);
    await open().cancel("a");
    await clock.move(2_000);
    expect((await first).kind).toBe("cancelled");
    const again = waiting(open(), callOf("a"), { open: true }, []);
    await clock.move(100);
    expect([(await again).kind, await rowsOf()]).toEqual(["admitted", [["a", "admitted"]]]);
  });

  test("ends as expired at its deadline", async () => {
    const queue = open();
    const end = waiting(queue, callOf("a", { deadlineAt: START + 5_000 }), { open: false }, []);
    await clock.move(4_999);
    expect(await rowsOf()).toEqual([["a", "waiting"]]);
    await clock.move(1);
    expect([await end, await rowsOf()]).toEqual([{ kind: "expired" }, [["a", "expired"]]]);
  });

  test("is not refused because the level rose, but where waiting cannot help", async () => {
    const queue = open();
    const { worst: limit } = softBy("global:");
    const hard: Refused = {
      kind: "refused",
      why: "level",
      level: "HARD",
      limit,
      shortBy: 0,
      retryAfterMs: 1,
      freeAt: 1,
    };
    const answers: Admission[] = [hard, hard, { ...hard, why: "room", retryAfterMs: null, freeAt: null }];
    const end = queue.wait(callOf("a"), () => answers.shift() ?? ADMITTED, never, softBy("global:"));
    await clock.move(10_000);
    expect(await end).toMatchObject({ kind: "refused", refused: { why: "room" } });
  });

  test("of low priority that waited long asks as normal, and goes at SOFT", async () => {
    const queue = open({ goAtSoftMs: 60_000 });
    const asked: Priority[] = [];
    const end = queue.wait(
      callOf("a"),
      (priority) => {
        asked.push(priority);
        return priority === "normal" ? ADMITTED : softBy("global:");
      },
      never,
      softBy("global:"),
    );
    await clock.move(59_000);
    expect(new Set(asked)).toEqual(new Set(["low"]));
    await clock.move(2_000);
    expect([(await end).kind, asked.at(-1)]).toEqual(["admitted", "normal"]);
  });
});

test("a call goes on waiting while the store is busy", async () => {
  const busy = { times: 0 };
  const trying = new Proxy(store, {
    get(target, name) {
      if (name === "db" && busy.times > 0) {
        busy.times -= 1;
        throw new AllotError("ledger-busy", "another process holds the store");
      }
      return Reflect.get(target, name) as unknown;
    },
  });
  const queue = openQueue({ store: trying, clock, identity: processIdentity() });
  const went: string[] = [];
  const room = { open: false };
  const end = waiting(queue, callOf("a"), room, went);
  await clock.move(1_000);
  busy.times = 3;
  room.open = true;
  await clock.move(10_000);
  expect([busy.times, (await end).kind, went.length]).toEqual([0, "admitted", 1]);
});

describe("a waiting call is taken out", () => {
  test("by its signal", async () => {
    const stop = new AbortController();
    const end = open().wait(callOf("a"), () => softBy("global:"), stop.signal, softBy("global:"));
    await clock.move(1_000);
    stop.abort(new Error("enough"));
    expect([await end, await rowsOf()]).toEqual([{ kind: "cancelled" }, [["a", "cancelled"]]]);
  });

  test("by anybody who cancels it, once", async () => {
    const end = waiting(open(), callOf("a"), { open: false }, []);
    await clock.move(1_000);
    const other = open();
    expect([await other.cancel("a"), await other.cancel("a")]).toEqual([true, false]);
    await clock.move(2_000);
    expect(await end).toEqual({ kind: "cancelled" });
  });

  test("by whoever sees that its process is gone", async () => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    const dying = open({}, processIdentity(child.pid));
    await dying.enter(callOf("dead"), softBy("global:"));
    child.kill("SIGKILL");
    await once(child, "exit");
    const went: string[] = [];
    await clock.move(100);
    const end = waiting(open(), callOf("live"), { open: true }, went);
    await clock.move(200);
    expect([(await end).kind, await rowsOf()]).toEqual([
      "admitted",
      [
        ["dead", "cancelled"],
        ["live", "admitted"],
      ],
    ]);
  });

  test("where its process is on another machine and has not looked for half a minute", async () => {
    const elsewhere = open({}, { ...processIdentity(), machine: "another-machine" });
    await elsewhere.enter(callOf("far"), softBy("global:"));
    const end = waiting(open(), callOf("near"), { open: true }, []);
    await clock.move(29_000);
    expect(await rowsOf()).toEqual([
      ["far", "waiting"],
      ["near", "waiting"],
    ]);
    await clock.move(2_000);
    expect([(await end).kind, (await rowsOf())[0]]).toEqual(["admitted", ["far", "cancelled"]]);
  });

  test("but not while that process still looks", async () => {
    const elsewhere = open({}, { ...processIdentity(), machine: "another-machine" });
    const stop = new AbortController();
    const far = elsewhere.wait(callOf("far"), () => softBy("global:"), stop.signal, softBy("global:"));
    await clock.move(10);
    const near = open().wait(callOf("near"), () => ADMITTED, stop.signal, softBy("global:"));
    await clock.move(300_000);
    expect(await rowsOf()).toEqual([
      ["far", "waiting"],
      ["near", "waiting"],
    ]);
    stop.abort();
    expect([(await far).kind, (await near).kind]).toEqual(["cancelled", "cancelled"]);
  });
});

describe("a lane with few places", () => {
  const lanes = [
    { name: "immediate", belowMs: 30_000, atOnce: null },
    { name: "background", belowMs: null, atOnce: 2 },
  ] as const;

  test("lets so many go at the same time, in all processes, and short calls at once", async () => {
    const queues = [open({ lanes }), open({ lanes })];
    const asks = [90_000, 1_000].map((expectedMs) => queues[0]!.mustWait({ ...callOf("x"), expectedMs }));
    expect(await Promise.all(asks)).toEqual([true, false]);
    const ends: WaitEnd[] = [];
    for (const [number, queue] of [...queues, ...queues].entries()) {
      const call = callOf(`long${number}`, { expectedMs: 90_000 });
      void queue.wait(call, () => ADMITTED, never).then((end) => ends.push(end));
      await clock.move(10);
    }
    const short = queues[1]!.wait(callOf("short", { expectedMs: 1_000 }), () => ADMITTED, never);
    await clock.move(5_000);
    expect([(await short).kind, ends.length]).toEqual(["admitted", 2]);
    for (const end of ends.splice(0, 2)) if (end.kind === "admitted") await end.done();
    await clock.move(5_000);
    expect(ends.length).toBe(2);
  });

  test("takes its place back for a call that does not go after all", async () => {
    const queue = open({ lanes: [{ ...lanes[1], atOnce: 1 }] });
    const room = { open: false };
    const went: string[] = [];
    const end = waiting(queue, callOf("a", { expectedMs: 90_000 }), room, went, softBy("session:s-a"));
    await clock.move(1_000);
    const other = waiting(queue, callOf("b", { expectedMs: 90_000 }), { open: true }, went, softBy("session:s-b"));
    await clock.move(5_000);
    const done = await other;
    expect(done.kind).toBe("admitted");
    if (done.kind === "admitted") await done.done();
    room.open = true;
    await clock.move(3_000);
    expect((await end).kind).toBe("admitted");
  });
});

test("the owner of a row is the process that waits", async () => {
  await open().enter(callOf("a"), softBy("global:"));
  const row = await store.db.selectFrom("queue").selectAll().executeTakeFirstOrThrow();
  expect(row).toMatchObject({
    owner: formatIdentity(processIdentity()),
    lane: "immediate",
    deadline_at: START + 3_600_000,
  });
});
