import type { Catalog } from "../../catalog/catalog.ts";
import type { AvailableProvider } from "../../catalog/choose-models.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { Target } from "../../dispatch/survival/survival.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { SPOKEN_BY, type WireFormat } from "../../providers/wires.ts";
import { chainOf } from "../../routing/fallback/chains.ts";

/** What decides where a request goes. */
export interface TargetFacts {
  readonly catalog: Catalog;
  /** Providers with a key or an address, asked anew after a while. */
  readonly available: () => Promise<readonly AvailableProvider[]>;
  /** May the provider be asked at all? Answers at once. */
  readonly isSetUp: (name: ProviderName) => boolean;
  /** Who may stand in where the client does not say: `fallback` of the configuration. */
  readonly fallbackFor: (first: Target) => readonly string[];
  readonly preferGrok: boolean;
  /** The model for a text, as `allot route` would choose it. */
  readonly routeText: (text: string) => Promise<{ readonly target: Target; readonly taskType: string }>;
}

/** Where a request goes, in order. */
export interface ChosenTargets {
  readonly targets: readonly Target[];
  /** Found out on the way, for `allot/auto`. */
  readonly taskType?: string;
}

/** The name that lets allot choose. */
export const AUTO = "allot/auto";

/** Whose models begin so, where the catalogue does not know them. */
const FAMILIES: readonly (readonly [RegExp, ProviderName])[] = [
  [/^claude/i, "anthropic"],
  [/^(gpt-|chatgpt|o\d|codex)/i, "openai"],
  [/^grok/i, "xai"],
  [/^(models\/)?gemini/i, "google"],
];

const PROVIDERS = Object.keys(SPOKEN_BY) as ProviderName[];

/**
 * Who is to serve a request, first to last.
 *
 * - `allot/auto`: by the task, as the text of the conversation's beginning says it; so it stays with one model
 * - `PROVIDER/NAME`, or a provider in the path: that provider
 * - one of allot's short names ("sonnet"): the model it stands for
 * - a name that the catalogue or its family tells: its provider; else the surface's own
 * - then those of `x-allot-fallback`, or of the configuration
 *
 * Throws `unknown-model`, `provider-not-configured` or `usage`.
 */
export async function targetsOf(
  facts: TargetFacts,
  asked: { readonly model: string; readonly wire: WireFormat; readonly provider?: ProviderName },
  wish: readonly string[] | undefined,
  firstText: () => string,
): Promise<ChosenTargets> {
  if (asked.model === "") {
    throw new AllotError("usage", `the request names no model; "model" must be a name, or "${AUTO}"`);
  }
  const auto = asked.model === AUTO || asked.model === "auto" ? await facts.routeText(firstText()) : undefined;
  const first = auto?.target ?? firstTarget(facts, asked.model, asked.wire, asked.provider);
  if (!facts.isSetUp(first.provider)) {
    throw new AllotError(
      "provider-not-configured",
      `${asked.model} is ${first.provider}'s, and neither its key nor its address is set where the gateway runs`,
    );
  }
  const names = wish ?? facts.fallbackFor(first);
  const taskType = auto === undefined ? {} : { taskType: auto.taskType };
  if (names.length === 0 && !facts.preferGrok) return { targets: [first], ...taskType };
  const available = await facts.available();
  const { targets } = chainOf(first, { names, preferGrok: facts.preferGrok }, { catalog: facts.catalog, available });
  return { targets, ...taskType };
}

/** What names were found to mean, by catalogue: it takes longer to look one up than all else that a request needs. */
const FOUND = new WeakMap<Catalog, Map<string, Target>>();
const MOST_FOUND = 2_000;

function firstTarget(facts: TargetFacts, name: string, wire: WireFormat, forced: ProviderName | undefined): Target {
  let found = FOUND.get(facts.catalog);
  if (found === undefined) FOUND.set(facts.catalog, (found = new Map<string, Target>()));
  const asked = `${wire} ${forced ?? ""} ${name}`;
  const known = found.get(asked);
  if (known !== undefined) return known;
  const target = lookedUp(facts, name, wire, forced);
  if (found.size >= MOST_FOUND) found.clear();
  found.set(asked, target);
  return target;
}

function lookedUp(facts: TargetFacts, name: string, wire: WireFormat, forced: ProviderName | undefined): Target {
  const { catalog, isSetUp } = facts;
  const slash = name.indexOf("/");
  const prefix = slash < 0 ? undefined : PROVIDERS.find((provider) => provider === name.slice(0, slash).toLowerCase());
  const bare = prefix === undefined ? name.replace(/^models\//, "") : name.slice(slash + 1);
  const stated = prefix ?? forced;
  const listed = catalog.find(bare, stated === undefined ? {} : { provider: stated });
  const isShort = listed?.aliases.includes(bare) ?? false;
  const model = isShort && listed !== undefined ? listed.id : bare;
  if (stated !== undefined) return { provider: stated, model };
  const own = (listed?.provider as ProviderName | undefined) ?? FAMILIES.find(([pattern]) => pattern.test(bare))?.[1];
  if (own !== undefined && (isSetUp(own) || listed !== undefined)) return { provider: own, model };
  const speaks = PROVIDERS.find((provider) => SPOKEN_BY[provider].includes(wire) && isSetUp(provider));
  const other = speaks ?? own ?? PROVIDERS.find(isSetUp);
  if (other !== undefined) return { provider: other, model };
  throw new AllotError("unknown-model", `nobody is set up to serve "${name}"; give a provider's key or --upstream`);
}
