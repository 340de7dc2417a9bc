import { afterEach, beforeEach, expect, test } from "vitest";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { describeOnEachStore, type StorePlace } from "../../../test/support/store-place.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { learnedFactor, noteSample } from "./learned-factors.ts";

const GROK = "xai/grok-4";

describeOnEachStore("factors learned from answers", (openPlace) => {
  let place: StorePlace;
  let store: Store;
  let clock: SteppedClock;

  beforeEach(async () => {
    place = await openPlace();
    clock = new SteppedClock(Date.UTC(2026, 10, 21));
    store = await openStore({ ...place.settings, clock });
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  async function note(times: number, reported: number, model = GROK): Promise<void> {
    for (let i = 0; i < times; i++) {
      await clock.move(1);
      await noteSample(store, { model, content: "code", reported, counted: 1000 });
    }
  }

  test("19 answers are too few: the table's factor holds", async () => {
    await note(19, 1200);
    expect(await learnedFactor(store, GROK, "code")).toMatchObject({ factor: 1.4, source: "table", samples: 19 });
  });

  test("from 20 answers on, their 99th percentile times 1.02 holds, for that model and kind alone", async () => {
    await note(20, 1200);
    expect(await learnedFactor(store, GROK, "code")).toMatchObject({ factor: 1.224, source: "learned", samples: 20 });
    expect(await learnedFactor(store, GROK, "prose")).toMatchObject({ factor: 1.4, samples: 0 });
    expect(await learnedFactor(store, "xai/grok-4-fast", "code")).toMatchObject({ factor: 1.4, samples: 0 });
  });

  test("one answer in a hundred may be above the factor, never above the bound", async () => {
    await note(99, 1000);
    await note(1, 3000);
    expect(await learnedFactor(store, GROK, "code")).toMatchObject({ factor: 1.02, bound: 3.06 });
  });

  test("only the newest 200 count, and older ones are gone", async () => {
    await note(30, 5000);
    await note(200, 1000);
    expect(await learnedFactor(store, GROK, "code")).toMatchObject({ factor: 1.02, samples: 200 });
    const rows = await store.db.selectFrom("token_samples").select("id").execute();
    expect(rows).toHaveLength(200);
  });

  test("a known vocabulary is never taken for less than its own count", async () => {
    await note(20, 700, "openai/gpt-5");
    expect(await learnedFactor(store, "openai/gpt-5", "code")).toMatchObject({ factor: 1, bound: 1 });
  });

  test("reports of nothing and tiny requests teach nothing", async () => {
    await noteSample(store, { model: GROK, content: "code", reported: 0, counted: 1000 });
    await noteSample(store, { model: GROK, content: "code", reported: 40, counted: 20 });
    expect(await learnedFactor(store, GROK, "code")).toMatchObject({ samples: 0 });
  });
});
