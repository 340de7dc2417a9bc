import type { Transaction } from "kysely";
import { AllotError, isAllotError } from "../../../foundation/errors.ts";
import { randomLetters, sha256 } from "../../../foundation/ids.ts";
import type { Log } from "../../../foundation/log.ts";
import { nanoUsd } from "../../../foundation/units.ts";
import { settledEver } from "../../../ledger/use-minutes.ts";
import { BOOKS } from "../../../storage/exclusive.ts";
import type { Schema } from "../../../storage/schema.ts";
import type { Store } from "../../../storage/storage.ts";
import { releaseInStore } from "../../../throttle/store/admission.ts";
import { refusalText } from "../../../throttle/refusal.ts";
import type { LimitSet } from "../../../throttle/throttle.ts";
import type { AgentEnd, AgentProgram } from "../program.ts";
import { WORK_MARK } from "../stray-processes.ts";
import { addUsage, NO_USAGE, tokensOf } from "../usage.ts";
import type { HostedEnd, HostedWork, SpentOnWork } from "./hosted-work.ts";
import { HoldAhead } from "./hold-ahead.ts";
import { loggedTokens } from "./logged-tokens.ts";
import { giveUpHold, holdWork, settleWork } from "./own-login.ts";
import { siblingHolds } from "./siblings.ts";
import { WorkRecord } from "./work-record.ts";
import { moveWork, usageIn, type WorkRow } from "./work-rows.ts";

/** How often a host looks whether it is to stop, and how often it says that it lives. */
const LOOK_MS = 200;

/** What an agent host works with. */
export interface WorkHost {
  readonly store: Store;
  /** Process identity line of the host. */
  readonly identity: string;
  /** For work on the user's own login, which no gateway bounds. */
  readonly limits: () => Promise<LimitSet>;
  readonly openProgram: (name: string, onStart: (identity: string) => void) => AgentProgram | undefined;
  /** Opens the gateway of this work alone. */
  readonly openGateway: (keyId: string) => Promise<WorkGateway>;
  readonly log: Log;
  /** The host itself is asked to end. */
  readonly stop: AbortSignal;
}

/** A request that got no answer: `limit-reached` where a limit of ours stopped it. */
export interface StopAtGateway {
  readonly code: string;
  readonly message: string;
}

/** A gateway that knows one key. */
export interface WorkGateway extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
  /** Why the last request was not answered; null where it was. */
  stopped(): StopAtGateway | null;
  /** What was settled under the key so far, all lives together; once nothing is under way any more. */
  spent(): Promise<{ readonly nanoUsd: number; readonly tokens: number; readonly requests: number }>;
}

/** The key's id for limits and ledger: the same in every life of the work. */
export function keyIdOf(key: string): string {
  return `work-${sha256(key).slice(0, 16)}`;
}

/** By which everything that belongs to the work is known on this machine. */
export function markOf(key: string): string {
  return sha256(`agent work ${key}`).slice(0, 24);
}

/**
 * Takes one life of a work and carries it out. Answers how it came out: "taken" where another host had it, or it is not wanted any
 * more. Whatever the agent does is written down; throws only what the store throws for minutes on end.
 */
export async function hostWork(
  host: WorkHost,
  work: HostedWork,
  life: number,
): Promise<"taken" | "over" | "paused" | "deposed"> {
  const row = await takeWork(host, work, life);
  if (row === undefined) return "taken";
  if (row.state === "over") return "over";
  const stop = new AbortController();
  const record = new WorkRecord(host.store, row, host.log, () => stop.abort());
  host.stop.addEventListener("abort", () => stop.abort(), { once: true });
  if (host.stop.aborted) stop.abort();
  const watching = record.watch(LOOK_MS);
  const { hold_key: holdKey } = row;
  const { store, limits, log } = host;
  const ahead =
    holdKey === null ? undefined : new HoldAhead({ store, work, holdKey, limits, log, onOver: () => stop.abort() });
  const end = await carried(host, work, { row, record, signal: stop.signal, ahead });
  await ahead?.settled();
  await record.flushed();
  const written = await record.patiently(() => writeEnd(host, work, row, end));
  record.close();
  await watching;
  if (!written) return "deposed";
  return end.kind === "paused" ? "paused" : "over";
}

