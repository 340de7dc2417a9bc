import type { Transaction } from "kysely";
import { nanoUsd } from "../../../foundation/units.ts";
import { settle, settleUnknown, type SpentCall, type Stamp } from "../../../ledger/ledger.ts";
import type { Schema } from "../../../storage/schema.ts";
import { holdInStore } from "../../../throttle/store/admission.ts";
import { scopesUnder } from "../../../throttle/store/budgets.ts";
import type { Admission, LimitSet } from "../../../throttle/throttle.ts";
import type { AgentUsage } from "../program.ts";
import type { HostedWork } from "./hosted-work.ts";
import type { WorkRow } from "./work-rows.ts";

/*
 * Work on the user's own login, which a subscription covers: its calls go past allot, so the whole piece has one hold and one entry,
 * tokens counted, $0. What it holds is what it may use; where nobody said how much, a usual piece of work.
 */

const USUAL_TOKENS = 50_000;

/** How the ledger says that a subscription paid. */
export const COVERED = "covered by the user's own login";

/** Whose models an agent asks on its own login. */
const PROVIDER_OF: Readonly<Record<string, string>> = { codex: "openai", claude: "anthropic" };

/** Sets the work's tokens aside under every limit that applies, all or nothing. In a transaction with `BOOKS`. */
export async function holdWork(
  trx: Transaction<Schema>,
  set: LimitSet,
  work: HostedWork,
  holdKey: string,
  now: number,
): Promise<Admission> {
  const { terms, task } = work;
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
    worst: { tokens: task.limits.tokens ?? USUAL_TOKENS, nanoUsd: 0, requests: 1 },
    session: call.session,
    runId: call.runId,
  };
  return holdInStore(trx, { ...set, limits }, ask, now);
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

/** Of a life of which nobody knows what it used: the whole hold counts as spent. */
export function giveUpHold(
  trx: Transaction<Schema>,
  work: HostedWork,
  { hold_key: holdKey }: Pick<WorkRow, "hold_key">,
  stamp: Stamp,
  why = "host gone",
): Promise<boolean> {
  if (holdKey === null) return Promise.resolve(false);
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
