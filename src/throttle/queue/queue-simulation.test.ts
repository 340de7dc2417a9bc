import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { processIdentity } from "../../foundation/process-identity.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { decide, withTimes } from "../decide.ts";
import { DEFAULT_THRESHOLDS } from "../levels.ts";
import { DEFAULT_LIMITS, limitsFor } from "../limits.ts";
import type { Admission, Ask, LimitSet, LimitState, Priority } from "../throttle.ts";
import { minuteOf, windowStart } from "../windows.ts";
import { openQueue, type Queue } from "./queue.ts";

/*
 * An hour on a clock that is moved: one heavy and nine light sessions, all of low priority, through the real decider, the
 * real queue and its table. Only the settled minutes are kept in memory here.
 */

const START = Date.parse("2026-03-10T12:00:00Z");
const HOUR = 3_600_000;
const MINUTE = 60_000;
let folder: string;
let store: Store;
let clock: SteppedClock;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "allot-simulation-"));
  clock = new SteppedClock(START);
  store = await openStore({ path: join(folder, "allot.db"), clock });
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

interface Done {
  readonly id: string;
  readonly session: string;
  readonly enteredAt: number;
  readonly waitedMs: number;
}

class Simulation {
  readonly done: Done[] = [];
  readonly given: string[] = [];
  /** The most that stood settled under any limit at once, as a share of it. */
  mostUsed = 0;
  readonly #set: LimitSet;
  readonly #queue: Queue;
  readonly #calls: Promise<void>[] = [];
  readonly #minutes = new Map<string, Map<number, number>>();

  constructor(set: LimitSet) {
    this.#set = set;
    const settings = { pollMs: 2_000, slowestPollMs: 10_000, longestWaitMs: 6 * HOUR };
    this.#queue = openQueue({ store, clock, identity: processIdentity(), settings });
  }

  spend(keys: readonly string[], tokens: number, at: number): void {
    for (const key of keys) {
      const minutes = this.#minutes.get(key) ?? new Map<number, number>();
      minutes.set(minuteOf(at), (minutes.get(minuteOf(at)) ?? 0) + tokens);
      this.#minutes.set(key, minutes);
    }
  }

  /** One call of so many tokens: goes, waits in the queue, or is refused. */
  start(id: string, session: string, tokens: number): void {
    this.#calls.push(this.#call(id, session, tokens));
  }

  async ended(): Promise<void> {
    await Promise.all(this.#calls);
  }

  async #call(id: string, session: string, tokens: number): Promise<void> {
    const enteredAt = clock.now();
    this.given.push(id);
    const scopeKeys = ["global:", `session:${session}`];
    const worst = { tokens, nanoUsd: 0, requests: 1 };
    const admit = (priority: Priority): Admission => this.#admit({ id, scopeKeys, priority, worst });
    const line = { id, session, priority: "low", model: "m", worst, scopeKeys } as const;
    const first = (await this.#queue.mustWait(line)) ? undefined : admit("low");
    const queued = first?.kind === "queued" ? first : undefined;
    const end =
      first?.kind === "admitted" ? first : await this.#queue.wait(line, admit, new AbortController().signal, queued);
    if (end.kind === "admitted") this.done.push({ id, session, enteredAt, waitedMs: clock.now() - enteredAt });
  }

  #admit(ask: Ask): Admission {
    const decision = decide(this.#states(ask.scopeKeys), ask, this.#set.thresholds);
    if (decision.kind === "refused") return withTimes(decision, clock.now(), () => clock.now() + MINUTE);
    if (decision.kind === "admitted") {
      this.spend(ask.scopeKeys, ask.worst.tokens, clock.now());
      for (const { settled, limit } of this.#states(ask.scopeKeys)) {
        this.mostUsed = Math.max(this.mostUsed, settled / limit.amount);
      }
    }
    return decision;
  }

  #states(keys: readonly string[]): readonly LimitState[] {
    return limitsFor(this.#set, keys).map(({ limit, scopeKey }) => {
      const start = windowStart(limit.window, clock.now(), "UTC");
      const minutes = [...(this.#minutes.get(scopeKey) ?? [])].filter(([minute]) => minute >= start);
      const settled = limit.measure === "tokens" ? minutes.reduce((sum, [, amount]) => sum + amount, 0) : 0;
      return { limit, scopeKey, settled, held: 0 };
    });
  }
}

/** An hour of arrivals: the heavy session every ten seconds, each light one every three minutes. */
async function anHour(simulation: Simulation): Promise<void> {
  for (let second = 0; second < 3600; second += 10) {
    simulation.start(`heavy-${second}`, "heavy", 3_000);
    for (let light = 1; light <= 9; light += 1) {
      if (second % 180 === light * 10) simulation.start(`light${light}-${second}`, `light${light}`, 1_000);
    }
    await clock.move(10_000);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function longestWait(done: readonly Done[], session: RegExp): number {
  return Math.max(0, ...done.filter((one) => session.test(one.session)).map(({ waitedMs }) => waitedMs));
}

/** Runs on until all have gone; a call that waits for ever would keep it going for ever, so it ends after six hours. */
async function untilAllHaveGone(simulation: Simulation): Promise<void> {
  for (let quarter = 0; quarter < 24 && simulation.done.length < simulation.given.length; quarter += 1) {
    await clock.move(HOUR / 4);
  }
}

describe("an hour of one heavy and nine light sessions", { timeout: 90_000 }, () => {
  test("under the default limits: the light ones never wait for the heavy one, which waits for its own limit", async () => {
    const simulation = new Simulation(DEFAULT_LIMITS);
    await anHour(simulation);
    const light = simulation.done.filter(({ session }) => session !== "heavy");
    expect([light.length, longestWait(light, /light/)]).toEqual([180, 0]);
    const heavy = simulation.done.filter(({ session }) => session === "heavy");
    // 90,000 tokens at most: as a normal call, once it has waited ten minutes, up to HARD.
    expect(heavy.length).toBe(30);
    print(`default limits: light waits at most 0 s; heavy had ${heavy.length} of 360 calls within the hour`);
  });

  test(
    "under one limit of all: every low call goes, the light ones soon, in the order promised",
    { timeout: 60_000 },
    async () => {
      const limit = { scope: "global", of: "*", window: "hour", measure: "tokens", amount: 800_000 } as const;
      const simulation = new Simulation({ limits: [limit], thresholds: DEFAULT_THRESHOLDS, timeZone: "UTC" });
      // The hour before was busy as well, so that room comes back minute by minute.
      for (let minute = 1; minute <= 60; minute += 1) simulation.spend(["global:"], 10_700, START - minute * MINUTE);
      await anHour(simulation);
      const within = simulation.done.length;
      await untilAllHaveGone(simulation);
      await simulation.ended();
      const [light, heavy] = [longestWait(simulation.done, /light/), longestWait(simulation.done, /heavy/)];
      print(
        `one limit of all: ${within} of ${simulation.given.length} calls within the hour; ` +
          `light waited at most ${Math.round(light / 1000)} s, heavy at most ${Math.round(heavy / 1000)} s`,
      );
      expect(simulation.done.map(({ id }) => id).toSorted()).toEqual(simulation.given.toSorted());
      expect(simulation.mostUsed).toBeLessThanOrEqual(0.91);
      expect(light).toBeLessThan(5 * MINUTE);
      expect(light).toBeLessThan(heavy);
      for (const own of Map.groupBy(simulation.done, ({ session }) => session).values()) {
        expect(own.map(({ enteredAt }) => enteredAt)).toEqual(
          own.map(({ enteredAt }) => enteredAt).toSorted((a, b) => a - b),
        );
      }
    },
  );
});