/** Moves the intent to launched; work on an own login is held in the same transaction, or ends refused. */
async function takeWork(host: WorkHost, work: HostedWork, life: number): Promise<WorkRow | undefined> {
  const { store, identity } = host;
  const set = await host.limits();
  return store.transaction(async (trx) => {
    const row = await trx.selectFrom("agent_works").selectAll().where("key", "=", work.key).executeTakeFirst();
    if (row === undefined || row.state !== "intent" || row.life !== life || row.wants_stop === 1) return undefined;
    const now = store.clock.now();
    const taken = { host: identity, process: null, usage: null, seen_at: now };
    if (row.way === "gateway") {
      const columns = { ...taken, state: "launched" as const };
      return (await moveWork({ db: trx }, row, columns)) ? { ...row, ...columns } : undefined;
    }
    // A key that is asked for again after nothing was begun has a hold of its own.
    const holdKey = `agent:${work.key}#${life}-${randomLetters(6)}`;
    const admission = await holdWork(trx, set, work, holdKey, now);
    const columns =
      admission.kind === "admitted"
        ? { ...taken, state: "launched" as const, hold_key: holdKey }
        : {
            ...taken,
            state: "over" as const,
            outcome: JSON.stringify(refusedEnd(row, admission, now, await siblingHolds(trx, work, now))),
          };
    return (await moveWork({ db: trx }, row, columns)) ? { ...row, ...columns } : undefined;
  }, BOOKS);
}

/** What earlier lives have used stands in it, and the session that they left. */
function refusedEnd(
  row: WorkRow,
  admission: Exclude<Awaited<ReturnType<typeof holdWork>>, { kind: "admitted" }>,
  now: number,
  siblings: readonly string[],
): StoredEnd {
  const { held } = admission.kind === "refused" ? admission.limit : admission.worst;
  const waitsFor = held > 0 && siblings.length > 0 ? { waitsFor: siblings } : {};
  const message =
    admission.kind === "refused" ? refusalText(admission, now) : `low priority waits at ${admission.level}`;
  const usage = usageIn(row.earlier_usage);
  const spent = { ...nothingSpent(true), tokens: tokensOf(usage), calls: row.life - 1 };
  const end = { ...failed("over-limit", "limit-reached", message), session: row.agent_session, usage, spent };
  return { ...end, again: true, ...waitsFor };
}

/** A stored end, and what follows from it. */
export type StoredEnd = Exclude<HostedEnd, { kind: "unknown" }> & {
  /** Nothing was begun, so the key may be asked once more. */
  readonly again?: true;
  /** Nobody knows how much was used, so the hold is spent. */
  readonly atHold?: true;
  /** Holds of the same run that took the room: once one of them is settled, it is tried again. */
  readonly waitsFor?: readonly string[];
};

type Carried = StoredEnd | { readonly kind: "paused" } | { readonly kind: "lost-session"; readonly message: string };

/** One life of a work that is under way. */
interface Life {
  readonly row: WorkRow;
  readonly record: WorkRecord;
  readonly signal: AbortSignal;
  /** On an own login. */
  readonly ahead: HoldAhead | undefined;
}

