import { describe, expect, test } from "vitest";
import type { AvailableProvider } from "../../catalog/choose-models.ts";
import { openCatalog } from "../../catalog/open-catalog.ts";
import { isAllotError } from "../../foundation/errors.ts";
import { chainAfter } from "./families.ts";
import { chainOf, fallbackTargets, wishFor } from "./chains.ts";

const CATALOG = openCatalog({ asOf: Date.parse("2026-11-21T12:00:00Z") });
const OLLAMA: AvailableProvider = { name: "ollama", why: "", models: ["qwen3:8b", "qwen3-coder:30b", "phi:latest"] };
const EVERYBODY: readonly AvailableProvider[] = [
  ...["anthropic", "openai", "xai", "google"].map((name) => ({ name, why: "" })),
  OLLAMA,
];
const SONNET = { provider: "anthropic", model: "claude-sonnet-5-5" };
const HAIKU = { provider: "anthropic", model: "claude-haiku-5-5" };
const GROK = { provider: "xai", model: "grok-4.7" };

function targets(first: { provider: string; model: string }, wish: readonly string[], available = EVERYBODY) {
  const chain = fallbackTargets(first, wish, { catalog: CATALOG, available });
  expect(chain.targets[0]).toBe(first);
  return chain.targets.slice(1).map(({ provider, model }) => `${provider}/${model}`);
}

function refusal(name: string): string {
  try {
    fallbackTargets(SONNET, [name], { catalog: CATALOG, available: EVERYBODY });
    return "";
  } catch (error) {
    if (isAllotError(error, "usage")) return error.message;
    throw error;
  }
}

describe("the seeds' chains", () => {
  test("go from Grok over Gemini to OpenAI, and from Claude over GPT to the local model", () => {
    expect(targets(GROK, ["chain"])).toEqual(["google/gemini-3.1-pro-preview", "openai/gpt-6.1-sol"]);
    expect(targets(SONNET, ["chain"])).toEqual(["openai/gpt-6.1-sol", "ollama/qwen3-coder:30b"]);
  });

  test("go on from the middle, and end with whoever stands last", () => {
    expect(chainAfter("google")).toEqual(["openai"]);
    expect(chainAfter("openai")).toEqual(["local"]);
    expect(chainAfter("ollama")).toEqual([]);
  });
});

describe("a name in a list of fallbacks", () => {
  test("that is a provider or its family is that provider's model of the same tier", () => {
    expect(targets(SONNET, ["gpt", "gemini"])).toEqual(["openai/gpt-6.1-sol", "google/gemini-3.1-pro-preview"]);
    expect(targets(HAIKU, ["OpenAI", " grok "])).toEqual(["openai/gpt-6-luna", "xai/grok-build-0.1"]);
    expect(targets(HAIKU, ["local"])).toEqual(["ollama/qwen3:8b"]);
  });

  test("that is a model or an alias is just that, also where it is smaller", () => {
    expect(targets(SONNET, ["haiku", "gpt-4o", "openai/gpt-6-luna", "ollama/qwen3:8b", "phi:latest"])).toEqual([
      "anthropic/claude-haiku-5-5",
      "openai/gpt-4o",
      "openai/gpt-6-luna",
      "ollama/qwen3:8b",
      "ollama/phi:latest",
    ]);
    expect(targets(SONNET, ["grok/grok-4.6", "local/phi"])).toEqual(["xai/grok-4.6", "ollama/phi:latest"]);
  });

  test("that gives what stands there already gives nothing more", () => {
    expect(targets(SONNET, ["claude", "gpt", "openai", "gpt-6.1-sol", "chain"])).toEqual([
      "openai/gpt-6.1-sol",
      "ollama/qwen3-coder:30b",
    ]);
  });

  test("whose provider is not set up is passed over and told", () => {
    const available: AvailableProvider[] = [{ name: "openai", why: "" }];
    expect(fallbackTargets(GROK, ["gemini", "openai", "haiku"], { catalog: CATALOG, available })).toEqual({
      targets: [GROK, { provider: "openai", model: "gpt-6.1-sol" }],
      passedOver: [
        { name: "gemini", why: "google is not set up" },
        { name: "haiku", why: "anthropic is not set up" },
      ],
    });
  });

  test("for a provider with weaker models only is passed over, with the name that would allow it", () => {
    const available: AvailableProvider[] = [{ ...OLLAMA, models: ["qwen3:8b"] }];
    expect(fallbackTargets(SONNET, ["local"], { catalog: CATALOG, available })).toEqual({
      targets: [SONNET],
      passedOver: [
        {
          name: "local",
          why: "its qwen3:8b is weaker than what was asked for; ollama/qwen3:8b allows it by name",
        },
      ],
    });
    expect(targets(SONNET, ["ollama/qwen3:8b"], available)).toEqual(["ollama/qwen3:8b"]);
  });

  test("for an address whose models nobody knows is passed over until a model is named", () => {
    const available: AvailableProvider[] = [{ name: "openai-compatible", why: "", baseUrl: "http://127.0.0.1:9" }];
    expect(fallbackTargets(SONNET, ["compatible"], { catalog: CATALOG, available }).passedOver).toEqual([
      { name: "compatible", why: "which of its models is meant is not known; name one: openai-compatible/MODEL" },
    ]);
    expect(targets(SONNET, ["compatible/mistral-large"], available)).toEqual(["openai-compatible/mistral-large"]);
  });

  test("for a local model that is not pulled is passed over", () => {
    expect(fallbackTargets(SONNET, ["ollama/llama9"], { catalog: CATALOG, available: EVERYBODY }).passedOver).toEqual([
      { name: "ollama/llama9", why: "ollama does not have it; it has qwen3:8b, qwen3-coder:30b, phi:latest" },
    ]);
  });

  test("that nobody knows is an error that says what is near", () => {
    expect(refusal("gemni")).toContain('fallback "gemni" is no provider, model or alias. Did you mean gemini');
    expect(refusal("claud-sonet-5-5")).toContain("Did you mean claude-sonnet-5-5");
    expect(refusal("")).toContain('fallback ""');
  });
});

