import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { describeOnEachStore, type StorePlace } from "../../../test/support/store-place.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { detectRunaway, type PromptCall, type SessionFacts, type SpendFacts } from "./detect.ts";
import { openRunawayGuard } from "./runaway.ts";
import { RUNAWAY_SETTINGS } from "./settings.ts";

const NOW = Date.parse("2026-03-10T12:00:30Z");
const MINUTE = 60_000;
const USD = 1_000_000_000;

function reasonFor(facts: Partial<Omit<SessionFacts, "spend">> & { spend?: Partial<SpendFacts> }): string | undefined {
  const spend = { recent: 0, lastHour: 0, busiestHour: null, hourLimit: null, ...facts.spend };
  const all = { session: "a", samePrompt: [{ at: NOW, nanoUsd: USD }], spawns: [], ...facts, spend };
  return detectRunaway(all, NOW, RUNAWAY_SETTINGS)?.reason;
}

describe("a session runs away", () => {
  const every = (count: number, gapMs: number): number[] =>
    Array.from({ length: count }, (_, n) => NOW - (count - 1 - n) * gapMs);

  const calls = (count: number, gapMs: number, nanoUsd: number): PromptCall[] =>
    every(count, gapMs).map((at) => ({ at, nanoUsd }));

  test("with the tenth equal prompt in five minutes, where those may cost half a dollar", () => {
    expect(reasonFor({ samePrompt: calls(9, 1_000, USD) })).toBe(undefined);
    expect(reasonFor({ samePrompt: calls(10, 1_000, 0.05 * USD) })).toBe(
      "The same prompt came 10 times in 9 s from session a.",
    );
    expect(reasonFor({ samePrompt: calls(10, 1_000, 0.05 * USD - 1) })).toBe(undefined);
    expect(reasonFor({ samePrompt: calls(10, 34_000, USD) })).toBe(undefined);
  });

  test("with the sixtieth equal prompt in five minutes, whatever it costs", () => {
    expect(reasonFor({ samePrompt: calls(59, 1_000, 0) })).toBe(undefined);
    expect(reasonFor({ samePrompt: calls(60, 1_000, 0) })).toBe(
      "The same prompt came 60 times in 59 s from session a.",
    );
  });

  test("with more starts in an hour than are let through", () => {
    expect(reasonFor({ spawns: every(400, 1_000) })).toBe(undefined);
    expect(reasonFor({ spawns: every(401, 1_000) })).toBe(
      "Session a was started 401 times in 60 min; 400 are let through.",
    );
    expect(reasonFor({ spawns: every(810, 9_000) })).toBe(undefined);
  });

  test("with more than the limit of an hour spent in five minutes, as only critical calls can", () => {
    expect(reasonFor({ spend: { recent: 5 * USD, hourLimit: 5 * USD } })).toBe(undefined);
    expect(reasonFor({ spend: { recent: 5.1 * USD, hourLimit: 5 * USD } })).toBe(
      "Session a spent $5.10 in 5 min, $61.20 an hour: more than 12 times its limit of $5.00.",
    );
    expect(reasonFor({ spend: { recent: 0.9 * USD, hourLimit: 0.5 * USD } })).toBe(undefined);
  });

  test("once its busiest hour is spent, at twice its pace", () => {
    expect(reasonFor({ spend: { recent: 2 * USD, lastHour: 4.1 * USD, busiestHour: 4 * USD } })).toBe(
      "Session a spent $2.00 in 5 min, $24.00 an hour: more than 2 times the $4.00 of its busiest hour, which are spent.",
    );
    expect(reasonFor({ spend: { recent: 2 * USD, lastHour: 3.9 * USD, busiestHour: 4 * USD } })).toBe(undefined);
    expect(reasonFor({ spend: { recent: 1.1 * USD, lastHour: 9 * USD, busiestHour: 8 * USD } })).toBe(undefined);
  });

  test("when 810 agents an hour are started: stopped before twice the busiest hour is spent", () => {
    const [busiestHour, each] = [4 * USD, 0.2 * USD];
    let spent = 0;
    for (let spawn = 0; spawn < 810; spawn += 1) {
      const at = spawn * (3_600_000 / 810);
      const recent = Math.min(spent, Math.floor((5 * MINUTE) / (3_600_000 / 810)) * each);
      const facts = {
        session: "a",
        samePrompt: [{ at, nanoUsd: each }],
        spawns: [],
        spend: { recent, lastHour: spent, busiestHour, hourLimit: null },
      };
      if (detectRunaway(facts, at, RUNAWAY_SETTINGS) !== undefined) break;
      spent += each;
    }
    expect(spent).toBeGreaterThan(busiestHour);
    expect(spent).toBeLessThan(2 * busiestHour);
  });
});

