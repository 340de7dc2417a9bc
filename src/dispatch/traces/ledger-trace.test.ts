import { expect, test } from "vitest";
import { sampleEntry } from "../../../test/support/sample-entry.ts";
import { SAMPLE_AT, SAMPLE_USAGE, SONNET } from "../../../test/support/sample-trace.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { describeOnEachStore, type OpenPlace } from "../../../test/support/store-place.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import { book } from "../../ledger/ledger.ts";
import type { EntryFacts } from "../../ledger/chain.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { traceInLedger } from "./ledger-trace.ts";

async function withEntries(
  openPlace: OpenPlace,
  entries: readonly EntryFacts[],
  look: (store: Store) => Promise<void>,
): Promise<void> {
  await using place = await openPlace();
  await using store = await openStore({ ...place.settings, clock: new SteppedClock(SAMPLE_AT) });
  await store.transaction((trx) => book(trx, "w", entries), BOOKS);
  await look(store);
}

describeOnEachStore("a request in the ledger", (openPlace) => {
  test("is found by its id with all its attempts in their order, the last one as who served", async () => {
    const entries = [
      sampleEntry("req-a/1", {
        nano_usd: 0,
        output_tokens: 0,
        note: "provider-overloaded; not billed",
      }),
      sampleEntry("req-a/2", { provider: "openai", model: "gpt-5-mini", at: SAMPLE_AT + 3_000 }),
      sampleEntry("req-ab/1"),
    ];
    await withEntries(openPlace, entries, async (store) => {
      const trace = await traceInLedger(store.db, "req-a");
      expect(trace).toMatchObject({
        id: "req-a",
        at: SAMPLE_AT,
        origin: "gateway",
        session: "default",
        key: "k1",
        agent: "claude-code",
        taskType: "coding",
        requestedModel: "claude-sonnet-4-5",
        served: { provider: "openai", model: "gpt-5-mini" },
        outcome: "answered",
        cost: 10_000_000,
        usage: SAMPLE_USAGE,
      });
      expect(trace?.attempts.map(({ number, call, outcome, cost }) => ({ number, call, outcome, cost }))).toEqual([
        { number: 1, call: "req-a/1", outcome: "overload", cost: 0 },
        { number: 2, call: "req-a/2", outcome: "answered", cost: 10_000_000 },
      ]);
    });
  });

  test("is found by the key of one call, that attempt alone", async () => {
    const entries = [sampleEntry("req-a/1"), sampleEntry("req-a/2")];
    await withEntries(openPlace, entries, async (store) => {
      const trace = await traceInLedger(store.db, "req-a/2");
      expect(trace?.attempts.map(({ call }) => call)).toEqual(["req-a/2"]);
    });
  });

  test("is nothing where no row goes by that id, however alike", async () => {
    await withEntries(openPlace, [sampleEntry("req-a/1"), sampleEntry("reqXa/1")], async (store) => {
      expect(await traceInLedger(store.db, "req")).toBe(undefined);
      expect(await traceInLedger(store.db, "req_a")).toBe(undefined);
      expect(await traceInLedger(store.db, "%")).toBe(undefined);
      expect(await traceInLedger(store.db, "")).toBe(undefined);
    });
  });

  test("of unknown fate says so; a correction makes it answered, at what it really used", async () => {
    const unknown = sampleEntry("req-a/1", {
      entry_key: "unknown:req-a/1",
      kind: "unknown",
      usage_estimated: 1,
      note: "the process was killed",
    });
    await withEntries(openPlace, [unknown], async (store) => {
      expect(await traceInLedger(store.db, "req-a")).toMatchObject({ outcome: "failed", code: "call-unknown" });
      const correction = sampleEntry("req-a/1", {
        entry_key: "correct:req-a/1:1",
        kind: "correction",
        nano_usd: -4_000_000,
        input_tokens: -400,
        cache_read_tokens: 0,
        cache_write_5m_tokens: 0,
        output_tokens: 0,
        reasoning_tokens: 0,
      });
      await store.transaction((trx) => book(trx, "w", [correction]), BOOKS);
      expect(await traceInLedger(store.db, "req-a")).toMatchObject({
        outcome: "answered",
        served: SONNET,
        cost: 6_000_000,
        usage: { inputTokens: 600, outputTokens: 400, estimated: false },
        attempts: [{ cost: 6_000_000 }],
      });
    });
  });
});
