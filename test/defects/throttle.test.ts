/**
 * What goes wrong in gateways that people use today, as far as it is the throttle's or the ledger's business: one test a
 * symptom, named after it. The numbers are those of the list in `known-defects.ts`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "../../src/foundation/clock.ts";
import { openStore, type Store } from "../../src/storage/storage.ts";
import { openBooks } from "../../src/throttle/books/books.ts";
import { DEFAULT_LIMITS, limitsFor } from "../../src/throttle/limits.ts";
import { refusalText } from "../../src/throttle/refusal.ts";
import {
  type Admission,
  type Books,
  type Limit,
  type LimitSet,
  SCOPES,
  type Settlement,
} from "../../src/throttle/throttle.ts";

const START = Date.parse("2026-03-10T12:00:00Z");
const HOUR = 3_600_000;

let folder: string;
let store: Store;
let books: Books;
let now: number;
const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-defects-"));
  now = START;
  store = await openStore({ path: join(folder, "allot.db"), clock });
});

afterEach(async () => {
  await books[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Limits of which all can be used: where a level begins is another test's business. */
function flat(...limits: readonly Limit[]): LimitSet {
  return { limits, thresholds: { warning: 997, soft: 998, hard: 999, critical: 1000 }, timeZone: "UTC" };
}

async function open(limits: LimitSet): Promise<void> {
  books = await openBooks({ store, limits });
}

let calls = 0;

async function hold(tokens: number, scopeKeys: readonly string[], nanoUsd = 0): Promise<[string, Admission]> {
  calls += 1;
  const id = `call-${calls}`;
  return [id, await books.admit({ id, scopeKeys, priority: "high", worst: { tokens, nanoUsd, requests: 1 } })];
}

function settle(id: string, tokens: number, nanoUsd = 0): void {
  books.settle({ id, entry: entryOf(id, tokens, nanoUsd) });
}

function entryOf(id: string, tokens: number, nanoUsd: number): Settlement["entry"] {
  return {
    kind: "settlement",
    call_key: id,
    run_id: "",
    task: "",
    phase: "direct",
    tier: "small",
    session_id: "s",
    provider: "anthropic",
    model: "claude-haiku",
    input_tokens: tokens,
    cache_read_tokens: 0,
    cache_write_5m_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
    nano_usd: nanoUsd,
    price_version: "test",
    price_assumed: 0,
    usage_estimated: 0,
    note: "",
    hold_tokens: null,
    hold_nano_usd: null,
    agent: null,
    task_type: null,
    project: null,
    api_key: null,
    requested_model: null,
    service: null,
    scope_keys: null,
  };
}

const session = (of: string, amount: number, more: Partial<Limit> = {}): Limit => ({
  scope: "session",
  of,
  window: "hour",
  measure: "tokens",
  amount,
  ...more,
});

/** What the database itself has for a scope key: settled minutes and leases. */
async function inStore(scopeKey: string): Promise<number> {
  const settled = await store.db.selectFrom("use_minutes").select("tokens").where("scope_key", "=", scopeKey).execute();
  const leased = await store.db.selectFrom("leases").select("tokens").where("scope_key", "=", scopeKey).execute();
  return [...settled, ...leased].reduce((sum, row) => sum + row.tokens, 0);
}

