import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../foundation/clock.ts";
import { canonicalJson, sha256 } from "../foundation/ids.ts";
import { migrate } from "../storage/migrations/migrations.ts";
import type { Schema } from "../storage/schema.ts";
import { sqliteDriver } from "../storage/sqlite-driver.ts";
import { openStore } from "../storage/storage.ts";
import { total } from "./totals.ts";
import { verifyLedger } from "./verify-ledger.ts";

const CALL = "r1/1/0/work-1/1";
const AT = Date.UTC(2026, 10, 20, 23, 59, 59);

/** A store as an allot from before the throttle left it: a settled call, a running one, and a correction. */
async function olderStore(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "allot-older-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "allot.db");
  const driver = sqliteDriver(path);
  const db = new Kysely<Schema>({ dialect: driver.dialect });
  await migrate(db, driver, "0002-runs");
  await db.destroy();
  const file = new DatabaseSync(path);
  const add = (table: string, row: Record<string, string | number | null>): void => {
    const names = Object.keys(row);
    file
      .prepare(`insert into ${table} (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`)
      .run(...Object.values(row));
  };
  for (const [key, state] of [
    [CALL, "done"],
    ["r1/2/0/work-1/1", "launched"],
  ] as const) {
    add("calls", {
      key,
      run_id: "r1",
      task: "1",
      round: 0,
      purpose: "work-1",
      attempt: 1,
      state,
      request_hash: "h",
      request: "{}",
      provider: "openai",
      model: 'a "model"',
      session_id: "s1",
      priority: "normal",
      phase: "execution",
      tier: "small",
      timeout_ms: 1,
      hold_tokens: 1e3,
      hold_nano_usd: 500,
      price: "{}",
      price_version: "list-1",
      price_assumed: 0,
      intent_at: AT,
    });
    const closed = state === "done" ? { closed_at: AT, closed_as: "settled" } : {};
    add("holds", {
      call_key: key,
      run_id: "r1",
      session_id: "s1",
      tokens: 1000,
      nano_usd: 500,
      opened_at: AT,
      ...closed,
    });
  }
  let prev_hash = "0".repeat(64);
  for (const [sequence, kind, tokens] of [
    [1, "settlement", 120],
    [2, "correction", -20],
  ] as const) {
    const entry = {
      entry_key: sequence === 1 ? `settle:${CALL}` : `correct:${CALL}:1`,
      kind,
      call_key: CALL,
      run_id: "r1",
      task: "1",
      phase: "execution",
      tier: "small",
      session_id: "s1",
      provider: "openai",
      model: 'a "model"',
      input_tokens: tokens,
      cache_read_tokens: 0,
      cache_write_5m_tokens: 0,
      cache_write_1h_tokens: 0,
      output_tokens: 0,
      reasoning_tokens: 0,
      nano_usd: tokens * 2,
      price_version: "list-1",
      price_assumed: 0,
      usage_estimated: 0,
      note: "",
      at: AT + (sequence - 1) * 600_000,
      writer: "w",
      sequence,
      prev_hash,
    };
    prev_hash = sha256(canonicalJson(entry));
    add("ledger", { ...entry, hash: prev_hash });
  }
  add("ledger_writers", { writer: "w", sequence: 2, hash: prev_hash });
  file.close();
  return path;
}

test("books from before the throttle keep their chain, their open holds and what was spent", async () => {
  const path = await olderStore();
  await using store = await openStore({ path, clock: systemClock });
  expect(await verifyLedger(store.db)).toEqual({ entries: 2, writers: 1, faults: [] });
  expect(await total(store.db)).toMatchObject({ cost: 200, calls: 1 });
  const held = await store.db.selectFrom("hold_scopes").select(["scope_key", "tokens", "requests"]).execute();
  expect(held).toEqual(
    ["global:", 'model:a "model"', "provider:openai", "run:r1", "session:s1"].map((scope_key) => ({
      scope_key,
      tokens: 1000,
      requests: 1,
    })),
  );
  const minutes = await store.db
    .selectFrom("use_minutes")
    .select(["scope_key", "minute", "tokens", "nano_usd", "requests"])
    .where("scope_key", "in", ["global:", "session:s1"])
    .orderBy("scope_key")
    .execute();
  const minute = Math.floor(AT / 60_000);
  expect(minutes).toEqual([
    { scope_key: "global:", minute, tokens: 100, nano_usd: 200, requests: 1 },
    { scope_key: "session:s1", minute, tokens: 100, nano_usd: 200, requests: 1 },
  ]);
  const history = await store.db.selectFrom("usage_history").select(["timestamp", "tokens_used", "cost"]).execute();
  expect(history).toEqual([
    { timestamp: "2026-11-20 23:59:59", tokens_used: 120, cost: 2.4e-7 },
    { timestamp: "2026-11-21 00:09:59", tokens_used: -20, cost: -4e-8 },
  ]);
});
