import { LOCAL_PROVIDERS } from "../../catalog/overlay.ts";
import { inputBound } from "../../ledger/token-bound.ts";
import { type CallPrice, worstCaseOf } from "../../ledger/worst-case.ts";
import type { ModelRequest, UserPart } from "../../providers/provider.ts";
import type { Amounts, Ask } from "../../throttle/throttle.ts";
import type { DirectAsk } from "./direct.ts";

/** What to do with a model whose price nobody knows. */
export type UnknownPrice = "deny" | "assume-max" | "allow-flagged";

/** What a call is held and settled at. */
export interface CallTerms {
  readonly price: CallPrice;
  readonly worst: Amounts;
  readonly ask: Ask;
}

/** Everybody under whom a call falls; where a reservation holds the room already, it is only counted. */
export interface CallScopes {
  readonly scopeKeys: readonly string[];
  readonly countedKeys: readonly string[];
}

/** An answer shorter than this is of no use: a call is refused rather than clamped below it. */
const LEAST_TOKENS = 16;

/**
 * The most input tokens one image can count, by provider: an upper bound where the provider scales images down, a
 * generous figure for Google, which cuts large ones into tiles. Sources: the providers' pages on images, November 2026.
 */
const IMAGE_BOUND: Readonly<Record<string, number>> = { anthropic: 4_800, openai: 2_500, xai: 1_800, google: 8_300 };
const OTHER_IMAGE_BOUND = 8_300;

/** GPT-4o mini counts images at 33 times their size. */
const DEAR_IMAGES = /gpt-4o-mini/;
const DEAR_IMAGE_BOUND = 48_200;

/**
 * Price, worst case and limits of a call; undefined where its price is not known and the policy is to deny such calls.
 *
 * - `assume-max`: held and settled at the dearest rates in the catalogue
 * - `allow-flagged`: no dollars are held, so that limits in dollars let it pass; settled at the dearest rates all the same
 *
 * A model on this machine costs nothing: what it uses is counted for session and everybody, but their limits do not stop
 * it, so that it stays the way out when they are reached. Pure.
 */
export function termsOf(
  ask: DirectAsk,
  price: CallPrice,
  policy: UnknownPrice,
  scopes: CallScopes = { scopeKeys: scopeKeysOf(ask), countedKeys: [] },
): CallTerms | undefined {
  if (price.assumed && policy === "deny") return undefined;
  const worstOf = worstOfRequest(ask, price, policy === "allow-flagged");
  const { maxOutputTokens } = ask.request;
  const local = LOCAL_PROVIDERS.includes(ask.provider);
  const keys = [...new Set([...scopes.scopeKeys, ...scopes.countedKeys])];
  const counted = keys.filter(
    (key) => scopes.countedKeys.includes(key) || (local && (key === "global:" || key.startsWith("session:"))),
  );
  return {
    price,
    worst: worstOf(maxOutputTokens),
    ask: {
      id: ask.id,
      scopeKeys: keys.filter((key) => !counted.includes(key)),
      ...(counted.length === 0 ? {} : { countedKeys: counted }),
      priority: ask.priority,
      worst: worstOf(maxOutputTokens),
      ...(ask.clamp === false || maxOutputTokens <= LEAST_TOKENS
        ? {}
        : { clamp: { maxTokens: maxOutputTokens, leastTokens: LEAST_TOKENS, worstOf } }),
    },
  };
}

/** Everybody under whose limits the call falls, but for budgets. Pure. */
export function scopeKeysOf(ask: DirectAsk): readonly string[] {
  const named = [
    ["run", ask.filing?.run ?? ask.run],
    ["key", ask.key],
    ["project", ask.project],
  ] as const;
  return [
    "global:",
    `session:${ask.session}`,
    `provider:${ask.provider}`,
    `model:${ask.request.model}`,
    ...named.flatMap(([scope, name]) => (name === undefined ? [] : [`${scope}:${name}`])),
  ];
}

function worstOfRequest(ask: DirectAsk, price: CallPrice, allowFlagged: boolean): (maxTokens: number) => Amounts {
  const { request, service = "standard" } = ask;
  const { bare, images } = withoutImages(request);
  const inputTokens = inputBound(bare) + images * imageBound(ask.provider, request.model);
  const cachesForAnHour = asksForAnHour(request);
  return (maxOutputTokens) => {
    const worst = worstCaseOf({ inputTokens, maxOutputTokens, cachesForAnHour }, price.price, service);
    return {
      tokens: worst.tokens,
      nanoUsd: price.assumed && allowFlagged ? 0 : worst.nanoUsd,
      requests: 1,
    };
  };
}

/** The image's bytes are no text: a bound by their number would be a hundred times too high. */
function withoutImages(request: ModelRequest): { bare: ModelRequest; images: number } {
  let images = 0;
  const messages = request.messages.map((message) => {
    if (message.role !== "user" || typeof message.content === "string") return message;
    const text = message.content.filter((part) => part.type === "text");
    images += message.content.length - text.length;
    return { ...message, content: text };
  });
  return { bare: { ...request, messages }, images };
}

function imageBound(provider: string, model: string): number {
  return DEAR_IMAGES.test(model) ? DEAR_IMAGE_BOUND : (IMAGE_BOUND[provider] ?? OTHER_IMAGE_BOUND);
}

function asksForAnHour(request: ModelRequest): boolean {
  if (request.cacheSystem === "1h" || request.cacheTools === "1h") return true;
  const parts = request.messages.flatMap((message): readonly UserPart[] =>
    message.role === "user" && typeof message.content !== "string" ? message.content : [],
  );
  return parts.some((part) => part.cache === "1h");
}
