import type { Transaction } from "kysely";
import { systemClock } from "../../foundation/clock.ts";
import { BOOKS } from "../../storage/exclusive.ts";
import type { Schema } from "../../storage/schema.ts";
import type { Store } from "../../storage/storage.ts";
import { decideUnpaced } from "../store/admission.ts";
import { noteHeldUp, noteWarnings } from "../store/events.ts";
import { refusalText } from "../refusal.ts";
import { grantLease, leasesOf, recallLeases, returnLease } from "../store/leases.ts";
import { loadLimitSet } from "../store/stored-limits.ts";
import { parseScopeKey } from "../limits.ts";
import type { Admission, Ask, LimitSet, LimitState, Measure } from "../throttle.ts";
import { zero } from "./amounts.ts";
import type { FromThread, PostedAsk, ThreadSettings, ToThread } from "./messages.ts";
import { snapshotsOf } from "./snapshots.ts";
import type { Taker } from "./take-journal.ts";

/** How long others have to give back what they do not use, before somebody is refused because of it. */
const RECALL_MS = 250;
const RECALL_LOOK_MS = 20;

type LeaseRequest = Extract<ToThread, { kind: "lease" }>;

/** Where leases are taken and given back. */
export interface Desk {
  readonly hasLeases: boolean;
  serve(message: ToThread, say: (message: FromThread) => void): Promise<void>;
  /** Tells when somebody else needs what we lease; answers whether so. */
  lookForRecalls(say: (message: FromThread) => void): Promise<boolean>;
  /** Gives everything back, and the journal up: unless holds are open, which whoever comes next settles as unknown. */
  leave(message: Extract<ToThread, { kind: "close" }>): Promise<void>;
}

export function openDesk(store: Store, settings: ThreadSettings, taker: Taker): Desk {
  let hasLeases = false;
  return {
    get hasLeases() {
      return hasLeases;
    },
    async serve(message, say) {
      if (message.kind === "lease") {
        await lease(store, settings, taker, message, say);
        hasLeases = true;
      }
      if (message.kind === "states") {
        await taker.take(say);
        const { number, now, scopeKeys } = message;
        say({ kind: "states", number, snapshots: await snapshotsOf(store.db, settings, scopeKeys, now) });
      }
    },
    async lookForRecalls(say) {
      const leases = await leasesOf(store.db, settings.writer);
      hasLeases = leases.length > 0;
      const recalled = leases.filter((one) => one.recalled).map(({ scopeKey }) => scopeKey);
      if (recalled.length === 0) return false;
      say({ kind: "recalled", scopeKeys: recalled });
      return false;
    },
    async leave({ now, openHolds }) {
      if (openHolds) return;
      await store.transaction(async (trx) => {
        await returnLease(trx, settings.writer);
        await trx.updateTable("journals").set({ closed_at: now }).where("writer", "=", settings.writer).execute();
      }, BOOKS);
      taker.leave(false);
    },
  };
}

async function lease(
  store: Store,
  settings: ThreadSettings,
  taker: Taker,
  request: LeaseRequest,
  say: (message: FromThread) => void,
): Promise<void> {
  const { now, asks, topUps } = request;
  const final = new Map<string, Admission>();
  const until = systemClock.now() + RECALL_MS;
  let open = asks;
  let round = 0;
  let { returns } = request;
  const keys = [...new Set([...asks, ...topUps.map((scopeKeys) => ({ scopeKeys }))].flatMap((ask) => ask.scopeKeys))];
  // Debt is in no lease: what this process has just settled beyond its holds must be known before more is let through.
  if (asks.length > 0) await taker.take(say);
  for (;;) {
    const late = systemClock.now() >= until;
    const { set, answers, snapshots } = await store.transaction(async (trx) => {
      const set = await loadLimitSet(trx, settings.limits);
      if (returns.length > 0) await returnLease(trx, settings.writer, returns);
      const answers: { ask: PostedAsk; admission: Admission; mayChange: boolean }[] = [];
      for (const ask of open)
        answers.push({ ask, ...(await decideOne(trx, settings, set, ask, now, { late, round })) });
      if (round === 0) for (const scopeKeys of topUps) await topUp(trx, settings, set, scopeKeys, now);
      return {
        set,
        answers,
        snapshots: await snapshotsOf(trx, settings, [...keys, ...returns.map((r) => r.scopeKey)], now, set),
      };
    }, BOOKS);
    returns = [];
    for (const { ask, admission, mayChange } of answers) if (!mayChange) final.set(ask.id, admission);
    open = answers.filter(({ mayChange }) => mayChange).map(({ ask }) => ask);
    if (open.length === 0) {
      const answered = asks.flatMap(({ id }) => {
        const admission = final.get(id);
        return admission === undefined ? [] : [{ id, admission }];
      });
      return say({ kind: "leased", now, set, answers: answered, snapshots });
    }
    // What is journaled and not taken yet is held at more than it cost.
    if (round > 0 || !(await taker.take(say))) await systemClock.sleep(RECALL_LOOK_MS);
    round += 1;
  }
}

