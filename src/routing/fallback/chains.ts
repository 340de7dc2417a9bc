import type { Catalog } from "../../catalog/catalog.ts";
import { type AvailableProvider, chooseModels } from "../../catalog/choose-models.ts";
import { didYouMean } from "../../foundation/closest.ts";
import { AllotError, isAllotError } from "../../foundation/errors.ts";
import { CHAIN_WORD, chainAfter, FAMILIES, familyOf, type FamilyProvider } from "./families.ts";

/*
 * Where a request may go when whoever was asked first cannot serve it: names that somebody wrote become targets. Pure.
 *
 * Invariants: nobody is a target who was not named; a word for a provider never means a weaker model than the one that was
 * asked for (a big one falls back to a big one, a small one to a small one, so that it is not dearer by a tier either); what
 * is passed over is told with its reason, and what nobody knows is an error, not a silent gap in the chain.
 *
 * Rejected: falling back along the chains by themselves (another model than was asked for is another answer and another
 * price), and weaker models "better than nothing".
 */

/** A model at a provider. */
export interface FallbackTarget {
  readonly provider: FamilyProvider;
  readonly model: string;
}

/** What names are resolved with. */
export interface FallbackFacts {
  readonly catalog: Catalog;
  /** Who is set up. */
  readonly available: readonly AvailableProvider[];
  /** CLAUDE_MODEL for anthropic, GROK_MODEL for xai: the big model that the user means by the provider. */
  readonly providerModels?: Readonly<Record<string, string | null>>;
}

/** The first target of a chain; its provider may be any, "offline" too. */
export interface FirstTarget {
  readonly provider: string;
  readonly model: string;
}

export interface FallbackChain<First extends FirstTarget> {
  /** First the one who is asked, then those that stand in for it, each once, in the order of the names. */
  readonly targets: readonly [First, ...(First | FallbackTarget)[]];
  readonly passedOver: readonly PassedOver[];
}

/** A name that gave no target, and why not. */
export interface PassedOver {
  readonly name: string;
  readonly why: string;
}

/**
 * `first`, and the targets that a list of names means after it. A name is
 *
 * - `chain`: the seeds' chain that begins with the first one's provider
 * - a provider or its family (`xai`, `grok`, `local`): its model of the first one's tier
 * - a model, an alias of one, or PROVIDER/MODEL: just that, whatever its tier
 *
 * Throws `usage` for a name that is none of these, with the closest ones. Pure.
 */
export function fallbackTargets<First extends FirstTarget>(
  first: First,
  wish: readonly string[],
  facts: FallbackFacts,
): FallbackChain<First> {
  const tier = facts.catalog.find(first.model, { provider: first.provider })?.tier ?? "big";
  const names = wish.flatMap((name) =>
    name.trim().toLowerCase() === CHAIN_WORD ? chainAfter(first.provider) : [name.trim()],
  );
  const targets: FallbackTarget[] = [];
  const passedOver: PassedOver[] = [];
  for (const name of names) {
    const found = targetNamed(name, tier, facts);
    if ("why" in found) passedOver.push({ name, why: found.why });
    else if (![first, ...targets].some((target) => sameTarget(target, found))) targets.push(found);
  }
  return { targets: [first, ...targets], passedOver };
}

/** What a user wishes for, beside the model that was asked for. */
export interface FallbackWish {
  /** Who may stand in. */
  readonly names: readonly string[];
  /** xAI's Grok is to be asked first, where it is set up. */
  readonly preferGrok: boolean;
}

/**
 * All targets of a request, in order: Grok where it is preferred, whoever was asked for, then the fallbacks. Throws as
 * `fallbackTargets`. Pure.
 */
export function chainOf<First extends FirstTarget>(
  asked: First,
  wish: FallbackWish,
  facts: FallbackFacts,
): FallbackChain<First | FallbackTarget> {
  const chain = fallbackTargets(asked, wish.names, facts);
  if (!wish.preferGrok || asked.provider === "xai") return chain;
  const { targets, passedOver } = fallbackTargets(asked, ["grok"], facts);
  const grok = targets[1];
  if (grok === undefined) return { ...chain, passedOver: [...passedOver, ...chain.passedOver] };
  return { ...chain, targets: [grok, ...chain.targets.filter((target) => !sameTarget(target, grok))] };
}

