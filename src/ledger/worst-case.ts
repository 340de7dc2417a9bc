import type { Catalog, ModelPrice } from "../catalog/catalog.ts";
import { nanoUsd, type NanoUsd, tokens, type Tokens } from "../foundation/units.ts";
import { permille, roundUp, type Service } from "./cost.ts";
import { inputBound, type SizedRequest } from "./token-bound.ts";

/** The price a call is held and settled at; assumed where the catalogue does not know the model's own. */
export interface CallPrice {
  readonly price: ModelPrice;
  readonly assumed: boolean;
}

/**
 * The price of a model, or, where the catalogue knows none, the dearest rates it knows of any model: an unknown price
 * is never $0. Models that run on the user's own machine have a known price of nothing; some addresses (`baseUrl`) of
 * OpenAI-compatible servers have prices that are known.
 */
export function priceOfCall(
  catalog: Pick<Catalog, "find" | "dearest">,
  provider: string,
  model: string,
  baseUrl?: string,
): CallPrice {
  const price = catalog.find(model, { provider, ...(baseUrl === undefined ? {} : { baseUrl }) })?.price ?? null;
  return price === null ? { price: catalog.dearest(), assumed: true } : { price, assumed: false };
}

export interface WorstCase {
  readonly tokens: Tokens;
  readonly nanoUsd: NanoUsd;
}

/**
 * The most a call can use and cost: the bound of its input and the whole of `maxOutputTokens`, each at the dearest rate
 * that can apply to it (input may be written to a five-minute cache; output may all be reasoning; a long-context tier
 * applies as soon as the bound reaches it). What a call costs beyond it is debt, and is settled all the same. Pure.
 */
export function worstCase(request: SizedRequest, price: ModelPrice, service: Service = "standard"): WorstCase {
  return worstCaseOf({ inputTokens: inputBound(request), maxOutputTokens: request.maxOutputTokens }, price, service);
}

/** What the worst case is made of, once the input's bound is known. */
export interface CallSize {
  readonly inputTokens: number;
  readonly maxOutputTokens: number;
  /** The request asks for its input to be cached for an hour, which is dearer than five minutes. */
  readonly cachesForAnHour?: boolean;
}

/** As `worstCase`, for an input whose bound is known. Pure. */
export function worstCaseOf(size: CallSize, price: ModelPrice, service: Service = "standard"): WorstCase {
  const { inputTokens: input, maxOutputTokens, cachesForAnHour = false } = size;
  const reachable = [price, ...price.longContext.filter((tier) => input > tier.aboveInputTokens)];
  const inputRate = Math.max(
    ...reachable.flatMap((rates) => [
      rates.input,
      rates.cacheRead,
      rates.cacheWrite5m,
      ...(cachesForAnHour ? [rates.cacheWrite1h] : []),
    ]),
  );
  const outputRate = Math.max(...reachable.flatMap((rates) => [rates.output, rates.reasoning]));
  return {
    tokens: tokens(input + maxOutputTokens),
    nanoUsd: nanoUsd(
      roundUp(
        [
          [input, inputRate],
          [maxOutputTokens, outputRate],
        ],
        permille(price, service),
      ),
    ),
  };
}
