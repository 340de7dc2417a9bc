import { expect, test } from "vitest";
import { describeOnEachStore } from "../../../../test/support/store-place.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { formatIdentity, processIdentity } from "../../../foundation/process-identity.ts";
import { lineLog } from "../../../foundation/log.ts";
import { settledEver } from "../../../ledger/use-minutes.ts";
import { openStore, type Store } from "../../../storage/storage.ts";
import { DEFAULT_LIMITS } from "../../../throttle/limits.ts";
import type { LimitSet } from "../../../throttle/throttle.ts";
import type { AgentEnd, AgentEvent, AgentProgram, AgentTask, AgentUsage } from "../program.ts";
import type { HostedWork } from "./hosted-work.ts";
import { throwIfInterrupted } from "../interrupted.ts";
import { type HostOrder, openAgentHosting } from "./open-hosting.ts";
import { hostWork, type WorkGateway } from "./work-host.ts";
import { openWork, readWork } from "./work-rows.ts";

const NEVER = new AbortController().signal;
const USAGE = {
  inputTokens: 900,
  cacheReadTokens: 50,
  cacheWriteTokens: 0,
  outputTokens: 50,
  reasoningTokens: 0,
  cost: null,
};

type Act = (task: AgentTask, signal: AbortSignal, emit: (event: AgentEvent) => void) => Promise<Partial<AgentEnd>>;

/** Hosts in this very process, with an agent that does what the test says; a host that is "killed" leaves its row as it stands. */
function stage(store: Store, act: Act, limits: LimitSet = DEFAULT_LIMITS, openGateway = noGateway) {
  const tasks: AgentTask[] = [];
  const program: AgentProgram = {
    name: "claude",
    detect: () => Promise.resolve(null),
    async work(task, signal, emit) {
      tasks.push(task);
      const end = await act(task, signal, emit);
      return { ...DONE, ...end };
    },
  };
  const launch = ({ work, life }: HostOrder) => {
    void hostWork(
      {
        store,
        identity: formatIdentity(processIdentity()),
        limits: () => Promise.resolve(limits),
        openProgram: (name) => (name === "claude" ? program : undefined),
        openGateway,
        log: lineLog(
          () => {},
          () => 0,
        ),
        stop: NEVER,
      },
      work,
      life,
    );
    return { ended: () => undefined };
  };
  const hosting = openAgentHosting({ store, launch, recoverBooks: () => Promise.resolve() });
  const carryOut = async (work: HostedWork, signal = NEVER) => {
    const events: AgentEvent[] = [];
    const end = await hosting.carryOut(work, signal, (event) => events.push(event));
    return { end, events };
  };
  return { tasks, launch, carryOut };
}

function noGateway(): Promise<WorkGateway> {
  return Promise.reject(new AllotError("internal", "no gateway in this test"));
}

const DONE: AgentEnd = {
  kind: "done",
  text: "Done.",
  session: "s-1",
  usage: USAGE,
  code: null,
  message: null,
  exitCode: 0,
  tookMs: 5,
};

function piece(more: Partial<HostedWork> = {}, task: Partial<HostedWork["task"]> = {}): HostedWork {
  return {
    key: "run-1/1/1/work/1",
    agent: "claude",
    gateway: "own-login",
    terms: { session: "me", run: "run-1" },
    ...more,
    task: { prompt: "Do it.", cwd: "/", env: {}, sandbox: "workspace-write", timeoutMs: 60_000, limits: {}, ...task },
  };
}

