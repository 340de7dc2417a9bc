import type { Clock } from "../../foundation/clock.ts";
import { randomLetters } from "../../foundation/ids.ts";
import type { StopsTable } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import { DEFAULT_LIMITS, limitsFor, scopeKey } from "../limits.ts";
import type { Amounts, LimitSet, LimitState, Refused } from "../throttle.ts";
import { detectRunaway, type PromptCall, type SessionFacts, type Trip } from "./detect.ts";
import { RUNAWAY_SETTINGS, type RunawaySettings } from "./settings.ts";
import { readDeeds, readHabit, type Deeds } from "./session-deeds.ts";

/*
 * Stops sessions that run away, until somebody has looked and lets them go on (`allot limits resume SESSION`). A stop
 * holds for all processes and every priority: limits do not bound what a loop at critical priority spends.
 *
 * Prompts are counted in memory (a loop runs in one process; a loop of processes shows by its starts), as hashes only.
 * Starts and spend are read from the ledger and its minutes, every few seconds.
 */
export interface RunawayGuard {
  /** Notes a call that is about to be made. A refusal where its session stands still, or has to from now on. */
  check(call: GuardedCall): Promise<Refused | undefined>;
  /** The stops in force, newest first. */
  stops(): Promise<readonly StopsTable[]>;
  /** Lets a session go on; what it did before counts no more. Answers how many stops were lifted. */
  resume(session: string): Promise<number>;
}

export interface GuardedCall {
  readonly session: string;
  /** Of the whole prompt: equal prompts, equal hashes. */
  readonly promptHash: string;
  /** Its worst case; without it only the rules apply that ask for no cost. */
  readonly worst?: Pick<Amounts, "nanoUsd">;
}

export interface GuardParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings?: Partial<RunawaySettings>;
  /** The limits now; the defaults where nobody says. */
  readonly limits?: () => LimitSet;
}

/** What the guard remembers of a session. */
interface Remembered {
  readonly prompts: Map<string, PromptCall[]>;
  stopsAt: number;
  stop: StopsTable | undefined;
  /** Deeds before this count no more: somebody has looked at them. */
  clearedAt: number;
  deedsAt: number;
  deeds: Deeds;
  habitAt: number;
  busiestHour: number | null;
}

/** Prompts remembered a session; far more than come in five minutes without a batch, where each is another. */
const MOST_PROMPTS = 2_000;

/** Sessions remembered; one that was quiet for longest is forgotten, and counted anew. */
const MOST_SESSIONS = 2_000;

/** Opens the guard of a store. It owns nothing that must be closed. */
export function openRunawayGuard(parts: GuardParts): RunawayGuard {
  const { store, clock } = parts;
  const settings = { ...RUNAWAY_SETTINGS, ...parts.settings };
  const sessions = new Map<string, Remembered>();
  const hourLimitOf = (session: string): number | null => {
    const limits = limitsFor(parts.limits?.() ?? DEFAULT_LIMITS, [scopeKey("session", session)]);
    return limits.find(({ limit }) => limit.window === "hour" && limit.measure === "nanoUsd")?.limit.amount ?? null;
  };
  return {
    async check({ session, promptHash, worst }) {
      const now = clock.now();
      const known = remembered(sessions, session);
      if (now - known.stopsAt >= settings.stopsEveryMs) await readAgain(store, session, known, now, settings);
      if (known.stop !== undefined) return refusedBy(session, known.stop.reason, undefined);
      const facts: SessionFacts = {
        session,
        samePrompt: noted(known.prompts, promptHash, { at: now, nanoUsd: worst?.nanoUsd ?? 0 }, settings).filter(
          ({ at }) => at > known.clearedAt,
        ),
        spawns: known.deeds.spawns,
        spend: { ...known.deeds, busiestHour: known.busiestHour, hourLimit: hourLimitOf(session) },
      };
      const trip = detectRunaway(facts, now, settings);
      if (trip === undefined) return undefined;
      known.stop = await stopNow(store, session, trip, now);
      return refusedBy(session, trip.reason, trip);
    },
    stops: () =>
      store.db.selectFrom("stops").selectAll().where("cleared_at", "is", null).orderBy("at", "desc").execute(),
    async resume(session) {
      const { numUpdatedRows } = await store.db
        .updateTable("stops")
        .set({ cleared_at: clock.now() })
        .where("scope_key", "=", scopeKey("session", session))
        .where("cleared_at", "is", null)
        .executeTakeFirstOrThrow();
      sessions.delete(session);
      return Number(numUpdatedRows);
    },
  };
}

