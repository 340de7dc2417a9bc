import { DatabaseSync } from "node:sqlite";
import { setTimeout as pass } from "node:timers/promises";
import { expect, test } from "vitest";
import { systemClock } from "../../src/foundation/clock.ts";
import { openStore } from "../../src/storage/storage.ts";
import { openBooks } from "../../src/throttle/books/books.ts";
import { limitsWithoutLevels, settlementOf } from "../support/books-call.ts";
import { booksCases } from "../support/books.conformance.ts";
import { describeOnEachStore, openSqlitePlace } from "../support/store-place.ts";

describeOnEachStore("the books of processes", (openPlace) => booksCases(openPlace));

test("a file that somebody has locked for seconds stops no call within the lease, and has everything afterwards", async () => {
  await using place = await openSqlitePlace();
  await using store = await openStore({ ...place.settings, clock: systemClock });
  const limits = limitsWithoutLevels([{ scope: "global", window: "hour", measure: "tokens", amount: 1_000_000 }]);
  await using books = await openBooks({ store, limits });
  const scopeKeys = ["global:"];
  const ask = (id: string): Parameters<typeof books.admit>[0] => {
    return { id, scopeKeys, priority: "high", worst: { tokens: 10, nanoUsd: 0, requests: 1 } };
  };
  await books.admit(ask("first"));
  books.settle(settlementOf("first", scopeKeys, 10));
  await books.flush();
  const other = new DatabaseSync(store.place);
  other.exec("begin immediate");
  let longestMs = 0;
  for (let call = 0; call < 300; call += 1) {
    const before = performance.now();
    const admission = books.admit(ask(String(call)));
    expect(admission).toMatchObject({ kind: "admitted" });
    books.settle(settlementOf(String(call), scopeKeys, 10));
    longestMs = Math.max(longestMs, performance.now() - before);
    await pass(10);
  }
  other.exec("commit");
  other.close();
  await books.flush();
  expect(longestMs).toBeLessThan(1000);
  expect(await books.states(scopeKeys)).toMatchObject([{ settled: 3010, held: 0 }]);
});