describeOnEachStore("the guard", (openPlace) => {
  let place: StorePlace;
  let store: Store;
  let clock: SteppedClock;

  beforeEach(async () => {
    place = await openPlace();
    clock = new SteppedClock(NOW);
    store = await openStore({ ...place.settings, clock });
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  /** How many equal calls pass before one is refused; at most twenty are tried. */
  async function passed(guard = openRunawayGuard({ store, clock }), session = "a"): Promise<number> {
    for (let count = 0; count < 20; count += 1) {
      if ((await guard.check({ session, promptHash: "h", worst: { nanoUsd: 0.1 * USD } })) !== undefined) return count;
      await clock.move(1_000);
    }
    return 20;
  }

  async function spend(session: string, minutesAgo: number, nanoUsd: number): Promise<void> {
    const minute = Math.floor(NOW / MINUTE) - minutesAgo;
    const row = { scope_key: `session:${session}`, minute, tokens: 1, nano_usd: nanoUsd, requests: 1 };
    await store.db.insertInto("use_minutes").values(row).execute();
  }

  async function ledgerRow(session: string, sequence: number, writer: string, at: number): Promise<void> {
    const [none, empty] = [0, ""];
    const tokens = {
      input_tokens: none,
      cache_read_tokens: none,
      cache_write_5m_tokens: none,
      cache_write_1h_tokens: none,
      output_tokens: none,
      reasoning_tokens: none,
    };
    const row = {
      kind: "settlement",
      run_id: empty,
      task: empty,
      phase: empty,
      tier: empty,
      provider: "p",
      model: "m",
    } as const;
    await store.db
      .insertInto("ledger")
      .values({
        ...row,
        ...tokens,
        writer,
        sequence,
        entry_key: `settle:${writer}:${sequence}`,
        session_id: session,
        nano_usd: 1,
        price_version: empty,
        price_assumed: 0,
        usage_estimated: 0,
        note: empty,
        at,
        prev_hash: empty,
        hash: empty,
      })
      .execute();
  }

  test("stops a session at its tenth equal prompt, in all processes, and says why", async () => {
    const guard = openRunawayGuard({ store, clock });
    expect(await passed(guard)).toBe(9);
    const refused = await openRunawayGuard({ store, clock }).check({ session: "a", promptHash: "another" });
    expect(refused).toMatchObject({
      kind: "refused",
      why: "stopped",
      reason: "The same prompt came 10 times in 9 s from session a.",
      retryAfterMs: null,
    });
    expect(await guard.check({ session: "b", promptHash: "h" })).toBe(undefined);
    expect((await guard.stops()).map(({ scope_key, kind }) => [scope_key, kind])).toEqual([
      ["session:a", "repetition"],
    ]);
  });

  test("lets a session go on when somebody says so, and counts anew from there, in other processes too", async () => {
    const [one, other] = [openRunawayGuard({ store, clock }), openRunawayGuard({ store, clock })];
    await passed(one);
    expect([await other.resume("a"), await other.resume("a"), (await other.stops()).length]).toEqual([1, 0, 0]);
    await clock.move(1_500);
    expect(await passed(one)).toBe(9);
  });

  test("lets an agent work, whose prompt grows, and a batch of different prompts", async () => {
    const guard = openRunawayGuard({ store, clock });
    for (let turn = 0; turn < 300; turn += 1) {
      expect(await guard.check({ session: "agent", promptHash: `turn ${turn}` })).toBe(undefined);
      await clock.move(100);
    }
  });

  test("reads spend from the minutes of all processes, against the limit it is given", async () => {
    await spend("a", 2, 5.1 * USD);
    const limit = { scope: "session", of: "*", window: "hour", measure: "nanoUsd", amount: 20 * USD } as const;
    const set = { limits: [limit], thresholds: { warning: 700, soft: 800, hard: 900, critical: 950 }, timeZone: "UTC" };
    const rich = openRunawayGuard({ store, clock, limits: () => set });
    expect(await rich.check({ session: "a", promptHash: "h" })).toBe(undefined);
    const refused = await openRunawayGuard({ store, clock }).check({ session: "a", promptHash: "h" });
    expect(refused?.reason).toBe(
      "Session a spent $5.10 in 5 min, $61.20 an hour: more than 12 times its limit of $5.00.",
    );
    expect(await openRunawayGuard({ store, clock }).resume("a")).toBe(1);
    expect(await openRunawayGuard({ store, clock }).check({ session: "a", promptHash: "h" })).toBe(undefined);
  });

  test("knows the busiest hour of the week once there are enough hours", async () => {
    const set = { limits: [], thresholds: { warning: 700, soft: 800, hard: 900, critical: 950 }, timeZone: "UTC" };
    const parts = { store, clock, limits: () => set };
    for (let hour = 2; hour <= 8; hour += 1) await spend("a", hour * 60, hour * USD);
    await spend("a", 1, 9 * USD);
    expect(await openRunawayGuard(parts).check({ session: "a", promptHash: "h" })).toBe(undefined);
    await spend("a", 9 * 60, 1 * USD);
    const refused = await openRunawayGuard(parts).check({ session: "a", promptHash: "h" });
    expect(refused?.reason).toContain("more than 2 times the $8.00 of its busiest hour");
  });

  test("counts the starts of processes by who writes the ledger", async () => {
    const settings = { spawns: { most: 3, withinMs: 3_600_000 } };
    for (const [sequence, writer] of ["w1", "w2", "w2", "w3"].entries()) {
      await ledgerRow("a", sequence, writer, NOW - MINUTE);
    }
    await ledgerRow("a", 0, "long ago", NOW - 2 * 3_600_000);
    expect(await openRunawayGuard({ store, clock, settings }).check({ session: "a", promptHash: "h" })).toBe(undefined);
    await ledgerRow("a", 0, "w4", NOW - 1_000);
    const refused = await openRunawayGuard({ store, clock, settings }).check({ session: "a", promptHash: "h" });
    expect(refused?.reason).toBe("Session a was started 4 times in 60 min; 3 are let through.");
  });
});
