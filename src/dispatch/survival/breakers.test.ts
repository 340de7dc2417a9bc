import { expect, test } from "vitest";
import { describeOnEachStore } from "../../../test/support/store-place.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { systemClock } from "../../foundation/clock.ts";
import { parseIdentity, processIdentity } from "../../foundation/process-identity.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { openSurvival } from "./open-survival.ts";
import { OWN_WORK } from "./policies.ts";
import type { Attempted, FaultKind, Survival, Survived, Target } from "./survival.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const CLAUDE: Target = { provider: "anthropic", model: "claude" };
const GPT: Target = { provider: "openai", model: "gpt" };
const ONCE = { ...OWN_WORK, attemptsEach: 1 };

const WORKS: Attempted<string> = { kind: "done", value: "yes", facts: { status: 200 } };
const REFUSED_BY_US: Attempted<string> = { kind: "done", value: "no room" };

function fails(kind: FaultKind = "overload"): Attempted<string> {
  return { kind: "fault", value: "no", open: true, fault: { code: "", kind, message: kind } };
}

/** One process: what its targets answer, and whom it asked. */
interface Process {
  readonly survival: Survival;
  readonly asked: string[];
  /** Asks the targets in order, once each; Claude ends so, GPT answers. */
  ask(claude: Attempted<string> | Promise<Attempted<string>>, targets?: readonly Target[]): Promise<Survived<string>>;
}

interface Trial {
  readonly store: Store;
  readonly clock: SteppedClock;
  readonly one: Process;
  readonly other: Process;
  readonly rows: () => Promise<unknown[]>;
  /** Until all that was noted stands in the store. */
  readonly settled: () => Promise<void>;
}