/** Decides one ask. One that only the leases of others stand in the way of is not refused before they were asked. */
async function decideOne(
  trx: Transaction<Schema>,
  settings: ThreadSettings,
  set: LimitSet,
  ask: PostedAsk,
  now: number,
  { late, round }: { late: boolean; round: number },
): Promise<{ admission: Admission; mayChange: boolean }> {
  const asker = { ...askerOf(ask), priority: ask.priority };
  const { admission, states } = await grantLease(
    trx,
    set,
    { holder: settings.writer, ask, block: settings.block },
    now,
  );
  if (admission.kind === "admitted") {
    if (admission.level !== "NONE") await noteWarnings(trx, states, set.thresholds, asker, now);
    return { admission, mayChange: false };
  }
  if (round === 0) return { admission, mayChange: true };
  if (!late && (await othersMayGive(trx, settings.writer, states, ask, set))) {
    await recallLeases(trx, ask.scopeKeys, settings.writer);
    return { admission, mayChange: true };
  }
  if (admission.kind === "queued") {
    await noteHeldUp(trx, "queued", admission.worst, admission.level, asker, now, "low priority waits at SOFT");
  } else if (!ask.clampable) {
    await noteHeldUp(trx, "blocked", admission.limit, admission.level, asker, now, refusalText(admission, now));
  }
  return { admission, mayChange: false };
}

/** Would it go, were all leases of others unused? */
async function othersMayGive(
  trx: Transaction<Schema>,
  writer: string,
  states: readonly LimitState[],
  ask: Ask,
  set: LimitSet,
): Promise<boolean> {
  const rows = await trx
    .selectFrom("leases")
    .selectAll()
    .where("scope_key", "in", [...ask.scopeKeys])
    .where("holder", "!=", writer)
    .execute();
  if (rows.length === 0) return false;
  const sums = new Map<string, Record<Measure, number>>();
  for (const row of rows) {
    const sum = sums.get(row.scope_key) ?? zero();
    sum.tokens += row.tokens;
    sum.nanoUsd += row.nano_usd;
    sum.requests += row.requests;
    sums.set(row.scope_key, sum);
  }
  const freed = states.map((state) => ({
    ...state,
    held: state.held - (sums.get(state.scopeKey)?.[state.limit.measure] ?? 0),
  }));
  return decideUnpaced(freed, ask, set.thresholds).kind === "admitted";
}

/** A block for asks to come, and nothing else: an ask for nothing. */
async function topUp(
  trx: Transaction<Schema>,
  settings: ThreadSettings,
  set: LimitSet,
  scopeKeys: readonly string[],
  now: number,
): Promise<void> {
  const ask: Ask = { id: "", scopeKeys, priority: "normal", worst: zero() };
  await grantLease(trx, set, { holder: settings.writer, ask, block: settings.block }, now);
}

/** Who asks, as an event names it. */
function askerOf({ id, scopeKeys }: Pick<PostedAsk, "id" | "scopeKeys">): {
  id: string;
  session: string;
  runId: string | null;
} {
  const named = (scope: string): string | undefined =>
    scopeKeys.map(parseScopeKey).find((parsed) => parsed?.scope === scope)?.name;
  return { id, session: named("session") ?? "", runId: named("run") ?? null };
}
