import { expect, test } from "vitest";
import { describeOnEachStore } from "../../../test/support/store-place.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { formatIdentity, processIdentity } from "../../foundation/process-identity.ts";
import { openStore } from "../../storage/storage.ts";
import {
  addItems,
  createBatch,
  findBatch,
  findUnfinished,
  itemsOf,
  putBack,
  setBatch,
  setItem,
} from "./batch-store.ts";
import { claimBatch, isCarried } from "./claim-batch.ts";
import { learnedTime } from "./expected-time.ts";

const SPEC = { directory: "src", model: { provider: "xai", name: "grok-4" }, aspects: [], style: null, variant: null };
const WORDS = { operation: "analyze", repo: "/r", spec: SPEC } as const;
const items = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ target: `src/${index}.ts`, lane: "high" as const, expectedMs: 1 }));

describeOnEachStore("batches in the store", (openPlace) => {
  test("are found again by the same words until they are done", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: new SteppedClock(1_000_000) });
    const id = await createBatch(store, { ...WORDS, limit: null, way: "direct", items: items(1_200) });
    expect((await findUnfinished(store.db, WORDS))?.id).toBe(id);
    expect(await findUnfinished(store.db, { ...WORDS, spec: { ...SPEC, directory: "lib" } })).toBe(undefined);
    expect((await itemsOf(store.db, id)).map(({ position }) => position).slice(-2)).toEqual([1_198, 1_199]);
    await setBatch(store, id, { state: "done" });
    expect(await findUnfinished(store.db, WORDS)).toBe(undefined);
  });

  test("take what is new behind what is there, each target once", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: new SteppedClock(1_000_000) });
    const id = await createBatch(store, { ...WORDS, limit: null, way: "direct", items: items(2) });
    expect(await addItems(store, id, items(3))).toBe(1);
    expect((await itemsOf(store.db, id)).map(({ target }) => target)).toEqual(["src/0.ts", "src/1.ts", "src/2.ts"]);
  });

  test("have what a dead process had under way wait again, and what failed where it is wanted", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: new SteppedClock(1_000_000) });
    const id = await createBatch(store, { ...WORDS, limit: null, way: "direct", items: items(3) });
    await setItem(store, id, 0, { state: "running" });
    await setItem(store, id, 1, { state: "failed" });
    await setItem(store, id, 2, { state: "done" });
    expect(await putBack(store, id, false)).toBe(1);
    expect(await putBack(store, id, true)).toBe(1);
    expect((await itemsOf(store.db, id)).map(({ state }) => state)).toEqual(["waiting", "waiting", "done"]);
  });

  test("are carried by one process at a time; a dead one's are taken over", async () => {
    await using place = await openPlace();
    const clock = new SteppedClock(1_000_000);
    await using store = await openStore({ ...place.settings, clock });
    const id = await createBatch(store, { ...WORDS, limit: null, way: "direct", items: items(1) });
    const claim = await claimBatch(store, id);
    await expect(claimBatch(store, id)).rejects.toMatchObject({ code: "batch-busy" });
    expect(isCarried((await findBatch(store.db, id))?.owner ?? null, clock.now())).toBe(true);
    await claim[Symbol.asyncDispose]();
    const gone = formatIdentity({ ...processIdentity(), startedAt: "1" });
    await store.db
      .updateTable("batches")
      .set({ owner: `${gone}|${clock.now()}|x` })
      .where("id", "=", id)
      .execute();
    await using _taken = await claimBatch(store, id);
    await expect(claimBatch(store, "none")).rejects.toMatchObject({ code: "batch-not-found" });
  });

  test("learn how long a question takes from what was answered, from finished work, else 59 s", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: new SteppedClock(1_000_000) });
    const learned = () => learnedTime(store, "analyze", "xai/grok-4");
    expect(await learned()).toEqual({ partMs: 59_000, from: 0 });
    const work = {
      kind: "analyze",
      model: "xai/grok-4",
      repo: "/r",
      complete: 1 as const,
      input_tokens: 1,
      output_tokens: 1,
    };
    await store.db
      .insertInto("work_outcomes")
      .values({ ...work, id: "w", parts: 8, nano_usd: 1, duration_ms: 40_000, manual_ms: 1, at: 1 })
      .execute();
    expect(await learned()).toEqual({ partMs: 20_000, from: 1 });
    const answer = { kind: "analyze", repo: "/r", model: "xai/grok-4", served_by: "", covers: "[]", answer: "{}" };
    const paid = { input_tokens: 1, output_tokens: 1, nano_usd: 1, stored_at: 1, expires_at: 2 };
    await store.db
      .insertInto("part_answers")
      .values(
        [1_000, 3_000, 9_000, 0].map((duration_ms, index) => ({ ...answer, ...paid, key: `${index}`, duration_ms })),
      )
      .execute();
    expect(await learned()).toEqual({ partMs: 3_000, from: 3 });
  });
});