test("CLAUDE_MODEL and GROK_MODEL say which big model their provider means, never for a weaker one", () => {
  const facts = { catalog: CATALOG, available: EVERYBODY };
  const opus = { ...facts, providerModels: { anthropic: "claude-opus-5-5" } };
  expect(fallbackTargets(GROK, ["claude"], opus).targets[1]).toEqual({
    provider: "anthropic",
    model: "claude-opus-5-5",
  });
  const haiku = { ...facts, providerModels: { anthropic: "haiku" } };
  expect(fallbackTargets(GROK, ["claude"], haiku).targets[1]).toEqual(SONNET);
});

describe("preferring Grok", () => {
  const facts = { catalog: CATALOG, available: EVERYBODY };
  const names = (first: { provider: string; model: string }, wish: readonly string[], own = facts) =>
    chainOf(first, { names: wish, preferGrok: true }, own).targets.map(({ provider, model }) => `${provider}/${model}`);

  test("asks its model of the same tier, then who was asked for, then the fallbacks", () => {
    expect(names(SONNET, ["gpt"])).toEqual(["xai/grok-4.7", "anthropic/claude-sonnet-5-5", "openai/gpt-6.1-sol"]);
    expect(names(HAIKU, [])).toEqual(["xai/grok-build-0.1", "anthropic/claude-haiku-5-5"]);
  });

  test("asks Grok once where it is asked for, or among the fallbacks", () => {
    expect(names(GROK, ["claude"])).toEqual(["xai/grok-4.7", "anthropic/claude-sonnet-5-5"]);
    expect(names(SONNET, ["grok", "gpt"])).toEqual([
      "xai/grok-4.7",
      "anthropic/claude-sonnet-5-5",
      "openai/gpt-6.1-sol",
    ]);
  });

  test("leaves it out where xAI is not set up, and says so", () => {
    const chain = chainOf(SONNET, { names: [], preferGrok: true }, { ...facts, available: [OLLAMA] });
    expect(chain).toEqual({ targets: [SONNET], passedOver: [{ name: "grok", why: "xai is not set up" }] });
  });
});

describe("a map of lists", () => {
  const lists = { claude: ["gpt"], haiku: ["local"], "xai/grok-4.6": ["gemini"], "*": ["chain"] };

  test("holds by the exact model first, then by the provider, then for all", () => {
    expect(wishFor(HAIKU, lists, CATALOG)).toEqual(["local"]);
    expect(wishFor(SONNET, lists, CATALOG)).toEqual(["gpt"]);
    expect(wishFor({ provider: "xai", model: "grok-4.6" }, lists, CATALOG)).toEqual(["gemini"]);
    expect(wishFor(GROK, lists, CATALOG)).toEqual(["chain"]);
  });

  test("holds for nobody whom no key names", () => {
    expect(wishFor(GROK, { claude: ["gpt"] }, CATALOG)).toEqual([]);
  });
});