describeOnEachStore("hosted work", (openPlace) => {
  test("is done once a key, for as many as ask for it, with the same events and end for each", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const { tasks, carryOut } = stage(store, async (_task, _signal, emit) => {
      emit({ kind: "session", id: "s-1" });
      emit({ kind: "file", path: "a.txt" });
      return {};
    });
    const [one, other] = await Promise.all([carryOut(piece()), carryOut(piece())]);
    const later = await carryOut(piece());
    expect(tasks).toHaveLength(1);
    expect(one.end).toMatchObject({ kind: "done", text: "Done.", session: "s-1" });
    expect([other, later]).toEqual([one, one]);
    expect(one.events).toEqual([
      { kind: "session", id: "s-1" },
      { kind: "file", path: "a.txt" },
    ]);
  });

  test("is refused under a key that had another task, and not for another environment or time", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const { carryOut } = stage(store, async () => ({}));
    await carryOut(piece());
    await expect(carryOut(piece({}, { prompt: "Do something else." }))).rejects.toMatchObject({
      code: "call-key-reused",
    });
    const same = await carryOut(piece({}, { env: { A: "b" }, timeoutMs: 1 }));
    expect(same.end.kind).toBe("done");
  });

  test("on an own login has one hold and one entry: tokens counted, $0, marked as covered", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const { carryOut } = stage(store, async () => ({}));
    const { end } = await carryOut(piece());
    expect(end.spent).toEqual({ cost: 0, covered: true, tokens: 1_000, calls: 1, differs: null });
    const rows = await store.db
      .selectFrom("ledger")
      .select([
        "kind",
        "run_id",
        "task",
        "input_tokens",
        "cache_read_tokens",
        "output_tokens",
        "nano_usd",
        "price_version",
      ])
      .execute();
    expect(rows.map((row) => ({ ...row }))).toEqual([
      {
        kind: "settlement",
        run_id: "run-1",
        task: "1",
        input_tokens: 900,
        cache_read_tokens: 50,
        output_tokens: 50,
        nano_usd: 0,
        price_version: "covered",
      },
    ]);
    expect(await store.db.selectFrom("holds").select("call_key").where("closed_at", "is", null).execute()).toEqual([]);
    expect(await settledEver(store.db, "session:me")).toMatchObject({ tokens: 1_000, nanoUsd: 0 });
  });

  test("whose host meets a fault is settled at what the agent had told of its usage", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const { carryOut } = stage(store, async (_task, _signal, emit) => {
      emit({ kind: "session", id: "s-1" });
      emit({ kind: "usage", usage: USAGE });
      throw new Error("a pipe broke");
    });
    const { end } = await carryOut(piece());
    expect(end).toMatchObject({ kind: "failed", code: "internal", session: "s-1", usage: { inputTokens: 900 } });
    expect(end.spent).toMatchObject({ covered: true, tokens: 1_000, calls: 1 });
    expect(await settledEver(store.db, "session:me")).toMatchObject({ tokens: 1_000 });
  });

  test("whose host meets a fault before the agent told any usage is settled at its hold", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const { carryOut } = stage(store, () => Promise.reject(new Error("a pipe broke")));
    const { end } = await carryOut(piece({}, { limits: { tokens: 7_000 } }));
    expect(end).toMatchObject({ kind: "failed", code: "internal", spent: { covered: true, tokens: 7_000 } });
    expect(await settledEver(store.db, "session:me")).toMatchObject({ tokens: 7_000 });
  });

  test("whose host meets a fault beside its gateway tells what the gateway has counted", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const gateway: WorkGateway = {
      url: "http://127.0.0.1:1",
      key: "k",
      stopped: () => null,
      spent: () => Promise.resolve({ nanoUsd: 30, tokens: 200, requests: 2 }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const fault = (): Promise<never> => Promise.reject(new Error("a pipe broke"));
    const { carryOut } = stage(store, fault, DEFAULT_LIMITS, () => Promise.resolve(gateway));
    const { end } = await carryOut(piece({ gateway: "gateway" }));
    expect(end).toMatchObject({ kind: "failed", code: "internal" });
    expect(end.spent).toMatchObject({ cost: 30, covered: false, tokens: 200, calls: 2 });
  });

  test("on an own login is stopped once it has used what is held and the limits have no room for more", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const limit = { scope: "session", of: "me", window: "hour", measure: "tokens", amount: 100_000 } as const;
    let turns = 0;
    const { carryOut } = stage(
      store,
      async (_task, signal, emit) => {
        emit({ kind: "session", id: "s-1" });
        while (!signal.aborted && turns < 50) {
          turns += 1;
          emit({
            kind: "usage",
            usage: { ...USAGE, inputTokens: 30_000 * turns, cacheReadTokens: 0, outputTokens: 0 },
          });
          await heldOrStopped(store, signal, 30_000 * turns);
        }
        throwIfInterrupted(signal);
        return {};
      },
      { ...DEFAULT_LIMITS, limits: [limit] },
    );
    const { end } = await carryOut(piece());
    expect(end).toMatchObject({ kind: "over-limit", code: "limit-reached", session: "s-1" });
    expect(end.message).toContain("tokens/hour for session me: 90,000 tokens of 100,000 tokens used");
    expect([turns, end.spent.tokens]).toEqual([3, 90_000]);
    expect(await settledEver(store.db, "session:me")).toMatchObject({ tokens: 90_000, requests: 1 });
  });

  test("on an own login holds no more than its cap, however much the limits have room for", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const tell = (emit: (event: AgentEvent) => void, inputTokens: number) =>
      emit({ kind: "usage", usage: { ...USAGE, inputTokens, cacheReadTokens: 0, outputTokens: 0 } });
    const { carryOut } = stage(store, async (_task, signal, emit) => {
      expect(await heldBy(store)).toBe(20_000);
      tell(emit, 15_000);
      await heldOrStopped(store, signal, 20_000);
      tell(emit, 24_000);
      return { usage: { ...USAGE, inputTokens: 24_000, cacheReadTokens: 0, outputTokens: 0 } };
    });
    expect((await carryOut(piece({}, { limits: { tokens: 25_000 } }))).end.kind).toBe("done");
    const rows = await store.db.selectFrom("ledger").select(["input_tokens", "hold_tokens"]).execute();
    expect(rows.map((row) => ({ ...row }))).toEqual([{ input_tokens: 24_000, hold_tokens: 25_000 }]);
  });

  test("that a limit has no room for is not begun, and may be asked for again under its key", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const limit = { scope: "session", of: "me", window: "hour", measure: "tokens", amount: 100 } as const;
    const { tasks, carryOut } = stage(store, async () => ({}), { ...DEFAULT_LIMITS, limits: [limit] });
    const { end } = await carryOut(piece());
    expect(end).toMatchObject({ kind: "over-limit", code: "limit-reached", spent: { tokens: 0, calls: 0 } });
    expect(tasks).toEqual([]);
    const again = stage(store, async () => ({}));
    expect((await again.carryOut(piece())).end.kind).toBe("done");
  });

  test("that is stopped throws interrupted, is settled at what it used, and goes on with its session later", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const begun = Promise.withResolvers<void>();
    const { tasks, carryOut } = stage(store, async (task, signal, emit) => {
      if (task.resume !== undefined) return {};
      emit({ kind: "session", id: "s-1" });
      emit({ kind: "usage", usage: USAGE });
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new AllotError("interrupted", "the agent was stopped");
    });
    const stop = new AbortController();
    const first = carryOut(piece(), stop.signal);
    await begun.promise;
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: "interrupted" });
    expect(await settledEver(store.db, "session:me")).toMatchObject({ tokens: 1_000 });

    const { end } = await carryOut(piece());

    expect(end).toMatchObject({ kind: "done", usage: { inputTokens: 1_800 }, spent: { tokens: 2_000, calls: 2 } });
    expect(tasks[1]).toMatchObject({ resume: "s-1" });
    expect(tasks[1]?.prompt).toMatch(/^You were interrupted .*\n\nDo it\.$/s);
    expect(await settledEver(store.db, "session:me")).toMatchObject({ tokens: 2_000 });
  });

  test("that a limit has no room for after it was stopped keeps its session, and goes on with it once there is room", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const begun = Promise.withResolvers<void>();
    const first = stage(store, async (_task, signal, emit) => {
      emit({ kind: "session", id: "s-1" });
      emit({ kind: "usage", usage: USAGE });
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new AllotError("interrupted", "the agent was stopped");
    });
    const stop = new AbortController();
    const stopped = first.carryOut(piece(), stop.signal);
    await begun.promise;
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
    const limit = { scope: "session", of: "me", window: "hour", measure: "tokens", amount: 2_000 } as const;
    const full = stage(store, async () => ({}), { ...DEFAULT_LIMITS, limits: [limit] });
    const { end: refused } = await full.carryOut(piece());
    expect(refused).toMatchObject({ kind: "over-limit", session: "s-1", spent: { tokens: 1_000, calls: 1 } });

    const { tasks, carryOut } = stage(store, async () => ({}));
    const { end } = await carryOut(piece());

    expect(tasks.map(({ resume }) => resume)).toEqual(["s-1"]);
    expect(end).toMatchObject({ kind: "done", usage: { inputTokens: 1_800 }, spent: { tokens: 2_000, calls: 2 } });
  });

  test.each([
    ["goes on where they leave enough of it", 1_000, "done"],
    ["ends over the limit where they use it up", 25_000, "over-limit"],
  ])("whose room other agents of its run hold waits until they end, and %s", async (_what, used, kind) => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const limit = { scope: "session", of: "me", window: "hour", measure: "tokens", amount: 30_000 } as const;
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { tasks, carryOut } = stage(
      store,
      async ({ prompt }) => {
        begun.resolve();
        if (prompt === "First.") await release.promise;
        return { usage: { ...USAGE, inputTokens: used, cacheReadTokens: 0, outputTokens: 0 } };
      },
      { ...DEFAULT_LIMITS, limits: [limit] },
    );
    const first = carryOut(piece({}, { prompt: "First." }));
    await begun.promise;
    const key = "run-1/2/1/work/1";
    const second = carryOut(piece({ key }, { prompt: "Second." }));
    for (;;) {
      const row = await readWork(store, key);
      if (row?.state === "over") break;
      await systemClock.sleep(10);
    }
    expect(tasks.map(({ prompt }) => prompt)).toEqual(["First."]);
    release.resolve();
    expect((await first).end.kind).toBe("done");
    const { end, events } = await second;
    expect(end.kind).toBe(kind);
    expect(events[0]).toMatchObject({ kind: "note", text: expect.stringContaining("it waits") as string });
  });

  test("that meets a limit while other agents of its run hold room goes on with its session when they have ended", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const limit = { scope: "session", of: "me", window: "hour", measure: "tokens", amount: 60_000 } as const;
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { tasks, carryOut } = stage(
      store,
      async ({ prompt, resume }, signal, emit) => {
        begun.resolve();
        if (prompt === "First.") await release.promise;
        if (prompt === "First." || resume !== undefined) return {};
        emit({ kind: "session", id: "s-2" });
        emit({ kind: "usage", usage: { ...USAGE, inputTokens: 25_000, cacheReadTokens: 0, outputTokens: 0 } });
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        throw new AllotError("interrupted", "the agent was stopped");
      },
      { ...DEFAULT_LIMITS, limits: [limit] },
    );
    const first = carryOut(piece({}, { prompt: "First." }));
    await begun.promise;
    const key = "run-1/2/1/work/1";
    const second = carryOut(piece({ key }, { prompt: "Second." }));
    for (;;) {
      const row = await readWork(store, key);
      if (row?.state === "over") break;
      await systemClock.sleep(10);
    }
    release.resolve();
    await first;
    expect((await second).end).toMatchObject({ kind: "done", spent: { tokens: 26_000, calls: 2 } });
    expect(tasks.map(({ resume }) => resume)).toEqual([undefined, undefined, "s-2"]);
    expect(await settledEver(store.db, "session:me")).toMatchObject({ tokens: 27_000 });
  });

  test("whose host is gone counts at its hold, and goes on with its session", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    await abandoned(store, piece({}, { limits: { tokens: 7_000 } }), "s-1");
    const { tasks, carryOut } = stage(store, async () => ({}));
    const { end } = await carryOut(piece({}, { limits: { tokens: 7_000 } }));
    expect(end.kind).toBe("done");
    expect(tasks.map(({ resume }) => resume)).toEqual(["s-1"]);
    expect(await settledEver(store.db, "session:me")).toMatchObject({ tokens: 8_000, nanoUsd: 0 });
  });

  test("whose host is gone counts at what it had told, where that is more than its hold", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const work = piece({}, { limits: { tokens: 600 } });
    await abandoned(store, work, null, USAGE);
    expect((await stage(store, async () => ({})).carryOut(work)).end.kind).toBe("unknown");
    expect(await settledEver(store.db, "session:me")).toMatchObject({ tokens: 1_000 });
  });

  test("whose host is gone before it named a session is unknown for ever, and nothing is begun", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    await abandoned(store, piece({}, { limits: { tokens: 7_000 } }), null);
    const { tasks, carryOut } = stage(store, async () => ({}));
    const first = await carryOut(piece({}, { limits: { tokens: 7_000 } }));
    expect(first.end).toMatchObject({ kind: "unknown", session: null, spent: { covered: true } });
    expect((await carryOut(piece({}, { limits: { tokens: 7_000 } }))).end.kind).toBe("unknown");
    expect(tasks).toEqual([]);
    expect(await settledEver(store.db, "session:me")).toMatchObject({ tokens: 7_000 });
  });

  test("whose session is lost with its host is unknown, and not begun afresh", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    await abandoned(store, piece(), "s-1");
    const { tasks, carryOut } = stage(store, async () => ({ kind: "session-lost", message: "no such session" }));
    const { end } = await carryOut(piece());
    expect(end).toMatchObject({ kind: "unknown", session: null, message: "no such session" });
    expect(tasks).toHaveLength(1);
  });

  test("of an agent that is not installed throws, and may be asked for again once it is", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const missing = stage(store, () => Promise.reject(new AllotError("command-not-found", "there is no program")));
    await expect(missing.carryOut(piece())).rejects.toMatchObject({ code: "command-not-found" });
    expect(await store.db.selectFrom("holds").select("call_key").where("closed_at", "is", null).execute()).toEqual([]);
    const installed = stage(store, async () => ({}));
    expect((await installed.carryOut(piece())).end.kind).toBe("done");
  });

  test("whose hosts cannot start throws what they say, and begins nothing", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    const hosting = openAgentHosting({
      store,
      launch: () => ({ ended: () => "it ended with 1: no such file" }),
      recoverBooks: () => Promise.resolve(),
    });
    await expect(hosting.carryOut(piece(), NEVER, () => {})).rejects.toMatchObject({
      code: "internal",
      message: expect.stringContaining("no such file") as string,
    });
  });
});

