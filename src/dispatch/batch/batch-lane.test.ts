import { describe, expect, onTestFinished, test } from "vitest";
import type { ScriptedBatchOptions } from "../../../test/support/scripted-provider/batches.ts";
import type { Script } from "../../../test/support/scripted-provider/script.ts";
import { openScriptedProvider } from "../../../test/support/scripted-provider/scripted-provider.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { describeOnEachStore, type OpenPlace } from "../../../test/support/store-place.ts";
import { openCatalog } from "../../catalog/open-catalog.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { costOf } from "../../ledger/cost.ts";
import { verifyLedger } from "../../ledger/verify-ledger.ts";
import { openBatchProvider } from "../../providers/batch/open-batch-provider.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import { openStore } from "../../storage/storage.ts";
import { DEFAULT_LIMITS } from "../../throttle/limits.ts";
import { openBudget } from "../../throttle/store/budgets.ts";
import { openBatchLane } from "./open-batch-lane.ts";

const MODELS = { anthropic: "claude-haiku-4-5", openai: "gpt-5-mini" } as const;
const PROVIDERS = ["anthropic", "openai"] as const;
const never = new AbortController().signal;
const USAGE = { inputTokens: 1_000, outputTokens: 200 };
const fine: Script = () => ({ text: "fine", usage: USAGE });

interface Wishes {
  readonly script?: Script;
  readonly batches?: ScriptedBatchOptions;
  readonly limit?: number;
}

/** A lane of a batch "b1" on a fresh store, to a scripted provider. */
async function stage(openPlace: OpenPlace, name: (typeof PROVIDERS)[number], wishes: Wishes = {}) {
  const { script = fine, batches = {}, limit = 1_000_000_000 } = wishes;
  const place = await openPlace();
  const clock = new SteppedClock(Date.now());
  const store = await openStore({ ...place.settings, clock });
  const scripted = await openScriptedProvider({ script, batches });
  onTestFinished(async () => {
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
    await scripted.close();
  });
  const provider = openBatchProvider(name, { apiKey: "sk-test", baseUrl: scripted.urls[name], now: () => clock.now() });
  if (provider === undefined) throw new Error(`${name} has no batch interface`);
  const caps = { tokens: null, nanoUsd: nanoUsd(limit), requests: null };
  const budget = { id: "batch-b1", name: "b1", parent: null, session: "s", caps };
  await store.transaction((trx) => openBudget(trx, DEFAULT_LIMITS, budget, clock.now()), BOOKS);
  const catalog = openCatalog({ asOf: clock.now() });
  const lane = openBatchLane({
    store,
    catalog,
    batch: "b1",
    provider,
    providerName: name,
    session: "s",
    priority: "normal",
    budget: "batch-b1",
    project: "p",
    unknownPrice: "assume-max",
    limits: () => Promise.resolve(DEFAULT_LIMITS),
  });
  const price = catalog.find(MODELS[name], { provider: name })?.price;
  if (price === undefined || price === null) throw new Error(`no price for ${MODELS[name]}`);
  const zero = {
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    reasoningTokens: 0,
    estimated: false,
  };
  const half = costOf({ ...USAGE, ...zero }, price, "batch");
  const held = async (): Promise<number> => {
    const open = store.db.selectFrom("holds").select("call_key").where("closed_at", "is", null);
    return (await open.where("call_key", "like", "b1/%").execute()).length;
  };
  const ask = (what: string, round = 1) =>
    lane.ask({
      name: what,
      round,
      request: {
        model: MODELS[name],
        system: "Be brief.",
        messages: [
          {
            role: "user",
            content: what,
          },
        ],
        tools: [],
        toolChoice: "auto",
        maxOutputTokens: 1e3,
      },
    });
  return { lane, ask, store, clock, scripted, held, half };
}

