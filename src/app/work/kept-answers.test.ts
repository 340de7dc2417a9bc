import { beforeEach, describe, expect, test } from "vitest";
import { openStore, type Store } from "../../storage/storage.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { describeOnEachStore } from "../../../test/support/store-place.ts";
import { forgetAnswers, keptAnswers } from "./kept-answers.ts";

const NOON = Date.UTC(2026, 0, 2, 12);
const HOUR = 3_600_000;

describeOnEachStore("kept answers", (openPlace) => {
  let store: Store;
  beforeEach(async () => {
    const place = await openPlace();
    store = await openStore({ ...place.settings, clock: new SteppedClock(NOON) });
    await part("a", "analyze", "small", NOON - 2 * HOUR);
    await part("b", "analyze", "small", NOON - 1000);
    await part("c", "review", "big", NOON - 1000);
    await store.db
      .insertInto("cached_answers")
      .values({
        key: "r",
        provider: "xai",
        model: "grok",
        answer: "four",
        nano_usd: 7,
        stored_at: NOON - 1,
        expires_at: NOON + HOUR,
      })
      .execute();
    return async () => {
      await store[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    };
  });

  async function part(key: string, kind: string, model: string, storedAt: number): Promise<void> {
    const spent = { input_tokens: 1, output_tokens: 1, nano_usd: 1000, duration_ms: 1 };
    const times = { stored_at: storedAt, expires_at: storedAt + HOUR };
    const about = { key, kind, model, repo: "/r", served_by: model, covers: "[]", answer: "answer" };
    await store.db
      .insertInto("part_answers")
      .values({ ...about, ...spent, ...times })
      .execute();
  }

  test("are summed up by kind and model, requests last, with how many may still be given", async () => {
    const once = { bytes: 6, cost: 1000, answers: 1, fresh: 1, oldestAt: NOON - 1000, newestAt: NOON - 1000 };
    expect(await keptAnswers(store)).toEqual([
      { ...once, kind: "analyze", model: "small", answers: 2, bytes: 12, cost: 2000, oldestAt: NOON - 2 * HOUR },
      { ...once, kind: "review", model: "big" },
      { ...once, kind: "requests", model: "xai/grok", bytes: 4, cost: 7, oldestAt: NOON - 1, newestAt: NOON - 1 },
    ]);
  });

  describe("are forgotten", () => {
    test("by kind", async () => {
      expect(await forgetAnswers(store, { kind: "review", before: null })).toBe(1);
      expect((await keptAnswers(store)).map(({ kind }) => kind)).toEqual(["analyze", "requests"]);
    });

    test("by age", async () => {
      expect(await forgetAnswers(store, { kind: null, before: NOON - HOUR })).toBe(1);
      expect((await keptAnswers(store)).map(({ kind, answers }) => [kind, answers])).toEqual([
        ["analyze", 1],
        ["review", 1],
        ["requests", 1],
      ]);
    });

    test("all of them", async () => {
      expect(await forgetAnswers(store, { kind: null, before: null })).toBe(4);
      expect(await keptAnswers(store)).toEqual([]);
    });
  });
});