function remembered(sessions: Map<string, Remembered>, session: string): Remembered {
  const known = sessions.get(session);
  if (known !== undefined) {
    keepNewest(sessions, session, known, MOST_SESSIONS);
    return known;
  }
  const made: Remembered = {
    prompts: new Map(),
    stopsAt: Number.NEGATIVE_INFINITY,
    stop: undefined,
    clearedAt: Number.NEGATIVE_INFINITY,
    deedsAt: Number.NEGATIVE_INFINITY,
    deeds: { spawns: [], recent: 0, lastHour: 0 },
    habitAt: Number.NEGATIVE_INFINITY,
    busiestHour: null,
  };
  keepNewest(sessions, session, made, MOST_SESSIONS);
  return made;
}

/** Adds a call to those of its prompt, as many as the rules look at. */
function noted(
  prompts: Map<string, PromptCall[]>,
  hash: string,
  call: PromptCall,
  { repetition }: RunawaySettings,
): readonly PromptCall[] {
  const calls = prompts.get(hash) ?? [];
  calls.push(call);
  if (calls.length > Math.max(...repetition.map(({ times }) => times))) calls.shift();
  keepNewest(prompts, hash, calls, MOST_PROMPTS);
  return calls;
}

/** Puts a value in last, and takes out the first where there are too many: a map keeps the order in which keys came. */
function keepNewest<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.size > most ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
}

async function readAgain(
  store: Store,
  session: string,
  known: Remembered,
  now: number,
  settings: RunawaySettings,
): Promise<void> {
  known.stopsAt = now;
  const key = scopeKey("session", session);
  const rows = await store.db
    .selectFrom("stops")
    .selectAll()
    .where("scope_key", "=", key)
    .where((e) => e.or([e("cleared_at", "is", null), e("cleared_at", ">", now - 3_600_000)]))
    .execute();
  known.stop = rows.find(({ cleared_at }) => cleared_at === null);
  const clearedAt = Math.max(...rows.map(({ cleared_at }) => cleared_at ?? Number.NEGATIVE_INFINITY), known.clearedAt);
  if (clearedAt > known.clearedAt || now - known.deedsAt >= settings.deedsEveryMs) {
    known.deedsAt = now;
    known.deeds = await readDeeds(store.db, session, { now, since: clearedAt, settings });
  }
  known.clearedAt = clearedAt;
  if (now - known.habitAt < settings.habitEveryMs) return;
  known.habitAt = now;
  known.busiestHour = await readHabit(store.db, key, now, settings);
}

async function stopNow(store: Store, session: string, trip: Trip, now: number): Promise<StopsTable> {
  const stop: StopsTable = {
    id: `stop-${now.toString(36)}-${randomLetters(8)}`,
    scope_key: scopeKey("session", session),
    kind: trip.kind,
    reason: trip.reason,
    at: now,
    cleared_at: null,
  };
  await store.db.insertInto("stops").values(stop).execute();
  return stop;
}

/** A stop in the shape of a refusal: its limit is the rule that was broken. */
function refusedBy(session: string, reason: string, trip: Trip | undefined): Refused {
  const measure = trip?.kind === "spend-slope" ? "nanoUsd" : "requests";
  const limit: LimitState = {
    limit: { scope: "session", of: session, window: "hour", measure, amount: trip?.allowed ?? 0 },
    scopeKey: scopeKey("session", session),
    settled: trip?.met ?? 0,
    held: 0,
  };
  return {
    kind: "refused",
    why: "stopped",
    level: "CRITICAL",
    limit,
    shortBy: 0,
    reason,
    retryAfterMs: null,
    freeAt: null,
  };
}