describeOnEachStore("a batch interface's lane", (openPlace) => {
  describe.each(PROVIDERS)("of %s", (name) => {
    test("holds what is asked until it is collected, and settles it once at half the price", async () => {
      const { lane, ask, store, scripted, held, half } = await stage(openPlace, name, { batches: { looks: 1 } });
      expect([await ask("a"), await ask("b")]).toEqual([{ kind: "waiting" }, { kind: "waiting" }]);
      expect(await lane.submit(never)).toMatchObject({ requests: 2, fault: null, unsure: 0 });
      expect([await held(), await lane.collect(never)]).toEqual([2, { ended: 0, open: 2, fault: null }]);
      expect(await lane.collect(never)).toEqual({ ended: 2, open: 0, fault: null });
      expect(await lane.collect(never)).toEqual({ ended: 0, open: 0, fault: null });
      expect(await held()).toBe(0);
      expect(await ask("a", 2)).toMatchObject({ kind: "answered", cost: half, answer: { text: "fine", usage: USAGE } });
      const rows = await store.db.selectFrom("ledger").select(["service", "nano_usd", "kind"]).execute();
      expect(rows).toEqual(Array.from({ length: 2 }, () => ({ service: "batch", nano_usd: half, kind: "settlement" })));
      expect(scripted.served).toHaveLength(2);
      expect((await verifyLedger(store.db)).faults).toEqual([]);
    });

    test("looks up a hand-in whose answer was lost, and never makes it again", async () => {
      const { lane, ask, scripted } = await stage(openPlace, name, { batches: { loseAnswers: 1 } });
      await ask("a");
      expect(await lane.submit(never)).toMatchObject({ unsure: 1, fault: null });
      expect(await lane.submit(never)).toMatchObject({ requests: 0 });
      expect(await lane.collect(never)).toMatchObject({ ended: 1, open: 0 });
      expect(scripted.batches).toHaveLength(1);
    });

    test("makes a hand-in again that never arrived, once the provider's list can be believed", async () => {
      const { lane, ask, clock, scripted } = await stage(openPlace, name, { batches: { losesRequests: 1 } });
      await ask("a");
      expect(await lane.submit(never)).toMatchObject({ unsure: 1 });
      await lane.collect(never);
      expect(await lane.submit(never)).toMatchObject({ requests: 0 });
      await clock.move(61_000);
      await lane.collect(never);
      expect(await lane.submit(never)).toMatchObject({ requests: 1, unsure: 0 });
      expect(await lane.collect(never)).toMatchObject({ ended: 1 });
      expect(scripted.batches).toHaveLength(1);
    });

    test("bills nothing for a request that failed, and asks it again in the item's next try only", async () => {
      let broken = true;
      const script: Script = () => (broken ? { error: "too-long" } : { text: "fine", usage: USAGE });
      const { lane, ask, scripted, held } = await stage(openPlace, name, { script });
      await ask("a");
      await lane.submit(never);
      await lane.collect(never);
      expect(await ask("a")).toMatchObject({ kind: "failed", code: "window-overflow", cost: 0 });
      broken = false;
      expect(await ask("a", 2)).toEqual({ kind: "waiting" });
      await lane.submit(never);
      await lane.collect(never);
      expect([(await ask("a", 2)).kind, await held(), scripted.served.length]).toEqual(["answered", 0, 2]);
    });

    test("refuses what the budget has no room for, and hands nothing of it in", async () => {
      const { lane, ask, scripted, held } = await stage(openPlace, name, { limit: 1_000 });
      expect((await ask("a")).kind).toBe("refused");
      expect([await lane.submit(never), await held(), scripted.batches]).toMatchObject([{ requests: 0 }, 0, []]);
    });

    test("gives back what was not handed in when it is cancelled", async () => {
      const { lane, ask, held, scripted } = await stage(openPlace, name, { batches: { looks: 9 } });
      await ask("a");
      await lane.submit(never);
      await ask("b");
      await lane.cancel(never);
      expect([await held(), scripted.batches.map(({ cancelled }) => cancelled)]).toEqual([1, [true]]);
      expect(await lane.collect(never)).toMatchObject({ ended: 1, open: 0 });
    });
  });
});
