import { afterEach, beforeEach, expect, test } from "vitest";
import { SteppedClock } from "../../../test/support/stepped-clock.ts";
import { describeOnEachStore, type StorePlace } from "../../../test/support/store-place.ts";
import { isAllotError } from "../../foundation/errors.ts";
import { openStore, type Store } from "../../storage/storage.ts";
import { openKeys } from "./open-keys.ts";

const START = Date.UTC(2026, 10, 21, 9);
const DAY = 86_400_000;

describeOnEachStore("keys of the gateway", (openPlace) => {
  let place: StorePlace;
  let store: Store;
  let clock: SteppedClock;

  beforeEach(async () => {
    place = await openPlace();
    clock = new SteppedClock(START);
    store = await openStore({ ...place.settings, clock });
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test("a key has its form, is found with all that was asked for, and is stored as a hash only", async () => {
    const keys = openKeys({ store, clock });
    const { key, facts } = await keys.create({
      name: "laptop",
      expiresInMs: 30 * DAY,
      session: "work",
      project: "shop",
      models: ["claude-*", "gpt-5"],
      priority: "normal",
    });
    expect(key).toMatch(/^allot-[A-Za-z0-9]{40}$/);
    expect(facts).toEqual({
      id: expect.stringMatching(/^[0-9a-z]{8}$/) as string,
      name: "laptop",
      expiresAt: START + 30 * DAY,
      session: "work",
      project: "shop",
      models: ["claude-*", "gpt-5"],
      priority: "normal",
    });
    expect(await keys.find(key)).toEqual(facts);
    expect(await keys.list()).toEqual([{ ...facts, createdAt: START, revokedAt: null }]);
    const stored = JSON.stringify(await store.db.selectFrom("gateway_keys").selectAll().execute());
    expect(stored).not.toContain(key.slice("allot-".length));
  });

  test("a key that was seen in the last second is answered at once, later by asking again", async () => {
    const keys = openKeys({ store, clock });
    const { key, facts } = await keys.create({ name: "a" });
    expect(keys.find(key)).toBeInstanceOf(Promise);
    expect(await keys.find(key)).toEqual(facts);
    await clock.move(999);
    expect(keys.find(key)).toEqual(facts);
    await clock.move(1);
    expect(keys.find(key)).toBeInstanceOf(Promise);
  });

  test("requests that come together ask the store once", async () => {
    const keys = openKeys({ store, clock });
    const { key, facts } = await keys.create({ name: "a" });
    const first = keys.find(key);
    expect(keys.find(key)).toBe(first);
    expect(await first).toEqual(facts);
  });

  test("a key revoked by another process stops within a second, by this one at once", async () => {
    const [here, there] = [openKeys({ store, clock }), openKeys({ store, clock })];
    const { key, facts } = await here.create({ name: "a" });
    expect(await here.find(key)).toEqual(facts);
    expect(await there.find(key)).toEqual(facts);
    expect(await here.revoke("a")).toEqual(facts);
    expect(await here.find(key)).toBeUndefined();
    await clock.move(1000);
    expect(await there.find(key)).toBeUndefined();
    expect(await there.list()).toEqual([{ ...facts, createdAt: START, revokedAt: START }]);
  });

  test("a key is found until it expires, out of memory too", async () => {
    const keys = openKeys({ store, clock });
    const { key, facts } = await keys.create({ name: "short", expiresInMs: 5000 });
    await clock.move(4500);
    expect(await keys.find(key)).toEqual(facts);
    await clock.move(499);
    expect(keys.find(key)).toEqual(facts);
    await clock.move(1);
    expect(keys.find(key)).toBeUndefined();
    await clock.move(2000);
    expect(await keys.find(key)).toBeUndefined();
  });

  test("a key nobody has is remembered as unknown for a second, then asked for again", async () => {
    const keys = openKeys({ store, clock });
    const stranger = `allot-${"x".repeat(40)}`;
    expect(await keys.find(stranger)).toBeUndefined();
    expect(keys.find(stranger)).toBeUndefined();
    await clock.move(1000);
    expect(keys.find(stranger)).toBeInstanceOf(Promise);
    expect(await keys.find(stranger)).toBeUndefined();
  });

  test("another case of the letters is another key", async () => {
    const keys = openKeys({ store, clock });
    const { key } = await keys.create({ name: "a" });
    expect(await keys.find(`allot-${key.slice(6).toLowerCase()}`)).toBeUndefined();
  });

  test("what cannot be a key of ours is refused without asking the store", () => {
    const keys = openKeys({ store, clock });
    expect(keys.find("")).toBeUndefined();
    expect(keys.find("sk-ant-something")).toBeUndefined();
    expect(keys.find(`allot-${"x".repeat(41)}`)).toBeUndefined();
    expect(keys.find(`allot-${"x".repeat(40)}\n`)).toBeUndefined();
    expect(keys.find(`allot-${"x".repeat(39)}'`)).toBeUndefined();
  });

  test("keys from ALLOT_KEY and --key are known at once, may do all and stand nowhere", async () => {
    const keys = openKeys({ store, clock, extra: ["one", "two", ""] });
    const owner = {
      id: "env",
      name: "ALLOT_KEY",
      expiresAt: null,
      session: null,
      project: null,
      models: null,
      priority: "critical",
    };
    expect(keys.find("one")).toEqual(owner);
    expect(keys.find("two")).toEqual(owner);
    expect(keys.find("three")).toBeUndefined();
    expect(keys.find("")).toBeUndefined();
    expect(await keys.list()).toEqual([]);
  });

  test("limits of a key are stored with it, under its scope", async () => {
    const keys = openKeys({ store, clock });
    const { facts } = await keys.create({
      name: "a",
      limits: [
        { window: "day", measure: "nanoUsd", amount: 5_000_000_000 },
        { window: "hour", measure: "tokens", amount: 200_000 },
      ],
    });
    const rows = await store.db.selectFrom("stored_limits").select(["name", "value"]).orderBy("name").execute();
    expect(rows).toEqual([
      { name: `key:${facts.id}:day:nanoUsd`, value: "5000000000" },
      { name: `key:${facts.id}:hour:tokens`, value: "200000" },
    ]);
  });

  test("a key whose limit cannot be stored is not made", async () => {
    const keys = openKeys({ store, clock });
    const wish = { name: "a", limits: [{ window: "day", measure: "nanoUsd", amount: -1 } as const] };
    await expect(keys.create(wish)).rejects.toMatchObject({ code: "usage" });
    expect(await keys.list()).toEqual([]);
  });

  test("revoking by a name that two keys have says their ids; by an id it is done", async () => {
    const keys = openKeys({ store, clock });
    const [first, second] = [await keys.create({ name: "ci" }), await keys.create({ name: "ci" })];
    const fault: unknown = await keys.revoke("ci").catch((error: unknown) => error);
    expect(isAllotError(fault, "usage")).toBe(true);
    expect((fault as Error).message).toContain(first.facts.id);
    expect((fault as Error).message).toContain(second.facts.id);
    expect(await keys.revoke(second.facts.id)).toEqual(second.facts);
    expect(await keys.find(first.key)).toEqual(first.facts);
    expect(await keys.revoke("ci")).toEqual(first.facts);
    await expect(keys.revoke("ci")).rejects.toThrow("the key ci is revoked already");
  });

  test("revoking a key twice by its id keeps when it was first revoked", async () => {
    const keys = openKeys({ store, clock });
    const { facts } = await keys.create({ name: "a" });
    await keys.revoke(facts.id);
    await clock.move(5000);
    await keys.revoke(facts.id);
    expect((await keys.list())[0]?.revokedAt).toBe(START);
  });

  test("revoking what is not there names the nearest", async () => {
    const keys = openKeys({ store, clock });
    await keys.create({ name: "laptop" });
    await expect(keys.revoke("labtop")).rejects.toThrow("Did you mean laptop?");
  });

  test("a key without a usable name, list of models or life is refused", async () => {
    const keys = openKeys({ store, clock });
    const wishes = [
      { name: "" },
      { name: " a" },
      { name: "a\nb" },
      { name: "x".repeat(101) },
      { name: "a", models: [] },
      { name: "a", models: ["gpt-5", ""] },
      { name: "a", session: "" },
      { name: "a", expiresInMs: 0 },
    ];
    for (const wish of wishes) await expect(keys.create(wish)).rejects.toMatchObject({ code: "usage" });
    expect(await keys.list()).toEqual([]);
  });
});

describeOnEachStore("guessing of keys", (openPlace) => {
  test("5,000 guessed keys leave those that work in memory", async () => {
    await using place = await openPlace();
    const clock = new SteppedClock(START);
    await using store = await openStore({ ...place.settings, clock });
    const keys = openKeys({ store, clock });
    const { key, facts } = await keys.create({ name: "a" });
    await keys.find(key);
    const guess = (index: number): string => `allot-${String(index).padStart(40, "0")}`;
    for (let index = 0; index < 5000; index += 1) expect(await keys.find(guess(index))).toBeUndefined();
    expect(keys.find(key)).toEqual(facts);
    // The first guesses are forgotten, the last are remembered.
    expect(keys.find(guess(4999))).toBeUndefined();
    expect(keys.find(guess(0))).toBeInstanceOf(Promise);
    await keys.find(guess(0));
  });
});
