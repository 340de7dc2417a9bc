import { nanoUsd, type NanoUsd } from "../../foundation/units.ts";
import type { TokenUsage } from "../../providers/provider.ts";

/** One settled (or lost) paid call of a run, as the ledger holds it. */
export interface PaidCall {
  readonly task: string;
  readonly phase: string;
  readonly tier: string;
  readonly model: string;
  readonly purpose: string;
  readonly state: "done" | "failed" | "unknown";
  readonly usage: TokenUsage;
  /** What the ledger counts: the settled cost, or the hold where the call's fate is unknown. */
  readonly cost: NanoUsd;
  /** Paid by a subscription of the user's own: $0, tokens counted. */
  readonly covered?: boolean;
}

export interface Spend {
  readonly total: SpendLine;
  readonly byPhase: readonly SpendLine[];
  readonly byTier: readonly SpendLine[];
  readonly byModel: readonly SpendLine[];
  /** Calls whose fate is unknown, counted at their hold. */
  readonly unknown: { readonly calls: number; readonly held: NanoUsd };
  /** What a subscription of the user's own paid for; absent where none did. */
  readonly covered?: { readonly calls: number; readonly tokens: number };
  /** True where some usage was estimated because the provider named none. */
  readonly estimated: boolean;
}

export interface SpendLine {
  readonly name: string;
  readonly calls: number;
  /** All input, cached or not. */
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly cost: NanoUsd;
}

/** Sums calls in the order in which each name first comes. Pure. */
export function spendOf(calls: readonly PaidCall[]): Spend {
  const unknown = calls.filter(({ state }) => state === "unknown");
  return {
    total: line("total", calls),
    byPhase: grouped(calls, ({ phase }) => phase),
    byTier: grouped(calls, ({ tier }) => tier),
    byModel: grouped(calls, ({ model }) => model),
    unknown: { calls: unknown.length, held: nanoUsd(unknown.reduce((sum, { cost }) => sum + cost, 0)) },
    ...coveredOf(calls.filter(({ covered }) => covered === true)),
    estimated: calls.some(({ usage }) => usage.estimated),
  };
}

function coveredOf(calls: readonly PaidCall[]): Pick<Spend, "covered"> {
  if (calls.length === 0) return {};
  const { inputTokens, outputTokens } = line("covered", calls);
  return { covered: { calls: calls.length, tokens: inputTokens + outputTokens } };
}

function grouped(calls: readonly PaidCall[], nameOf: (call: PaidCall) => string): SpendLine[] {
  return [...Map.groupBy(calls, nameOf)].map(([name, group]) => line(name, group));
}

function line(name: string, calls: readonly PaidCall[]): SpendLine {
  let [inputTokens, cachedTokens, outputTokens, cost] = [0, 0, 0, 0];
  for (const { usage, cost: paid } of calls) {
    inputTokens += usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
    cachedTokens += usage.cacheReadTokens;
    outputTokens += usage.outputTokens;
    cost += paid;
  }
  return { name, calls: calls.length, inputTokens, cachedTokens, outputTokens, cost: nanoUsd(cost) };
}
