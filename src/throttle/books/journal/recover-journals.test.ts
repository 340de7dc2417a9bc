import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatIdentity } from "../../../foundation/process-identity.ts";
import { systemClock } from "../../../foundation/clock.ts";
import { openStore, type Store } from "../../../storage/storage.ts";
import { settlementOf } from "../../../../test/support/books-call.ts";
import { describeOnEachStore } from "../../../../test/support/store-place.ts";
import { holdLine, settledLine } from "./journal-lines.ts";
import { recoverJournals } from "./recover-journals.ts";

const NOON = Date.UTC(2026, 0, 2, 12);
const GONE = formatIdentity({ machine: hostname(), boot: "a boot before", pid: 1, startedAt: "1" });
const held = { tokens: 100, nanoUsd: 100_000, requests: 1 };
const keys = { scopeKeys: ["global:"], countedKeys: [], json: '["global:"]', text: '["global:"],[]' };

/** The lines of one call. */
function callLines(id: string): string {
  const { entry } = settlementOf(id, keys.scopeKeys, 10);
  const facts = { ...entry, kind: "settlement", entry_key: `settle:${id}`, at: NOON, scope_keys: keys.json } as const;
  return holdLine(id, NOON, held, keys) + settledLine(held, 1, { ...facts, call_key: id });
}

describeOnEachStore("the journal of a process that was killed", (openPlace) => {
  test("is taken once, also where its last transaction comes to be after it was seen", async () => {
    await using place = await openPlace();
    await using store = await openStore({ ...place.settings, clock: systemClock });
    mkdirSync(join(store.folder, "journals"), { recursive: true });
    const path = join(store.folder, "journals", "gone-1.jsonl");
    const first = callLines("a");
    writeFileSync(path, first + callLines("b"));
    const seen = { path, taken_bytes: 0, opened_at: NOON, seen_at: NOON, closed_at: null };
    await store.db
      .insertInto("journals")
      .values({ writer: GONE, machine: hostname(), ...seen })
      .execute();
    let isLate = true;
    const late: Store = Object.create(store, {
      transaction: {
        value: async (body: never, needs: never) => {
          if (isLate) await store.db.updateTable("journals").set({ taken_bytes: first.length }).execute();
          isLate = false;
          return store.transaction(body, needs);
        },
      },
    });
    await recoverJournals(late, { now: NOON, awayMs: 1000, own: "me" });
    expect(await store.db.selectFrom("ledger").select("entry_key").execute()).toEqual([{ entry_key: "settle:b" }]);
    expect(await store.db.selectFrom("journals").selectAll().execute()).toEqual([]);
  });
});