async function carried(host: WorkHost, work: HostedWork, life: Life): Promise<Carried> {
  const { row, record, signal, ahead } = life;
  try {
    await using gateway = row.way === "gateway" ? await host.openGateway(keyIdOf(work.key)) : undefined;
    const program = host.openProgram(work.agent, (identity) => record.noteProcess(identity));
    if (program === undefined) throw new AllotError("usage", `there is no agent named "${work.agent}"`);
    const { url, key } = gateway ?? {};
    const task = {
      ...work.task,
      env: { ...work.task.env, [WORK_MARK]: markOf(work.key) },
      ...(row.life === 1 ? {} : goingOn(work, row)),
      ...(url === undefined || key === undefined ? {} : { gateway: { url, key } }),
    };
    try {
      const end = await program.work(task, signal, (event) => {
        record.note(event);
        if (event.kind === "usage") ahead?.note(event.usage);
      });
      if (end.kind === "session-lost" && row.life > 1)
        return { kind: "lost-session", message: end.message ?? "its session is lost" };
      return await ended(work, row, asGatewayKnows(end, gateway?.stopped() ?? null), gateway);
    } catch (error) {
      const passed = ahead?.passed ?? null;
      if (isAllotError(error, "interrupted") && passed !== null) {
        // Its next life waits for theirs to end, and goes on with its session.
        const { db, clock } = host.store;
        if (record.session !== null && (await siblingHolds(db, work, clock.now())).length > 0)
          return { kind: "paused" };
        return await cutShort(work, life, gateway, failed("over-limit", "limit-reached", passed));
      }
      if (isAllotError(error) && (error.code === "interrupted" || NOTHING_BEGUN.has(error.code))) throw error;
      return await cutShort(work, life, gateway, faultEnd(host, error));
    }
  } catch (error) {
    if (isAllotError(error, "interrupted")) return { kind: "paused" };
    const again = isAllotError(error) && NOTHING_BEGUN.has(error.code);
    const spent = row.way === "own-login" ? nothingSpent(true) : await countedFor(host.store, work.key);
    return { ...faultEnd(host, error), spent, ...(again ? { again } : {}) };
  }
}

/** What the ledger has under the work's key, all lives together. */
export async function countedFor(store: Store, key: string): Promise<SpentOnWork> {
  const { nanoUsd: cost, tokens, requests } = await settledEver(store.db, `key:${keyIdOf(key)}`);
  return { cost: nanoUsd(cost), covered: false, tokens, calls: requests, differs: null };
}

/** Faults that are met before the agent is started. */
const NOTHING_BEGUN: ReadonlySet<string> = new Set(["command-not-found", "usage", "config-invalid"]);

function faultEnd(host: WorkHost, error: unknown): AgentEnd {
  const code = isAllotError(error) ? error.code : "internal";
  host.log.warn("agent-work-failed", { code });
  return failed("failed", code, error instanceof Error ? error.message : String(error));
}

/** It ended in the middle: what was told and counted until then is spent; where nobody counted, the hold. */
async function cutShort(
  work: HostedWork,
  { row, record: { session, usage } }: Life,
  gateway: WorkGateway | undefined,
  why: AgentEnd,
): Promise<StoredEnd> {
  const end = await ended(work, row, { ...why, session, usage: usage ?? NO_USAGE }, gateway);
  return gateway === undefined && usage === null ? { ...end, atHold: true } : end;
}

/** The life before left its session behind: that is gone on with. */
function goingOn({ task }: HostedWork, { agent_session: session }: WorkRow): { prompt: string; resume?: string } {
  return {
    prompt: `You were interrupted while you worked on what follows. See what of it is done in the folder already, then finish it.\n\n${task.prompt}`,
    ...(session === null ? {} : { resume: session }),
  };
}

/** Agents tell a limit, a missing provider and a refused key much alike; the gateway knows which it was. */
function asGatewayKnows(end: AgentEnd, stopped: StopAtGateway | null): AgentEnd {
  const isOver = end.kind === "over-limit" || (end.kind === "refused" && end.code === "limit-reached");
  if (stopped === null || (!isOver && end.kind !== "failed")) return isOver ? { ...end, kind: "over-limit" } : end;
  return { ...end, kind: stopped.code === "limit-reached" ? "over-limit" : "failed", ...stopped };
}