describe("concurrency", () => {
  test("#1 parallel calls do not all pass one session's budget: of 200 at once with room for 5, 5 go", async () => {
    await open(flat(session("*", 5000)));
    const held = await Promise.all(Array.from({ length: 200 }, () => hold(1000, ["session:s"])));
    expect(held.filter(([, { kind }]) => kind === "admitted")).toHaveLength(5);
    for (const [id, { kind }] of held) if (kind === "admitted") settle(id, 1000);
    await books.flush();
    expect((await store.db.selectFrom("ledger").select("input_tokens").execute()).length).toBe(5);
  });

  test("#2 the first concurrent calls of somebody nobody has seen before are held to everybody's limit", async () => {
    await open(flat(session("*", 3000)));
    const firsts = Array.from({ length: 50 }, (_, index) => `session:new-${index % 2}`);
    const held = await Promise.all(firsts.map((key) => hold(1000, [key])));
    const went = held.flatMap(([, { kind }], index) => (kind === "admitted" ? [firsts[index]] : []));
    expect(went.filter((key) => key === "session:new-0")).toHaveLength(3);
    expect(went.filter((key) => key === "session:new-1")).toHaveLength(3);
  });

  test("#3 a counter of all loses none of 10,000 settlements: it is the ledger's sum", async () => {
    await open(flat({ scope: "global", of: "*", window: "day", measure: "tokens", amount: 1_000_000_000 }));
    let spent = 0;
    for (let round = 0; round < 100; round += 1) {
      const held = await Promise.all(Array.from({ length: 100 }, () => hold(500, ["global:", `session:s${round}`])));
      held.forEach(([id], index) => {
        settle(id, index + 1);
        spent += index + 1;
      });
    }
    await books.flush();
    const [state] = await books.states(["global:"]);
    const sum = await store.db
      .selectFrom("ledger")
      .select((e) => e.fn.sum<number>("input_tokens").as("sum"))
      .executeTakeFirst();
    expect(spent).toBe(505_000);
    expect(state).toMatchObject({ settled: 505_000, held: 0 });
    expect(Number(sum?.sum)).toBe(505_000);
  });

  test("#9 and #10 concurrent calls of 63 tokens use 100,000 to the last call that fits, not less, not more", async () => {
    await open(flat(session("*", 100_000)));
    let went = 0;
    for (let round = 0; round < 20; round += 1) {
      const held = await Promise.all(Array.from({ length: 100 }, () => hold(63, ["session:s"])));
      for (const [id, { kind }] of held) {
        if (kind !== "admitted") continue;
        settle(id, 63);
        went += 63;
      }
    }
    expect(went).toBe(63 * 1587);
    expect(went / 100_000).toBeGreaterThan(0.98);
  });
});

