import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { GPT, SAMPLE_AT, sampleFallback, sampleTrace } from "../../../test/support/sample-trace.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { describeOnEachStore, openSqlitePlace } from "../../../test/support/store-place.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { DelegationMinutesTable } from "../../storage/schema.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { openDelegations } from "./delegations.ts";

const MINUTE = Math.floor(SAMPLE_AT / 60_000);

async function rows(store: Store): Promise<readonly DelegationMinutesTable[]> {
  const all = await store.db.selectFrom("delegation_minutes").selectAll().orderBy("minute").orderBy("model").execute();
  return all.map(
    (row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          typeof value === "string" && /^\d+$/.test(value) ? +value : value,
        ]),
      ) as unknown as DelegationMinutesTable,
  );
}

describeOnEachStore("sums of delegations", (openPlace) => {
  test("a request adds to its minute, task type and who served", async () => {
    await using place = await openPlace();
    const clock = new SteppedClock(SAMPLE_AT);
    await using store = await openStore({ ...place.settings, clock });
    await using delegations = openDelegations({ store, clock });
    delegations.note(sampleTrace());
    delegations.note(sampleFallback());
    delegations.note(sampleFallback());
    await delegations.flush();
    expect(await rows(store)).toEqual([
      {
        minute: MINUTE,
        task_type: "coding",
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        requests: 1,
        answered: 1,
        failed: 0,
        refused: 0,
        fell_back: 0,
        cached: 0,
        attempts: 1,
        duration_ms: 2_010,
        input_tokens: 1_100,
        cache_read_tokens: 500,
        output_tokens: 400,
        reasoning_tokens: 50,
        nano_usd: 10_000_000,
      },
      {
        minute: MINUTE,
        task_type: "coding",
        provider: "openai",
        model: "gpt-5-mini",
        requests: 2,
        answered: 2,
        failed: 0,
        refused: 0,
        fell_back: 2,
        cached: 0,
        attempts: 4,
        duration_ms: 8_020,
        input_tokens: 2_000,
        cache_read_tokens: 0,
        output_tokens: 400,
        reasoning_tokens: 0,
        nano_usd: 8_000_000,
      },
    ]);
  });

  test("several processes add to the same row", async () => {
    await using place = await openPlace();
    const clock = new SteppedClock(SAMPLE_AT);
    await using store = await openStore({ ...place.settings, clock });
    const all = Array.from({ length: 8 }, () => openDelegations({ store, clock }));
    for (let round = 0; round < 5; round += 1) {
      for (const delegations of all) {
        delegations.note(sampleTrace());
        delegations.note(sampleFallback());
      }
      await Promise.all(all.map((delegations) => delegations.flush()));
    }
    await Promise.all(all.map((delegations) => delegations[Symbol.asyncDispose]()));
    expect((await rows(store)).map(({ model, requests, nano_usd }) => ({ model, requests, nano_usd }))).toEqual([
      { model: "claude-sonnet-4-5", requests: 40, nano_usd: 400_000_000 },
      { model: "gpt-5-mini", requests: 40, nano_usd: 160_000_000 },
    ]);
  });

  test("a store that refuses loses nothing until it is back", async () => {
    await using place = await openPlace();
    const clock = new SteppedClock(SAMPLE_AT);
    await using store = await openStore({ ...place.settings, clock });
    await using delegations = openDelegations({ store, clock });
    await store.db.schema.alterTable("delegation_minutes").renameTo("away").execute();
    delegations.note(sampleTrace());
    await delegations.flush();
    delegations.note(sampleTrace({ at: SAMPLE_AT + 60_000 }));
    await delegations.flush();
    await store.db.schema.alterTable("away").renameTo("delegation_minutes").execute();
    await delegations.flush();
    expect((await rows(store)).map(({ minute, requests }) => ({ minute, requests }))).toEqual([
      { minute: MINUTE, requests: 1 },
      { minute: MINUTE + 1, requests: 1 },
    ]);
  });

  test("texts that clients chose and no database takes do not hold up the others", async () => {
    await using place = await openPlace();
    const clock = new SteppedClock(SAMPLE_AT);
    await using store = await openStore({ ...place.settings, clock });
    await using delegations = openDelegations({ store, clock });
    for (const taskType of ["a\u0000b", "a\u0001b", "\ud800", "\udc00", "x".repeat(5_000)]) {
      delegations.note(sampleTrace({ taskType }));
    }
    await delegations.flush();
    const written = await rows(store);
    expect(
      written
        .map(({ task_type, requests }) => [task_type, requests])
        .toSorted((a, b) => (String(a) < String(b) ? -1 : 1)),
    ).toEqual([
      ["a b", 2],
      ["x".repeat(200), 1],
      ["\ufffd", 2],
    ]);
  });

  test("minutes older than 62 days become rows of their days when a process ends, and nothing is lost", async () => {
    await using place = await openPlace();
    const clock = new SteppedClock(SAMPLE_AT);
    await using store = await openStore({ ...place.settings, clock });
    const old = SAMPLE_AT - 70 * 86_400_000;
    const first = openDelegations({ store, clock });
    for (let minute = 0; minute < 300; minute += 1) first.note(sampleTrace({ at: old + minute * 60_000 }));
    first.note(sampleTrace({ at: SAMPLE_AT - 61 * 86_400_000 }));
    first.note(sampleTrace());
    await first[Symbol.asyncDispose]();
    const second = openDelegations({ store, clock });
    second.note(sampleTrace({ at: old }));
    await second[Symbol.asyncDispose]();
    const oldDay = Math.floor(old / 86_400_000) * 1440;
    expect((await rows(store)).map(({ minute, requests, nano_usd }) => [minute, requests, nano_usd])).toEqual([
      [oldDay, 301, 3_010_000_000],
      [MINUTE - 61 * 1440, 1, 10_000_000],
      [MINUTE, 1, 10_000_000],
    ]);
  });

  test("it is written every few seconds by itself, and at the end", async () => {
    await using place = await openPlace();
    const clock = new SteppedClock(SAMPLE_AT);
    await using store = await openStore({ ...place.settings, clock });
    const delegations = openDelegations({ store, clock });
    delegations.note(sampleTrace());
    await clock.move(5_000);
    await delegations.flush();
    expect((await rows(store))[0]?.requests).toBe(1);
    delegations.note(sampleTrace());
    await delegations[Symbol.asyncDispose]();
    delegations.note(sampleTrace());
    await delegations.flush();
    expect((await rows(store))[0]?.requests).toBe(2);
  });
});

