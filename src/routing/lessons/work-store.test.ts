import { expect, test } from "vitest";
import { openStore, type Store } from "../../storage/storage.ts";
import { describeOnEachStore } from "../../../test/support/store-place.ts";
import { EXPECTED_WORK, withMeasured } from "../expected-work.ts";
import { readWork } from "./work-store.ts";

const clock = { now: () => 1_000, sleep: () => Promise.resolve() };

/** A finished mini-task: its outcome, and what the ledger has of it under each of its names. */
async function finish(
  store: Store,
  id: { readonly run: string; readonly number: number },
  type: string,
  entries: readonly { readonly task: string; readonly input: number; readonly output: number }[],
  accepted: 0 | 1 = 1,
): Promise<void> {
  const outcome = { repo: "/repo", tier: "small", model: "m", accepted, rounds: 1, escalated: 0 as const };
  await store.db
    .insertInto("outcomes")
    .values({ ...outcome, id: `${id.run}/${id.number}`, run_id: id.run, task_type: type, cost_nano_usd: 1, at: 1 })
    .execute();
  for (const { task, input, output } of entries) {
    const key = `${id.run}/${task}/${input}`;
    const texts = { phase: "execution", tier: "small", session_id: "s", provider: "p", model: "m", price_version: "v" };
    const tokens = { input_tokens: input, output_tokens: output, cache_read_tokens: 100, cache_write_5m_tokens: 10 };
    await store.db
      .insertInto("ledger")
      .values({
        ...texts,
        ...tokens,
        cache_write_1h_tokens: 1,
        reasoning_tokens: 0,
        nano_usd: 1,
        price_assumed: 0,
        usage_estimated: 0,
        writer: key,
        sequence: 1,
        entry_key: key,
        kind: "settlement",
        run_id: id.run,
        task,
        note: "",
        at: 1,
        prev_hash: "",
        hash: "",
      })
      .execute();
  }
}

describeOnEachStore("what finished tasks used", (openPlace) => {
  test("is the ledger's tokens of each accepted task, cached ones and all its tries together", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock });
    await finish(store, { run: "r", number: 1 }, "ui", [
      { task: "1", input: 1_000, output: 50 },
      { task: "1-rebased", input: 2_000, output: 60 },
      { task: "10", input: 7, output: 7 },
    ]);
    await finish(store, { run: "r", number: 2 }, "coding", [{ task: "2", input: 500, output: 5 }], 0);
    await finish(store, { run: "r", number: 3 }, "testing", []);
    expect(await readWork(store)).toEqual({ ui: [{ inputTokens: 3_222, outputTokens: 110 }] });
  });

  test("is nothing in a store without outcomes", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock });
    expect(await readWork(store)).toEqual({});
  });
});

const tasks = (count: number): { inputTokens: number; outputTokens: number }[] =>
  Array.from({ length: count }, (_, n) => ({ inputTokens: 1_000 * (n + 1), outputTokens: 10 * (n + 1) }));

test("four finished tasks change no expectation, five do, for their type alone", () => {
  expect(withMeasured(EXPECTED_WORK, { ui: tasks(4) })).toEqual(EXPECTED_WORK);
  const five = withMeasured(EXPECTED_WORK, { ui: tasks(5) });
  expect(five.ui).toEqual({
    low: { inputTokens: 1_400, outputTokens: 14 },
    expected: { inputTokens: 3_000, outputTokens: 30 },
    high: { inputTokens: 4_600, outputTokens: 46 },
    source: "median of 5 finished tasks here",
  });
  expect(five.coding).toBe(EXPECTED_WORK.coding);
});
