import { randomInt } from "node:crypto";
import { systemClock } from "../../src/foundation/clock.ts";
import { openStore } from "../../src/storage/storage.ts";
import type { StoreSettings } from "../../src/storage/store-driver.ts";
import { openBooks } from "../../src/throttle/books/books.ts";
import type { Ask, Books, Limit, LimitSet, Settlement } from "../../src/throttle/throttle.ts";
import type { Work } from "./work.ts";

const NEVER = 9_000_000_000_000;

/** Session and global, hour, day and month, tokens and dollars; levels that begin where the limit ends. */
export function sixWindows(tokens = NEVER): LimitSet {
  const limits = (["session", "global"] as const).flatMap((scope) =>
    (["hour", "day", "month"] as const).flatMap((window): Limit[] => [
      { scope, of: "*", window, measure: "tokens", amount: tokens },
      { scope, of: "*", window, measure: "nanoUsd", amount: NEVER },
    ]),
  );
  return { limits, thresholds: { warning: 997, soft: 998, hard: 999, critical: 1000 }, timeZone: "UTC" };
}

export interface BooksWork extends Work {
  readonly books: Books;
}

/** Hold and settle through our books: all six windows in tokens and dollars, a ledger row each. */
export async function openBooksWork(settings: StoreSettings, limits: LimitSet): Promise<BooksWork> {
  const store = await openStore({ ...settings, clock: systemClock });
  const books = await openBooks({ store, limits });
  const name = `${process.pid.toString(36)}-${randomInt(1e9).toString(36)}`;
  let count = 0;
  const scopeKeys = ["global:", "session:bench"];
  const settled = (id: string): Settlement => settlement(id, scopeKeys);
  return {
    books,
    once() {
      count += 1;
      const id = `${name}-${count}`;
      const ask: Ask = { id, scopeKeys, priority: "high", worst: { tokens: 150, nanoUsd: 1_500_000, requests: 1 } };
      const admission = books.admit(ask);
      if (admission instanceof Promise) {
        return admission.then((late) => {
          if (late.kind !== "admitted") return false;
          books.settle(settled(id));
          return true;
        });
      }
      if (admission.kind !== "admitted") return false;
      books.settle(settled(id));
      return true;
    },
    drain: () => books.flush(),
    async close() {
      await books[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** 100 tokens for a thousandth of a dollar. */
function settlement(id: string, scopeKeys: readonly string[]): Settlement {
  return {
    id,
    entry: {
      kind: "settlement",
      call_key: id,
      run_id: "",
      task: "",
      phase: "direct",
      tier: "big",
      session_id: "bench",
      provider: "anthropic",
      model: "claude-sonnet-4-5",
      input_tokens: 60,
      cache_read_tokens: 0,
      cache_write_5m_tokens: 0,
      cache_write_1h_tokens: 0,
      output_tokens: 40,
      reasoning_tokens: 0,
      nano_usd: 1_000_000,
      price_version: "bench",
      price_assumed: 0,
      usage_estimated: 0,
      note: "",
      hold_tokens: 150,
      hold_nano_usd: 1_500_000,
      agent: null,
      task_type: null,
      project: null,
      api_key: null,
      requested_model: null,
      service: "standard",
      scope_keys: JSON.stringify(scopeKeys),
    },
  };
}

export const SPENT_ONCE = 100;
