import type { Clock } from "../../foundation/clock.ts";
import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import type { ModelAnswer } from "../../providers/provider.ts";
import type { Store } from "../../storage/storage.ts";
import { answerKey, type CachedAsk, isWhole } from "./answer-key.ts";

/**
 * Answers that are given again to the very same request of the same tenant, for a while: for work whose answer would be the
 * same anyway (an analysis, a documentation, a review), never for a turn of a tool loop. In `cached_answers`, so that
 * all processes on the store have them.
 *
 * Invariants: an answer is only ever given to a request that is equal in every field; only whole answers are kept; none
 * outlives its time; the number and the size of what is kept are bounded. The cache is a convenience: a store that
 * refuses is a miss, and never a fault of the request.
 *
 * Rejected: answers to similar requests (embeddings: the cache then answers another question), and a cache of whatever
 * was asked with temperature 0 (a program that asks twice may want to know twice).
 */
export interface AnswerCache {
  /** The name of a request's answer; undefined for requests that are never answered from memory. Pure. */
  keyOf(ask: CachedAsk): string | undefined;
  /** The kept answer; undefined where there is none, or its time is over. Never throws. */
  get(key: string): Promise<KeptAnswer | undefined>;
  /**
   * Keeps an answer for `lifetimeMs` (an hour by default, a day at most). One that is cut, filtered, empty or very long
   * is not kept. Of two under one name the later holds. Never throws.
   */
  put(key: string, kept: NewAnswer): Promise<void>;
}

export interface KeptAnswer {
  readonly provider: string;
  readonly model: string;
  readonly answer: ModelAnswer;
  /** What it cost when it was bought. */
  readonly cost: NanoUsd;
  readonly storedAt: number;
}

export interface NewAnswer extends Omit<KeptAnswer, "storedAt"> {
  readonly lifetimeMs?: number;
}

/** Source: the seeds, an hour. */
export const CACHE_LIFETIME_MS = 3_600_000;
/** What was true yesterday is asked anew. */
export const LONGEST_LIFETIME_MS = 86_400_000;
/** In UTF-16 units of JSON; a 128,000 token answer has about half a million. */
const LONGEST_ANSWER = 1_000_000;
const MOST_ANSWERS = 2_000;
/** Room is made for so many at once, so that not every answer has to. */
const ROOM = 100;
/** Every so many answers it is looked whether the bounds still hold. */
const LOOK_EVERY = 20;

/** Opens the cache on a store; owns nothing. `bounds` is for tests. */
export function openAnswerCache(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  bounds: { readonly answers: number; readonly room: number; readonly lookEvery: number } = {
    answers: MOST_ANSWERS,
    room: ROOM,
    lookEvery: LOOK_EVERY,
  },
): AnswerCache {
  let put = 0;
  return {
    keyOf: answerKey,
    async get(key) {
      try {
        return await read(store, key, clock.now());
      } catch {
        return undefined;
      }
    },
    async put(key, kept) {
      const answer = JSON.stringify(kept.answer);
      if (!isWhole(kept.answer) || answer.length > LONGEST_ANSWER) return;
      const now = clock.now();
      try {
        await write(store, key, { ...kept, answer }, now);
        if (put++ % bounds.lookEvery === 0) await makeRoom(store, bounds, now);
      } catch {
        // Not kept: the next one is asked for again.
      }
    },
  };
}

async function read({ db }: Store, key: string, now: number): Promise<KeptAnswer | undefined> {
  const row = await db
    .selectFrom("cached_answers")
    .selectAll()
    .where("key", "=", key)
    .where("expires_at", ">", now)
    // A clock that was set back makes nothing older than it is.
    .where("stored_at", "<=", now)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { provider, model, stored_at: storedAt } = row;
  return {
    provider,
    model,
    answer: JSON.parse(row.answer) as ModelAnswer,
    cost: nanoUsd(Number(row.nano_usd)),
    storedAt: Number(storedAt),
  };
}

async function write(
  { db }: Store,
  key: string,
  { provider, model, answer, cost, lifetimeMs = CACHE_LIFETIME_MS }: Omit<NewAnswer, "answer"> & { answer: string },
  now: number,
): Promise<void> {
  const row = {
    provider,
    model,
    answer,
    nano_usd: cost,
    stored_at: now,
    expires_at: now + Math.min(lifetimeMs, LONGEST_LIFETIME_MS),
  };
  await db
    .insertInto("cached_answers")
    .values({ key, ...row })
    .onConflict((conflict) => conflict.column("key").doUpdateSet(row))
    .execute();
}

/** Takes out what is over, and of more than may be kept the oldest. */
async function makeRoom(
  { db }: Store,
  { answers, room }: { readonly answers: number; readonly room: number },
  now: number,
): Promise<void> {
  await db.deleteFrom("cached_answers").where("expires_at", "<=", now).execute();
  const { count } = await db
    .selectFrom("cached_answers")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  if (Number(count) <= answers) return;
  const oldest = db
    .selectFrom("cached_answers")
    .select("key")
    .orderBy("stored_at")
    .orderBy("key")
    .limit(Number(count) - answers + room);
  await db.deleteFrom("cached_answers").where("key", "in", oldest).execute();
}
