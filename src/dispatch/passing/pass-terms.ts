import { LOCAL_PROVIDERS } from "../../catalog/overlay.ts";
import type { Service } from "../../ledger/cost.ts";
import { type CallPrice, worstCaseOf } from "../../ledger/worst-case.ts";
import type { Amounts, Ask, Clamp } from "../../throttle/throttle.ts";
import type { CallScopes, UnknownPrice } from "../direct/call-terms.ts";
import { mostWithin } from "../direct/own-cap.ts";
import type { PassAsk } from "./passing.ts";

/** What a call that passes through is held and settled at. */
export interface PassTerms {
  readonly price: CallPrice;
  readonly service: Service;
  readonly inputTokens: number;
  readonly maxOutputTokens: number;
  readonly ask: Ask;
}

/**
 * Price, worst case and limits of a call whose input is bounded by `inputTokens`. undefined: even the smallest answer costs
 * more than the call's own cap. Pure.
 */
export function passTerms(
  ask: PassAsk,
  price: CallPrice,
  policy: UnknownPrice,
  inputTokens: number,
  mostOutputTokens: number,
  scopes: CallScopes,
): PassTerms | undefined {
  const { service = "standard", cachesForAnHour } = ask;
  const free = price.assumed && policy === "allow-flagged";
  const worstOf = (maxOutputTokens: number): Amounts => {
    const worst = worstCaseOf({ inputTokens, maxOutputTokens, cachesForAnHour }, price.price, service);
    return { tokens: worst.tokens, nanoUsd: free ? 0 : worst.nanoUsd, requests: 1 };
  };
  const least = ask.withMaxTokens === undefined ? mostOutputTokens : ask.leastOutputTokens;
  const maxOutputTokens = mostWithin(ask.capNanoUsd, least, mostOutputTokens, worstOf);
  if (maxOutputTokens === undefined) return undefined;
  const clamp: Clamp | undefined =
    ask.withMaxTokens === undefined || maxOutputTokens <= ask.leastOutputTokens
      ? undefined
      : { maxTokens: maxOutputTokens, leastTokens: ask.leastOutputTokens, worstOf };
  return {
    price,
    service,
    inputTokens,
    maxOutputTokens,
    ask: {
      id: ask.id,
      ...scopesOf(ask, scopes),
      priority: ask.priority,
      worst: worstOf(maxOutputTokens),
      ...(clamp === undefined ? {} : { clamp }),
    },
  };
}

/** Everybody under whose limits the call falls, but for budgets. Pure. */
export function passScopeKeys(ask: PassAsk): readonly string[] {
  const keys = ["global:", `session:${ask.session}`, `provider:${ask.provider}`, `model:${ask.model}`];
  if (ask.key !== undefined) keys.push(`key:${ask.key}`);
  if (ask.project !== undefined) keys.push(`project:${ask.project}`);
  if (ask.filing !== undefined) keys.push(`run:${ask.filing.run}`);
  return keys;
}

/** As in the direct lane: a model on this machine is counted for session and everybody, and not stopped by their limits. */
function scopesOf(ask: PassAsk, { scopeKeys, countedKeys }: CallScopes): Pick<Ask, "scopeKeys" | "countedKeys"> {
  if (!LOCAL_PROVIDERS.includes(ask.provider))
    return countedKeys.length === 0 ? { scopeKeys } : { scopeKeys, countedKeys };
  const isFree = (key: string): boolean => key === "global:" || key.startsWith("session:");
  return {
    scopeKeys: scopeKeys.filter((key) => !isFree(key)),
    countedKeys: [...countedKeys, ...scopeKeys.filter(isFree)],
  };
}
