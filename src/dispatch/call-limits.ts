import type { Catalog } from "../catalog/catalog.ts";
import type { NanoUsd } from "../foundation/units.ts";
import { priceOfCall } from "../ledger/worst-case.ts";
import type { LimitSet } from "../throttle/throttle.ts";
import { keyText } from "./call-row.ts";
import type { OpenTerms } from "./call-journal.ts";
import { termsOf, type UnknownPrice } from "./direct/call-terms.ts";
import type { DirectAsk } from "./direct/direct.ts";
import type { CallAsk } from "./dispatch.ts";

/** Under which limits the calls of a run fall. */
export interface RunLimits {
  /** What the run may use up in all; null: no budget of its own. */
  readonly budget?: NanoUsd | null;
  /** The budget that the run is a part of: of a command and all its children, of a batch. */
  readonly parentBudget?: string | null;
  readonly project?: string;
  readonly unknownPrice?: UnknownPrice;
}

/**
 * What a run's call is held at, and under whose limits, by the same rules as calls of the direct lane; `max_tokens` stays
 * as it was asked, because the request is what the call's key stands for. Undefined where its price is not known and
 * such calls are denied. Pure.
 */
export function openTerms(
  catalog: Pick<Catalog, "find" | "dearest">,
  ask: CallAsk,
  run: RunLimits,
  set: LimitSet,
  recall: boolean,
): OpenTerms | undefined {
  const price = priceOfCall(catalog, ask.provider, ask.request.model);
  const policy = run.unknownPrice ?? "assume-max";
  const direct: DirectAsk = {
    id: keyText(ask.key),
    provider: ask.provider,
    request: ask.request,
    priority: ask.priority,
    session: ask.session,
    run: ask.key.run,
    clamp: false,
    ...(run.project === undefined ? {} : { project: run.project }),
  };
  const terms = termsOf(direct, price, policy);
  if (terms === undefined) return undefined;
  // Dollars that are not held still have to be counted if nobody ever learns what the call cost.
  const counted = policy === "allow-flagged" ? termsOf(direct, price, "assume-max")?.worst : undefined;
  return {
    price,
    worst: terms.worst,
    scopeKeys: terms.ask.scopeKeys,
    countedKeys: terms.ask.countedKeys ?? [],
    ...(counted === undefined ? {} : { unknownCost: counted }),
    set,
    budget: run.budget ?? null,
    parentBudget: run.parentBudget ?? null,
    recall,
  };
}