test("another's transaction on SQLite holds up no request: the sums wait for the next turn", async () => {
  await using place = await openSqlitePlace();
  const clock = new SteppedClock(SAMPLE_AT);
  await using store = await openStore({ ...place.settings, clock });
  await using delegations = openDelegations({ store, clock });
  const other = new DatabaseSync(join(place.folder, "allot.db"));
  other.exec("begin immediate");
  delegations.note(sampleTrace());
  const began = performance.now();
  await clock.move(30_000);
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(await rows(store)).toEqual([]);
  other.exec("commit");
  other.close();
  await clock.move(5_000);
  expect(await rows(store)).toHaveLength(1);
  const { rows: after } = await sql<{ timeout: number }>`pragma busy_timeout`.execute(store.db);
  expect(after).toEqual([{ timeout: 10_000 }]);
});

async function summed(note: (delegations: ReturnType<typeof openDelegations>) => void) {
  await using place = await openSqlitePlace();
  const clock = new SteppedClock(SAMPLE_AT);
  await using store = await openStore({ ...place.settings, clock });
  await using delegations = openDelegations({ store, clock });
  note(delegations);
  await delegations.flush();
  return await rows(store);
}

test("a failed one counts under who was asked last, with its cost and without its time and tokens", async () => {
  const trace = sampleFallback({ outcome: "failed", status: 502, cost: nanoUsd(77) });
  const { served: _, fellBackWhy: __, ...failed } = trace;
  const [row] = await summed((delegations) => delegations.note(failed));
  expect(row).toMatchObject({
    ...GPT,
    requests: 1,
    answered: 0,
    failed: 1,
    fell_back: 0,
    attempts: 2,
    duration_ms: 0,
    output_tokens: 0,
    nano_usd: 77,
  });
});

test("a fallback is known by who was asked first, also where nobody said why", async () => {
  const { fellBackWhy: _, ...trace } = sampleFallback();
  const [row] = await summed((delegations) => delegations.note(trace));
  expect(row).toMatchObject({ ...GPT, fell_back: 1 });
});

test("one refused by our limits counts as refused; one that left as neither; one rejected unasked not at all", async () => {
  const found = await summed((delegations) => {
    const { served: _, ...unserved } = sampleTrace({ attempts: [], cost: nanoUsd(0) });
    delegations.note({ ...unserved, outcome: "refused" });
    delegations.note({ ...unserved, outcome: "left" });
    delegations.note({ ...unserved, outcome: "rejected" });
  });
  expect(found).toMatchObject([{ provider: "", requests: 2, answered: 0, failed: 0, refused: 1 }]);
});

test("an answer out of the cache counts as answered and as cached, and used no tokens", async () => {
  const [row] = await summed((delegations) => delegations.note(sampleTrace({ cached: true, attempts: [] })));
  expect(row).toMatchObject({ answered: 1, cached: 1, attempts: 0, input_tokens: 0, output_tokens: 0 });
});

test("however many model names clients make up, a process keeps a bounded number of rows, and loses no request", async () => {
  const found = await summed((delegations) => {
    for (let n = 0; n < 20_000; n += 1) {
      delegations.note(sampleTrace({ served: { provider: "openai", model: `made-up-${n}` } }));
    }
  });
  expect(found.length).toBeLessThanOrEqual(5_001);
  expect(found.reduce((sum, row) => sum + row.requests, 0)).toBe(20_000);
});