/** Do both go to the same model of the same provider? Pure. */
export function sameTarget(a: FirstTarget, b: FirstTarget): boolean {
  return a.provider === b.provider && a.model === b.model;
}

/**
 * Which list of a map of lists holds for a target: the one under its PROVIDER/MODEL, its model's name or an alias of it,
 * its provider or family, or "*"; none where no key fits. Keys are read as names are. Pure.
 */
export function wishFor(
  first: FirstTarget,
  lists: Readonly<Record<string, readonly string[]>>,
  catalog: Catalog,
): readonly string[] {
  const entries = Object.entries(lists);
  const exact = entries.find(([name]) => {
    if (familyOf(name) !== undefined || name === "*") return false;
    const model = catalog.find(name, name === first.model ? { provider: first.provider } : {});
    return model !== undefined && sameTarget(first, { provider: model.provider, model: model.id });
  });
  const family = entries.find(([name]) => familyOf(name) === first.provider);
  const anyone = entries.find(([name]) => name === "*");
  return (exact ?? family ?? anyone)?.[1] ?? [];
}

type Found = FallbackTarget | { readonly why: string };

function targetNamed(name: string, tier: "small" | "big", facts: FallbackFacts): Found {
  const family = familyOf(name);
  if (family !== undefined) return ofProvider(family, tier, facts);
  const slash = name.indexOf("/");
  const stated = slash < 0 ? undefined : familyOf(name.slice(0, slash));
  if (stated !== undefined) return exactModel(name.slice(slash + 1), stated, facts);
  const served = facts.available.find(({ models }) => models?.includes(name));
  const provider = familyOf(served?.name ?? facts.catalog.find(name)?.provider ?? "");
  if (provider === undefined || name === "") throw unknownName(name, facts.catalog);
  return exactModel(name, provider, facts);
}

function ofProvider(provider: FamilyProvider, tier: "small" | "big", facts: FallbackFacts): Found {
  const home = facts.available.find(({ name }) => name === provider);
  if (home === undefined) return notSetUp(provider);
  const { catalog, providerModels } = facts;
  try {
    const wished = chooseModels(catalog, [home], { provider, ...(providerModels ? { providerModels } : {}) })[tier];
    // The user's own big model may be a small one; then the provider's own is meant.
    const model = isWeaker(wished.tier, tier) ? chooseModels(catalog, [home], { provider })[tier] : wished;
    if (isWeaker(model.tier, tier)) {
      return { why: `its ${model.id} is weaker than what was asked for; ${provider}/${model.id} allows it by name` };
    }
    return { provider, model: model.id };
  } catch (error) {
    if (isAllotError(error, "provider-not-configured")) {
      return { why: `which of its models is meant is not known; name one: ${provider}/MODEL` };
    }
    throw error;
  }
}

function isWeaker(tier: "small" | "big", than: "small" | "big"): boolean {
  return than === "big" && tier === "small";
}

function exactModel(name: string, provider: FamilyProvider, facts: FallbackFacts): Found {
  const home = facts.available.find((candidate) => candidate.name === provider);
  if (home === undefined) return notSetUp(provider);
  const at = { provider, ...(home.baseUrl === undefined ? {} : { baseUrl: home.baseUrl }) };
  const model = facts.catalog.resolve(name, at).id;
  const held = home.models;
  if (held === undefined || held.includes(model)) return { provider, model };
  const latest = held.find((own) => own === `${model}:latest`);
  return latest === undefined
    ? { why: `${provider} does not have it; it has ${held.join(", ") || "none"}` }
    : { provider, model: latest };
}

function notSetUp(provider: FamilyProvider): Found {
  return { why: `${provider} is not set up` };
}

function unknownName(name: string, catalog: Catalog): AllotError {
  const models = catalog.list().flatMap(({ id, aliases }) => [id, ...aliases]);
  const hint = didYouMean(name, [...Object.keys(FAMILIES), CHAIN_WORD, ...models]);
  return new AllotError(
    "usage",
    `fallback "${name}" is no provider, model or alias.${hint} ` +
      `What is right: a provider (claude, gpt, gemini, grok, local), a model of \`allot models\`, PROVIDER/MODEL, or "${CHAIN_WORD}".`,
    { details: { fallback: name } },
  );
}