describeOnEachStore("a breaker", (openPlace, kind) => {
  async function trial(work: (trial: Trial) => Promise<void>): Promise<void> {
    await using place = await openPlace();
    const clock = new SteppedClock(NOW);
    await using store = await openStore({ ...place.settings, clock });
    const open = (boot: string): Process => {
      const survival = openSurvival({ store, clock, identity: { ...processIdentity(), boot }, random: () => 0 });
      const asked: string[] = [];
      return {
        survival,
        asked,
        ask: (claude, targets = [CLAUDE, GPT]) =>
          survival.run(
            { targets, policy: ONCE },
            async ({ target }) => {
              asked.push(target.model);
              return target.model === "claude" ? claude : WORKS;
            },
            new AbortController().signal,
          ),
      };
    };
    const one = open("one");
    const other = open("other");
    const rows = (): Promise<unknown[]> =>
      store.db
        .selectFrom("breakers")
        .select(["target", "state", "failures", "openings", "probe_at", "prober"])
        .execute()
        .then((found) => found.map(({ prober, ...row }) => ({ ...row, prober: proberOf(prober) })));
    const settled = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      // A server's answers come when they come.
      if (kind === "postgres") await systemClock.sleep(100);
    };
    await work({ store, clock, one, other, rows, settled });
    await one.survival[Symbol.asyncDispose]();
    await other.survival[Symbol.asyncDispose]();
  }

  /** Five failures in a row. */
  async function broken({ one, settled }: Trial): Promise<void> {
    for (let failure = 0; failure < 5; failure += 1) await one.ask(fails());
    one.asked.length = 0;
    await settled();
  }

  test("opens after five failures in a row, and the target is passed over for ten seconds", () =>
    trial(async ({ one, rows, clock, settled }) => {
      for (let failure = 0; failure < 4; failure += 1) await one.ask(fails());
      await one.ask(WORKS);
      for (let failure = 0; failure < 5; failure += 1) {
        expect(one.survival.breakers()).toEqual([]);
        await one.ask(fails());
      }
      await settled();
      const open = { state: "open", failures: 5, openings: 1, probe_at: NOW + 10_000, prober: null };
      expect(await rows()).toEqual([{ target: "anthropic/claude", ...open }]);
      expect(one.survival.breakers()).toEqual([{ target: CLAUDE, state: "open", probeAt: NOW + 10_000, failures: 5 }]);
      one.asked.length = 0;
      await clock.move(9_999);
      const { attempts, target, fellBackWhy } = await one.ask(WORKS);
      expect([one.asked, target]).toEqual([["gpt"], GPT]);
      expect(attempts).toMatchObject([
        { number: 1, target: CLAUDE, outcome: "skipped", code: "provider-overloaded", tookMs: 0 },
        { number: 2, target: GPT, outcome: "answered" },
      ]);
      expect(fellBackWhy).toBe(
        "anthropic/claude: it failed 5 times in a row, and is not asked before 2026-11-21T12:00:10.000Z",
      );
    }));

  test.each<FaultKind>(["time-out", "network", "malformed"])("opens by %s too", (failure) =>
    trial(async ({ one, settled }) => {
      for (let count = 0; count < 5; count += 1) await one.ask(fails(failure));
      await settled();
      expect(one.survival.breakers()).toHaveLength(1);
    }),
  );

  test.each<FaultKind>(["rate-limit", "window-overflow", "content-refusal", "credentials", "rejected"])(
    "never opens by %s",
    (failure) =>
      trial(async ({ one, settled }) => {
        for (let count = 0; count < 12; count += 1) await one.ask(fails(failure), [CLAUDE]);
        await settled();
        expect(one.survival.breakers()).toEqual([]);
      }),
  );

  test("is known to another process, one that has just begun as well", () =>
    trial(async (given) => {
      await given.other.ask(WORKS);
      await broken(given);
      given.other.asked.length = 0;
      await given.clock.move(3_500);
      await given.other.ask(WORKS);
      expect(given.other.asked).toEqual(["gpt"]);
      expect(given.other.survival.breakers()).toMatchObject([{ target: CLAUDE, state: "open" }]);
      await using late = openSurvival({ store: given.store, clock: given.clock, identity: processIdentity() });
      const { target } = await late.run(
        { targets: [CLAUDE, GPT], policy: ONCE },
        async () => WORKS,
        new AbortController().signal,
      );
      expect(target).toEqual(GPT);
    }));

  test("lets one probe go at a time, over all processes, and closes when it works", () =>
    trial(async (given) => {
      const { one, other, clock, rows, settled } = given;
      await broken(given);
      await clock.move(10_000);
      const probe = Promise.withResolvers<Attempted<string>>();
      const probing = one.ask(probe.promise);
      await settled();
      await Promise.all([one.ask(WORKS), other.ask(WORKS), other.ask(WORKS)]);
      expect([one.asked, other.asked]).toEqual([["claude", "gpt"], ["gpt", "gpt"]]); // prettier-ignore
      expect(await rows()).toMatchObject([{ state: "half-open", prober: "one" }]);
      probe.resolve(WORKS);
      expect((await probing).target).toEqual(CLAUDE);
      await settled();
      expect([await rows(), one.survival.breakers()]).toEqual([[], []]);
      await clock.move(1_000);
      await other.ask(WORKS);
      await settled();
      other.asked.length = 0;
      await other.ask(WORKS);
      expect(other.asked).toEqual(["claude"]);
    }));

  test("lets one of two processes that ask at the same instant probe", () =>
    trial(async (given) => {
      const { one, other, clock, settled } = given;
      await broken(given);
      await clock.move(10_000);
      await Promise.all([one.ask(fails()), other.ask(fails()), one.ask(fails()), other.ask(fails())]);
      await settled();
      expect([...one.asked, ...other.asked].filter((model) => model === "claude")).toEqual(["claude"]);
    }));

  test("stays open for twice as long after each probe that fails, five minutes at most", () =>
    trial(async (given) => {
      const { one, clock, settled, rows } = given;
      await broken(given);
      const times: number[] = [];
      for (let wait = 10_000, round = 0; round < 7; round += 1) {
        await clock.move(wait);
        await one.ask(fails());
        await settled();
        wait = (one.survival.breakers()[0]?.probeAt ?? 0) - clock.now();
        times.push(wait / 1000);
      }
      expect(times).toEqual([20, 40, 80, 160, 300, 300, 300]);
      expect(await rows()).toMatchObject([{ state: "open", openings: 8, prober: null }]);
    }));

  test("keeps its claim for as long as a probe takes, and gives up that of a process that died", () =>
    trial(async (given) => {
      const { one, other, clock, settled, store } = given;
      await broken(given);
      await clock.move(10_000);
      const probe = Promise.withResolvers<Attempted<string>>();
      const probing = one.ask(probe.promise);
      await settled();
      for (let minute = 0; minute < 12; minute += 1) {
        await clock.move(10_000);
        await settled();
      }
      await other.ask(WORKS);
      expect(other.asked).toEqual(["gpt"]);
      probe.resolve(fails());
      await probing;
      await settled();
      const dead = { state: "half-open", prober: "machine|boot|1|1", probe_at: clock.now() + 5_000 } as const;
      await store.db.updateTable("breakers").set(dead).execute();
      await clock.move(4_999);
      await other.ask(WORKS);
      await clock.move(1);
      await other.ask(WORKS);
      expect(other.asked).toEqual(["gpt", "gpt", "claude"]);
    }));

  test("lets the next probe go at once where one ended without saying anything", () =>
    trial(async (given) => {
      const { one, clock, settled } = given;
      await broken(given);
      await clock.move(10_000);
      await one.ask(REFUSED_BY_US);
      await settled();
      expect(one.survival.breakers()).toMatchObject([{ state: "half-open", probeAt: NOW + 10_000 }]);
      await one.ask(WORKS);
      await settled();
      expect(one.survival.breakers()).toEqual([]);
      expect(one.asked).toEqual(["claude", "claude"]);
    }));

  test("closes by any answer to a probe, a refusal as well", () =>
    trial(async (given) => {
      await broken(given);
      await given.clock.move(10_000);
      await given.one.ask(fails("window-overflow"));
      await given.settled();
      expect(await given.rows()).toEqual([]);
    }));

  test("never keeps a request from being asked at all, and an answer closes it", () =>
    trial(async (given) => {
      const { one, settled } = given;
      await broken(given);
      expect((await one.ask(fails(), [CLAUDE])).value).toBe("no");
      expect((await one.ask(WORKS, [CLAUDE])).value).toBe("yes");
      expect(one.asked).toEqual(["claude", "claude"]);
      await settled();
      expect(one.survival.breakers()).toEqual([]);
    }));

  test("heeds no answer to a request that began before it opened", () =>
    trial(async (given) => {
      const slow = Promise.withResolvers<Attempted<string>>();
      const early = given.one.ask(slow.promise);
      await given.settled();
      await broken(given);
      slow.resolve(WORKS);
      await early;
      await given.settled();
      expect(given.one.survival.breakers()).toMatchObject([{ state: "open" }]);
    }));

  test("of a target that nobody has asked for in an hour is forgotten", () =>
    trial(async (given) => {
      await broken(given);
      await given.clock.move(10_000 + 3_600_001);
      await given.other.ask(WORKS);
      await given.settled();
      expect(given.other.asked).toEqual(["claude"]);
      expect(await given.rows()).toEqual([]);
    }));

  test("does its work in each process where the store refuses", () =>
    trial(async (given) => {
      const { one, store, clock, settled } = given;
      await store.db.schema.dropTable("breakers").execute();
      for (let failure = 0; failure < 5; failure += 1) await one.ask(fails());
      await settled();
      one.asked.length = 0;
      await one.ask(WORKS);
      await clock.move(10_000);
      await one.ask(fails());
      await one.ask(WORKS);
      await clock.move(20_000);
      await one.ask(WORKS);
      await one.ask(WORKS);
      expect(one.asked).toEqual(["gpt", "claude", "gpt", "gpt", "claude", "claude"]);
    }));
});

function proberOf(written: string | null): string | null {
  return written === null ? null : parseIdentity(written).boot;
}
