import { join } from "node:path";
import { expect, test } from "vitest";
import { openDelegations } from "../../src/dispatch/traces/delegations.ts";
import { openTraces } from "../../src/dispatch/traces/open-traces.ts";
import type { RequestTrace } from "../../src/dispatch/traces/trace.ts";
import { systemClock } from "../../src/foundation/clock.ts";
import type { EntryFacts } from "../../src/ledger/chain.ts";
import { book } from "../../src/ledger/ledger.ts";
import { BOOKS } from "../../src/storage/exclusive.ts";
import { openStore } from "../../src/storage/storage.ts";
import { type AllotHome, allotHome, runAllot, runInside } from "../support/run-allot.ts";
import { sampleEntry } from "../support/sample-entry.ts";
import { sampleFallback, sampleTrace } from "../support/sample-trace.ts";

/** A home in which these requests have just been served. */
async function homeWith(traces: readonly RequestTrace[], entries: readonly EntryFacts[] = []): Promise<AllotHome> {
  const home = allotHome();
  const folder = join(home.dir, ".allot");
  const clock = systemClock;
  await using store = await openStore({ path: join(folder, "allot.db"), clock });
  await using kept = openTraces({ folder, clock });
  await using delegations = openDelegations({ store, clock });
  for (const trace of traces) {
    kept.note({ ...trace, at: clock.now() });
    delegations.note({ ...trace, at: clock.now() });
  }
  await store.transaction((trx) => book(trx, "w", entries), BOOKS);
  return home;
}

test("allot trace lists the newest requests, and tells one with all its attempts", async () => {
  const home = await homeWith([sampleTrace(), sampleFallback()]);
  const list = await runAllot(home, ["trace"]);
  expect(list.code).toBe(0);
  expect(list.stdout).toContain("req-1");
  expect(list.stdout).toContain("claude-sonnet-4-5 → gpt-5-mini");
  const one = await runInside(home, ["trace", "req-2"]);
  expect(one.stdout).toContain("1: provider-rate-limited: too many requests");
  const json = await runInside(home, ["trace", "call-3", "--json"]);
  expect(json.lines[0]).toMatchObject({ id: "req-2", source: "trace", cost_usd: 0.004, outcome: "answered" });
  expect(json.lines[0]?.["attempts"]).toHaveLength(2);
});

test("a request whose trace is gone is told out of the ledger", async () => {
  const home = await homeWith([], [sampleEntry("req-gone/1"), sampleEntry("req-gone/2")]);
  const found = await runInside(home, ["trace", "req-gone", "--json"]);
  expect(found.lines[0]).toMatchObject({ id: "req-gone", source: "ledger", cost_usd: 0.02 });
  expect((await runInside(home, ["trace", "req-gone"])).stdout).toContain("from the ledger");
});

test("an unknown request is an error with its exit code, also where there is no store yet", async () => {
  const home = allotHome();
  const missing = await runInside(home, ["trace", "req-nope"]);
  expect([missing.code, missing.stdout]).toEqual([66, ""]);
  expect(missing.stderr).toContain("no request req-nope is known here");
  const none = await runInside(home, ["trace"]);
  expect([none.code, none.stdout]).toEqual([
    0,
    "no requests yet; those that come through allot serve are kept for seven days\n",
  ]);
});

test("allot metrics reckons the seeds' figures by kind of task, model and provider", async () => {
  const home = await homeWith(
    [sampleTrace(), sampleTrace(), sampleFallback({ taskType: "analysis" })],
    [sampleEntry("call-1", { at: systemClock.now(), nano_usd: 3_000_000_000 })],
  );
  const json = (await runInside(home, ["metrics", "--json"])).lines[0];
  expect(json).toMatchObject({
    by: "task",
    delegation_metrics: { success_rate: 1, cost_per_delegation: 0.008, grok_success_rate: null },
    rows: [
      { name: "coding", requests: 2, average_response_time: 2.01, fallback_usage: 0 },
      { name: "analysis", requests: 1, average_response_time: 4.01, fallback_usage: 1 },
    ],
    budget: { limit_usd: 1000, spent_usd: 3 },
  });
  const byModel = (await runInside(home, ["metrics", "--by", "model", "--since", "month", "--json"])).lines[0];
  expect(byModel).toMatchObject({ rows: [{ name: "anthropic/claude-sonnet-4-5" }, { name: "openai/gpt-5-mini" }] });
  const slow = (await runInside(home, ["metrics", "--by-hand", "10m", "--json"])).lines[0];
  expect(slow?.["delegation_metrics"]).toMatchObject({ time_saved: 3 * 600 - 8.03 });
  expect((await runInside(home, ["metrics"])).stdout).toContain("time saved is reckoned, not measured");
});

test("allot metrics refuses a grouping that it has not", async () => {
  const ended = await runInside(allotHome(), ["metrics", "--by", "session"]);
  expect(ended.code).toBe(64);
  expect(ended.stderr).toContain('--by is "session", but metrics takes one of task, model, provider, day');
});
