import type { Selectable } from "kysely";
import type { ModelPrice } from "../catalog/catalog.ts";
import { nanoUsd } from "../foundation/units.ts";
import type { SpentCall } from "../ledger/ledger.ts";
import type { ModelAnswer, ModelRequest } from "../providers/provider.ts";
import type { CallsTable } from "../storage/schema.ts";
import type { CallKey, CallOutcome } from "./dispatch.ts";

/** A row of the journal of paid calls. */
export type CallRow = Selectable<CallsTable>;

/** The key as one text, the primary key of the journal. A slash inside a part is escaped, so no two keys meet. */
export function keyText(key: CallKey): string {
  return [key.run, key.task, String(key.round), key.purpose, String(key.attempt)].map(escapePart).join("/");
}

function escapePart(part: string): string {
  return part.replaceAll("%", "%25").replaceAll("/", "%2F");
}

/** What a call is for that goes through a provider's batch interface, at its price. */
export const BATCH_PURPOSE = "batch";

/** How the ledger files a call. */
export function spentCall(row: CallRow): SpentCall {
  return {
    key: row.key,
    runId: row.run_id,
    task: row.task,
    phase: row.phase,
    tier: row.tier,
    session: row.session_id,
    provider: row.provider,
    model: row.model,
    priceVersion: row.price_version,
    priceAssumed: row.price_assumed === 1,
    requestedModel: row.requested_model ?? undefined,
    ...(row.purpose === BATCH_PURPOSE ? { service: "batch" } : {}),
  };
}

export function requestOf(row: CallRow): ModelRequest {
  return JSON.parse(row.request) as ModelRequest;
}

/** The price list the call was held at. */
export function priceOf(row: CallRow): ModelPrice {
  return JSON.parse(row.price) as ModelPrice;
}

/** Over: nothing will change in it any more, except an unknown call whose host turns up after all. */
export function isOver(row: Pick<CallRow, "state">): boolean {
  return row.state !== "intent" && row.state !== "launched";
}

/** What a call that is over came to. `replayed`: its row stood there before it was asked for. */
export function outcomeOf(row: CallRow, replayed: boolean): CallOutcome {
  const cost = nanoUsd(row.cost_nano_usd ?? 0);
  const message = row.error_message ?? "";
  switch (row.state) {
    case "done":
      return { kind: "answered", answer: JSON.parse(row.answer ?? "null") as ModelAnswer, cost, replayed };
    case "failed": {
      const wait = row.retry_after_ms === null ? {} : { retryAfterMs: row.retry_after_ms };
      return {
        kind: "failed",
        code: row.error_code ?? "internal",
        message,
        cost,
        retryable: row.retryable === 1,
        ...wait,
        replayed,
      };
    }
    case "unknown":
      return { kind: "unknown", held: nanoUsd(row.hold_nano_usd), message };
    case "intent":
    case "launched":
    case "refused":
      throw new TypeError(`call ${row.key} is ${row.state}, which is no outcome`);
  }
}