describe("a limit", () => {
  test("#4 and #5 that is configured refuses: every scope's, at its cap, and the next hour lets go again (#20)", async () => {
    const limits = SCOPES.filter((scope) => scope !== "budget").map((scope): Limit => ({
      scope,
      of: "*",
      window: "hour",
      measure: "tokens",
      amount: 1000,
    }));
    await open(flat(...limits));
    for (const { scope } of limits) {
      const key = [scope === "global" ? "global:" : `${scope}:probe`];
      const [id, first] = await hold(1000, key);
      expect([scope, first.kind]).toEqual([scope, "admitted"]);
      settle(id, 1000);
      const [, second] = await hold(1, key);
      expect([scope, second.kind]).toEqual([scope, "refused"]);
      now += HOUR + 60_000;
      const [later, third] = await hold(1000, key);
      expect([scope, third.kind]).toEqual([scope, "admitted"]);
      books.release(later);
    }
  });

  test("#6 refuses nobody while there is room: a thousand calls whose holds are five times their cost", async () => {
    await open(
      flat(session("*", 200_000), { scope: "global", of: "*", window: "hour", measure: "tokens", amount: 200_000 }),
    );
    for (let call = 0; call < 1000; call += 1) {
      const [id, { kind }] = await hold(500, ["session:s", "global:"]);
      expect([call, kind]).toEqual([call, "admitted"]);
      settle(id, 100);
    }
  });

  test("#7 is one and the same before and after a restart, and resets with its window", async () => {
    await open(flat(session("*", 1000)));
    const [id] = await hold(900, ["session:s"]);
    settle(id, 900);
    await books[Symbol.asyncDispose]();
    await open(flat(session("*", 1000)));
    expect((await hold(101, ["session:s"]))[1].kind).toBe("refused");
    expect((await hold(100, ["session:s"]))[1].kind).toBe("admitted");
    now += HOUR + 60_000;
    expect((await hold(900, ["session:s"]))[1].kind).toBe("admitted");
  });

  test("#11 of requests is not used up by calls that are refused, and neither is any other", async () => {
    await open(flat(session("*", 10, { measure: "requests" }), session("*", 1000)));
    for (let call = 0; call < 40; call += 1) expect((await hold(1001, ["session:s"]))[1].kind).toBe("refused");
    const states = await books.states(["session:s"]);
    expect(states.map(({ settled, held }) => settled + held)).toEqual([0, 0]);
    for (let call = 0; call < 10; call += 1) {
      const [id, { kind }] = await hold(10, ["session:s"]);
      expect([call, kind]).toEqual([call, "admitted"]);
      settle(id, 10);
    }
    expect((await hold(10, ["session:s"]))[1].kind).toBe("refused");
  });

  test("#32 of tokens goes down by tokens, not by one a call, and does not trickle back within its window", async () => {
    await open(flat(session("*", 10_000, { window: "day" })));
    const [id] = await hold(4000, ["session:s"]);
    settle(id, 4000);
    now += 12 * HOUR;
    const [state] = await books.states(["session:s"]);
    expect(state).toMatchObject({ settled: 4000, held: 0 });
    expect((await hold(6001, ["session:s"]))[1].kind).toBe("refused");
    expect((await hold(6000, ["session:s"]))[1].kind).toBe("admitted");
  });

  test("#33 holds before anything has reached the database", async () => {
    await open(flat(session("*", 2000)));
    const [first] = await hold(1000, ["session:s"]);
    settle(first, 1000);
    await hold(1000, ["session:s"]);
    expect((await hold(1, ["session:s"]))[1].kind).toBe("refused");
    expect(await inStore("session:s")).toBeLessThanOrEqual(2000);
  });

  test("#38 of ours is not taken for a provider's: the refusal names limit, whose, level, figures and reset", async () => {
    await open({ ...DEFAULT_LIMITS, limits: [session("*", 1000)] });
    const [id] = await hold(920, ["session:mine"]);
    settle(id, 920);
    const refused = await books.admit({
      id: "late",
      scopeKeys: ["session:mine"],
      priority: "normal",
      worst: { tokens: 10, nanoUsd: 0, requests: 1 },
    });
    if (refused.kind !== "refused") throw new Error(`the call was ${refused.kind}`);
    expect(refused).toMatchObject({ why: "level", level: "HARD", limit: { scopeKey: "session:mine", settled: 920 } });
    const text = refusalText(refused, now);
    expect(text).toMatch(/^Request throttled: HARD\. Token limit exceeded\./);
    for (const part of ["session tokens/hour", "mine", "920", "1,000", "2026-03-10T13:01:00Z"])
      expect(text).toContain(part);
  });

  test("#25 at 99% does not fire at 3% of it", async () => {
    await open({ ...DEFAULT_LIMITS, limits: [session("*", 15_000_000_000, { measure: "nanoUsd" })] });
    const [id] = await hold(1, ["session:s"], 400_000_000);
    settle(id, 1, 400_000_000);
    const [, next] = await hold(1, ["session:s"], 1);
    expect(next).toMatchObject({ kind: "admitted", level: "NONE" });
    expect(limitsFor(DEFAULT_LIMITS, ["session:s"])).toHaveLength(4);
  });
});

test("debt beyond a hold is kept, and later calls are refused for it", async () => {
  await open(flat(session("*", 10_000)));
  const held = await Promise.all(Array.from({ length: 10 }, () => hold(1000, ["session:s"])));
  for (const [id] of held) settle(id, 3000);
  await books.flush();
  const [state] = await books.states(["session:s"]);
  expect(state).toMatchObject({ settled: 30_000, held: 0 });
  expect((await hold(1, ["session:s"]))[1].kind).toBe("refused");
});
