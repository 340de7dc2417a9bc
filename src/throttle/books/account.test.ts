import { expect, test } from "vitest";
import type { Ask, Limit, LimitSet } from "../throttle.ts";
import { Account, decideInMemory } from "./account.ts";
import { addTo } from "./amounts.ts";

const LIMIT: Limit = { scope: "global", of: "*", window: "hour", measure: "tokens", amount: 1000 };
const SET: LimitSet = {
  limits: [LIMIT],
  thresholds: { warning: 700, soft: 800, hard: 900, critical: 950 },
  timeZone: "UTC",
};

function account(figures: { settled: number; held: number; lease: number }): Account {
  const made = new Account("global:");
  const states = [{ limit: LIMIT, scopeKey: "global:", settled: figures.settled, held: figures.held }];
  made.see({ scopeKey: "global:", states, lease: { tokens: figures.lease, nanoUsd: 0, requests: 0 } }, SET, 0);
  return made;
}

function ask(tokens: number): Ask {
  return { id: "a", scopeKeys: ["global:"], priority: "normal", worst: { tokens, nanoUsd: 0, requests: 1 } };
}

test("a call within the lease and below WARNING is decided without a word", () => {
  expect(decideInMemory([account({ settled: 100, held: 300, lease: 300 })], ask(300), SET)).toBe("quiet");
});

test("a call beyond the lease is the database's to decide", () => {
  expect(decideInMemory([account({ settled: 100, held: 300, lease: 300 })], ask(301), SET)).toBe("unsure");
});

test("from WARNING on an admitted call says so", () => {
  const others = account({ settled: 600, held: 300, lease: 200 });
  expect(decideInMemory([others], ask(100), SET)).toMatchObject({ kind: "admitted", level: "WARNING" });
});

test("what is given back is not decided on any more", () => {
  const one = account({ settled: 0, held: 300, lease: 300 });
  addTo(one.returning, { tokens: 200, nanoUsd: 0, requests: 0 });
  expect(decideInMemory([one], ask(101), SET)).toBe("unsure");
  expect(one.surplus()).toEqual({ tokens: 100, nanoUsd: 0, requests: 0 });
});

test("debt counts against the limit and not against the lease", () => {
  const one = account({ settled: 100, held: 500, lease: 500 });
  addTo(one.debt, { tokens: 599, nanoUsd: 0, requests: 0 });
  expect(decideInMemory([one], ask(300), SET)).toBe("quiet");
  addTo(one.debt, { tokens: 1, nanoUsd: 0, requests: 0 });
  expect(decideInMemory([one], ask(300), SET)).toMatchObject({ kind: "admitted", level: "WARNING" });
  expect(one.states()).toMatchObject([{ settled: 100, held: 600 }]);
});

test("what is open under a limit that came later is leased afterwards", () => {
  const one = account({ settled: 0, held: 0, lease: 0 });
  addTo(one.open, { tokens: 70, nanoUsd: 5, requests: 1 });
  expect(one.surplus()).toEqual({ tokens: -70, nanoUsd: 0, requests: 0 });
});