async function heldBy(store: Store): Promise<number> {
  const open = await store.db.selectFrom("holds").select("tokens").where("closed_at", "is", null).execute();
  return open.reduce((sum, { tokens }) => sum + Number(tokens), 0);
}

/** Until more is held than was used, or the agent is to stop. */
async function heldOrStopped(store: Store, signal: AbortSignal, used: number): Promise<void> {
  while (!signal.aborted && (await heldBy(store)) <= used) await systemClock.sleep(5);
}

/** A work whose host was killed: taken and held by a process that is gone. */
async function abandoned(store: Store, work: HostedWork, session: string | null, usage?: AgentUsage): Promise<void> {
  const { launch } = stage(store, async (_task, _signal, emit) => {
    if (usage !== undefined) emit({ kind: "usage", usage });
    if (session !== null) emit({ kind: "session", id: session });
    else emit({ kind: "text", text: "I begin." });
    return new Promise<never>(() => {});
  });
  await openWork(store, work);
  launch({ work, life: 1 });
  for (;;) {
    const events = await store.db.selectFrom("agent_work_events").select("seq").execute();
    if (events.length > (usage === undefined ? 0 : 1)) break;
    await systemClock.sleep(10);
  }
  const gone = formatIdentity({ ...processIdentity(), pid: 2 ** 22 + 1, startedAt: "1" });
  await store.db.updateTable("agent_works").set({ host: gone }).where("key", "=", work.key).execute();
}
