import { expect, test } from "vitest";
import { describeOnEachStore } from "../../../test/support/store-place.ts";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { nanoUsd } from "../../foundation/units.ts";
import { openStore } from "../../storage/storage.ts";
import { type KeptPart, openPartAnswers, type PaidPart } from "./part-answers.ts";

const HOUR = 3_600_000;
const ANSWER: KeptPart = { kind: "answer", text: "It adds.", cut: false, servedBy: "openai/gpt-5" };

function paid(change: Partial<PaidPart> = {}): PaidPart {
  const about = { kind: "analyze", repo: "/r", model: "openai/gpt-5", covers: ["a.ts"] } as const;
  return { kept: ANSWER, ...about, inputTokens: 10, outputTokens: 20, cost: nanoUsd(5), durationMs: 900, ...change };
}

describeOnEachStore("answers of parts", (openPlace) => {
  const open = async () => {
    const place = await openPlace();
    const clock = new SteppedClock(Date.parse("2026-11-21T12:00:00Z"));
    const store = await openStore({ ...place.settings, clock });
    const close = async (): Promise<void> => {
      await store[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    };
    return { clock, store, answers: openPartAnswers({ store, clock }), [Symbol.asyncDispose]: close };
  };

  test("are found by their keys, and by no others", async () => {
    await using trial = await open();
    await trial.answers.keep("k1", paid(), HOUR);
    await trial.answers.keep("k2", paid({ kept: { kind: "split", why: "too-long", maxTokens: 900 } }), HOUR);
    const found = await trial.answers.find(["k1", "k2", "k3"], HOUR);
    expect([...found]).toEqual([
      ["k1", ANSWER],
      ["k2", { kind: "split", why: "too-long", maxTokens: 900 }],
    ]);
  });

  test("of two under one key the later holds", async () => {
    await using trial = await open();
    await trial.answers.keep("k", paid(), HOUR);
    await trial.answers.keep("k", paid({ kept: { ...ANSWER, text: "Later." } }), HOUR);
    expect((await trial.answers.find(["k"], HOUR)).get("k")).toMatchObject({ text: "Later." });
  });

  test("are good until their time is over, and for less where less is asked for", async () => {
    await using trial = await open();
    await trial.answers.keep("k", paid(), HOUR);
    await trial.clock.move(HOUR / 2);
    expect((await trial.answers.find(["k"], HOUR)).size).toBe(1);
    expect((await trial.answers.find(["k"], HOUR / 4)).size).toBe(0);
    await trial.clock.move(HOUR / 2);
    expect((await trial.answers.find(["k"], 2 * HOUR)).size).toBe(0);
  });

  test("without a time to live none is kept and none is found", async () => {
    await using trial = await open();
    await trial.answers.keep("never", paid(), 0);
    await trial.answers.keep("kept", paid(), HOUR);
    expect([(await trial.answers.find(["never"], HOUR)).size, (await trial.answers.find(["kept"], 0)).size]).toEqual([
      0, 0,
    ]);
  });

  test("more keys than a query takes are found", async () => {
    await using trial = await open();
    await trial.answers.keep("k900", paid(), HOUR);
    const keys = Array.from({ length: 1_000 }, (_, index) => `k${index}`);
    expect([...(await trial.answers.find(keys, HOUR)).keys()]).toEqual(["k900"]);
  });

  test("are taken out a week after they are over", async () => {
    await using trial = await open();
    await trial.answers.keep("k1", paid(), HOUR);
    await trial.answers.keep("k2", paid(), HOUR);
    await trial.answers.keep("k3", paid(), HOUR);
    await trial.clock.move(8 * 24 * HOUR);
    const later = openPartAnswers(trial);
    expect(await later.usual("analyze", "openai/gpt-5")).not.toBe(null);
    await later.keep("k4", paid(), HOUR);
    expect(await later.usual("analyze", "openai/gpt-5")).toBe(null);
  });

  test("say what such work takes, once three are known", async () => {
    await using trial = await open();
    await trial.answers.keep("k1", paid({ outputTokens: 10, durationMs: 100 }), HOUR);
    await trial.answers.keep("k2", paid({ outputTokens: 20, durationMs: 200 }), HOUR);
    await trial.answers.keep("other", paid({ kind: "review" }), HOUR);
    expect(await trial.answers.usual("analyze", "openai/gpt-5")).toBe(null);
    await trial.answers.keep("k3", paid({ outputTokens: 60, durationMs: 600 }), HOUR);
    expect(await trial.answers.usual("analyze", "openai/gpt-5")).toEqual({ outputTokens: 30, durationMs: 300 });
  });
});