async function ended(
  work: HostedWork,
  row: WorkRow,
  end: AgentEnd,
  gateway: WorkGateway | undefined,
): Promise<StoredEnd> {
  const usage = addUsage(usageIn(row.earlier_usage), end.usage);
  if (gateway === undefined) {
    const tokens = tokensOf(usage);
    const logged = await loggedTokens(work, end.session ?? row.agent_session, row.opened_at).catch(() => null);
    const differs =
      logged === null || logged === tokens ? null : `${work.agent} tells ${tokens} tokens, and its log ${logged}`;
    return { ...end, usage, spent: { ...nothingSpent(true), tokens, calls: row.life, differs } };
  }
  const { nanoUsd: cost, tokens, requests } = await gateway.spent();
  const own = tokensOf(usage);
  const differs = own === tokens ? null : `${work.agent} tells ${own} tokens, and ${tokens} have passed the gateway`;
  return { ...end, usage, spent: { cost: nanoUsd(cost), covered: false, tokens, calls: requests, differs } };
}

/** Writes the end, and settles an own login's hold, in one transaction. False where the row is another's by now. */
async function writeEnd(host: WorkHost, work: HostedWork, row: WorkRow, end: Carried): Promise<boolean> {
  const { store, identity } = host;
  return store.transaction(async (trx) => {
    const now = store.clock.now();
    const current = await trx.selectFrom("agent_works").selectAll().where("key", "=", row.key).executeTakeFirst();
    if (current === undefined || current.host !== identity || current.life !== row.life) return false;
    const told = usageIn(current.usage);
    const usage = "usage" in end ? { usage: JSON.stringify(end.usage) } : {};
    const columns =
      end.kind === "paused"
        ? { state: "paused" as const }
        : end.kind === "lost-session"
          ? { state: "unknown" as const, agent_session: null, outcome: end.message }
          : {
              state: "over" as const,
              outcome: JSON.stringify("atHold" in end ? await atHold(trx, row, end) : end),
              agent_session: end.session ?? current.agent_session,
            };
    if (!(await moveWork({ db: trx }, { ...row, state: "launched" }, { ...columns, ...usage, seen_at: now })))
      return false;
    if (row.hold_key !== null && "again" in end) await releaseInStore(trx, row.hold_key, now);
    else if (row.hold_key !== null && "atHold" in end)
      await giveUpHold(trx, work, row, { writer: identity, at: now }, "its host met a fault");
    else if (row.hold_key !== null) {
      const used = "usage" in end ? lastLife(end, row) : told;
      await settleWork(trx, work, row.hold_key, used, { writer: identity, at: now });
    }
    return true;
  }, BOOKS);
}

/** Tells the tokens of the hold as spent, besides those of earlier lives. */
async function atHold(trx: Transaction<Schema>, { hold_key: key }: WorkRow, end: StoredEnd): Promise<StoredEnd> {
  const hold = await trx.selectFrom("holds").select("tokens").where("call_key", "=", key).executeTakeFirst();
  return { ...end, spent: { ...end.spent, tokens: end.spent.tokens + Number(hold?.tokens ?? 0), differs: null } };
}

/** What this life alone has used. */
function lastLife(end: StoredEnd, row: WorkRow): typeof NO_USAGE {
  const earlier = usageIn(row.earlier_usage);
  return {
    inputTokens: Math.max(0, end.usage.inputTokens - earlier.inputTokens),
    cacheReadTokens: Math.max(0, end.usage.cacheReadTokens - earlier.cacheReadTokens),
    cacheWriteTokens: Math.max(0, end.usage.cacheWriteTokens - earlier.cacheWriteTokens),
    outputTokens: Math.max(0, end.usage.outputTokens - earlier.outputTokens),
    reasoningTokens: Math.max(0, end.usage.reasoningTokens - earlier.reasoningTokens),
    cost: null,
  };
}

export function nothingSpent(covered: boolean): SpentOnWork {
  return { cost: nanoUsd(0), covered, tokens: 0, calls: 0, differs: null };
}

function failed(kind: "failed" | "over-limit", code: string, message: string): AgentEnd {
  return { kind, text: "", session: null, usage: NO_USAGE, code, message, exitCode: null, tookMs: 0 };
}
