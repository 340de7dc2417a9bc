import type { Transaction } from "kysely";
import { nanoUsd } from "../../../foundation/units.ts";
import { growHold } from "../../../ledger/holds.ts";
import { settle, settleUnknown, type SpentCall, type Stamp } from "../../../ledger/ledger.ts";
import type { Schema } from "../../../storage/schema.ts";
import { growInStore, holdInStore, type StoreAsk } from "../../../throttle/store/admission.ts";
import { scopesUnder } from "../../../throttle/store/budgets.ts";
import type { Admission, Amounts, LimitSet } from "../../../throttle/throttle.ts";
import type { AgentUsage } from "../program.ts";
import { tokensOf } from "../usage.ts";
import type { HostedWork } from "./hosted-work.ts";
import { usageIn, type WorkRow } from "./work-rows.ts";

/*
 * Work on the user's own login, which a subscription covers: its calls go past allot, so the whole piece has one hold and one entry,
 * tokens counted, $0. It begins with the tokens of one call held, and what it holds grows ahead of what it tells to have used: so
 * limits bound it while it works, and it takes no room that others could use. Rejected: holding all of it at once (three that work
 * beside each other would fill an hour's limit with what none of them uses).
 */

/** As far is its hold ahead of what it has used: usage is told after a call, and this is a usual call of an agent's. */
const AHEAD_TOKENS = 20_000;

/** How the ledger says that a subscription paid. */
export const COVERED = "covered by the user's own login";

/** Whose models an agent asks on its own login. */
const PROVIDER_OF: Readonly<Record<string, string>> = { codex: "openai", claude: "anthropic" };

/** What a work holds that has used so many tokens: at most its cap. Pure. */
export function heldFor({ task }: HostedWork, used: number): number {
  return Math.min(used + AHEAD_TOKENS, task.limits.tokens ?? Number.MAX_SAFE_INTEGER);
}

/** Sets the tokens of its beginning aside under every limit that applies, all or nothing. In a transaction with `BOOKS`. */
export async function holdWork(
  trx: Transaction<Schema>,
  set: LimitSet,
  work: HostedWork,
  holdKey: string,
  now: number,
): Promise<Admission> {
  const asked = await askOf(trx, set, work, holdKey, { tokens: heldFor(work, 0), nanoUsd: 0, requests: 1 });
  return holdInStore(trx, asked.set, asked.ask, now);
}

/** Sets so many tokens more aside for work that goes on, or says why not. In a transaction with `BOOKS`. */
export async function holdMore(
  trx: Transaction<Schema>,
  set: LimitSet,
  work: HostedWork,
  holdKey: string,
  tokens: number,
  now: number,
): Promise<Admission> {
  const asked = await askOf(trx, set, work, holdKey, { tokens, nanoUsd: 0, requests: 0 });
  return growInStore(trx, asked.set, asked.ask, now);
}

async function askOf(
  trx: Transaction<Schema>,
  set: LimitSet,
  work: HostedWork,
  holdKey: string,
  worst: Amounts,
): Promise<{ readonly set: LimitSet; readonly ask: StoreAsk }> {
  const { terms } = work;
  const call = callOf(work, holdKey);
  const budget = terms.runBudget ?? null;
  const own = { scope: "run", of: call.runId, window: "ever", measure: "nanoUsd" } as const;
  const limits = budget === null || call.runId === "" ? set.limits : [...set.limits, { ...own, amount: budget }];
  const scopeKeys = [
    "global:",
    `session:${call.session}`,
    `provider:${call.provider}`,
    ...(call.runId === "" ? [] : [`run:${call.runId}`]),
    ...(terms.project === undefined ? [] : [`project:${terms.project}`]),
  ];
  const scopes = await scopesUnder(trx, { ...set, limits }, scopeKeys, terms.parentBudget ?? null);
  const ask = {
    id: holdKey,
    ...scopes,
    priority: terms.priority ?? "normal",
    worst,
    session: call.session,
    runId: call.runId,
  };
  return { set: { ...set, limits }, ask };
}

/** Enters what the work has used, and gives back the rest of its hold. False where that was done before. */
export function settleWork(
  trx: Transaction<Schema>,
  work: HostedWork,
  holdKey: string,
  usage: AgentUsage,
  stamp: Stamp,
): Promise<boolean> {
  const counts = {
    inputTokens: usage.inputTokens,
    cacheReadTokens: usage.cacheReadTokens,
    cacheWrite5mTokens: usage.cacheWriteTokens,
    cacheWrite1hTokens: 0,
    outputTokens: usage.outputTokens,
    reasoningTokens: usage.reasoningTokens,
    estimated: false,
  };
  return settle(trx, callOf(work, holdKey), { usage: counts, cost: nanoUsd(0), note: COVERED }, stamp);
}

/** Of a life of which nobody knows what it used: the whole hold counts as spent, and what it told to have used beyond it. */
export async function giveUpHold(
  trx: Transaction<Schema>,
  work: HostedWork,
  { hold_key: holdKey, usage }: Pick<WorkRow, "hold_key" | "usage">,
  stamp: Stamp,
  why = "host gone",
): Promise<boolean> {
  if (holdKey === null) return false;
  const hold = await trx.selectFrom("holds").select("tokens").where("call_key", "=", holdKey).executeTakeFirst();
  const beyond = tokensOf(usageIn(usage)) - Number(hold?.tokens ?? 0);
  if (beyond > 0) await growHold(trx, holdKey, beyond);
  return settleUnknown(trx, callOf(work, holdKey), `${COVERED}; ${why}, counted at its hold`, stamp);
}

/** How the ledger files the work. Pure. */
function callOf({ key, agent, task, terms }: HostedWork, holdKey: string): SpentCall {
  return {
    key: holdKey,
    runId: terms.run ?? "",
    task: taskOf(key, terms.task),
    phase: terms.phase ?? "execution",
    tier: terms.tier ?? "small",
    session: terms.session,
    provider: PROVIDER_OF[agent] ?? agent,
    model: task.model ?? agent,
    priceVersion: "covered",
    priceAssumed: false,
    agent,
    project: terms.project,
  };
}

/** The task's part of run/task/round/purpose/attempt. Pure. */
export function taskOf(key: string, stated: string | undefined): string {
  return stated ?? key.split("/")[1] ?? "";
}
