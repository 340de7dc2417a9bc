import { AllotError } from "../../foundation/errors.ts";
import type { TokenFactor } from "../tokens/tokens.ts";

/** Below it, heading and fences leave no room for code. */
const LEAST_TOKENS = 200;
/** Of o200k, however large the factor is: else nothing but headings would be sent. */
const LEAST_BUDGET = 60;

/** The most o200k tokens that are still within `maxTokens` of the model's. */
export function tokenBudget(maxTokens: number, factor: TokenFactor): number {
  let budget = Math.floor(maxTokens / factor.factor);
  while (budget > 0 && modelTokens(budget, factor) > maxTokens) budget -= 1;
  if (!(maxTokens >= LEAST_TOKENS) || budget < LEAST_BUDGET) {
    throw new AllotError(
      "config-invalid",
      `${maxTokens} tokens a chunk, ${budget} by our count, are too few: at least ${LEAST_TOKENS} and ${LEAST_BUDGET}`,
    );
  }
  return budget;
}

/** The model's tokens for `o200k`, rounded up. */
export function modelTokens(o200k: number, factor: TokenFactor): number {
  // A product such as 100 * 1.1 is a hair above the whole number that it is.
  return Math.ceil(o200k * factor.factor - 1e-9);
}
