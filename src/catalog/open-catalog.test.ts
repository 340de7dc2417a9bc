import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAllotError } from "../foundation/errors.ts";
import { BASE_VERSION } from "./base-list.ts";
import type { ModelPrice } from "./catalog.ts";
import { openCatalog } from "./open-catalog.ts";
import type { CatalogOptions } from "./open-catalog.ts";
import { PROVIDER_RULES } from "./overlay.ts";

const NOV_2026 = Date.parse("2026-11-21T12:00:00Z");
const catalog = openCatalog({ asOf: NOV_2026 });
const open = (options: Partial<CatalogOptions>) => openCatalog({ asOf: NOV_2026, ...options });

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isAllotError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "accepted";
}

/** Dollars per million tokens, as price pages print them. */
function dollars(price: ModelPrice | null | undefined): Record<string, number> | null {
  if (price === null || price === undefined) return null;
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h, reasoning } = price;
  const rates = { input, output, cacheRead, cacheWrite5m, cacheWrite1h, reasoning };
  return Object.fromEntries(Object.entries(rates).map(([key, rate]) => [key, rate / 1e9]));
}

describe("a name", () => {
  test.each([
    ["haiku", "anthropic", "claude-haiku-5-5"],
    ["sonnet", "anthropic", "claude-sonnet-5-5"],
    ["opus", "anthropic", "claude-opus-5-5"],
    ["sonnet-4-5", "anthropic", "claude-sonnet-4-5"],
    ["claude-haiku", "anthropic", "claude-haiku-5-5"],
    ["gpt-4o", "openai", "gpt-4o"],
    ["gpt-4o-mini", "openai", "gpt-4o-mini"],
    ["grok-beta", "xai", "grok-4.7"],
    ["grok", "xai", "grok-4.7"],
    ["gemini", "google", "gemini-3.1-pro-preview"],
    ["gemini-flash", "google", "gemini-3.8-flash"],
  ])("%s is short for %s's %s", (alias, provider, id) => {
    expect(catalog.resolve(alias)).toMatchObject({ provider, id });
  });

  test.each([
    ["Claude 3.5 Haiku", "claude-3-5-haiku-latest"],
    ["Claude Sonnet 4.5", "claude-sonnet-4-5"],
    ["GPT-4o-mini", "gpt-4o-mini"],
    ["GPT-4", "gpt-4"],
    ["Gemini 3.8 Flash", "gemini-3.8-flash"],
    ["claude-4.5-haiku", "claude-haiku-4-5"],
    ["models/gemini-2.5-flash", "gemini-2.5-flash"],
  ])("as people write it, %s, becomes the provider's %s", (written, id) => {
    expect(catalog.resolve(written).id).toBe(id);
  });

  test.each([
    ["claude-sonnet-4-5-20250929", "Claude Sonnet 4.5"],
    ["claude-3-5-haiku-20241022", "Claude Haiku 3.5"],
    ["claude-sonnet-5-5-20260901", "Claude Sonnet 5.5"],
    ["gpt-4o-2024-08-06", "GPT-4o"],
    ["gpt-5-codex", "GPT-5"],
    ["grok-4", "Grok 4"],
  ])("that is a provider's own, %s, is sent as it is and priced as %s", (name, label) => {
    expect(catalog.resolve(name)).toMatchObject({ id: name, label });
    expect(catalog.resolve(name).price).not.toBeNull();
  });

  test("with its provider in front names both", () => {
    expect(catalog.resolve("anthropic/claude-opus-5-5")).toMatchObject({
      provider: "anthropic",
      id: "claude-opus-5-5",
    });
    expect(catalog.resolve("ollama/qwen3-coder:30b")).toMatchObject({ provider: "ollama", id: "qwen3-coder:30b" });
  });

  test("with a slash of its own stays whole for a provider that was named", () => {
    const model = catalog.resolve("anthropic/claude-sonnet-4.5", { provider: "openai-compatible" });
    expect(model).toMatchObject({ id: "anthropic/claude-sonnet-4.5", provider: "openai-compatible", price: null });
  });

  test("that nobody knows is refused with the closest ones", () => {
    expect(refusal(() => catalog.resolve("sonet-4-5"))).toBe(
      'unknown-model: model "sonet-4-5" is not in the catalogue. Did you mean sonnet-4-5, sonnet-3-5 or sonnet-4-6? ' +
        "Any name works with its provider in front: ollama/sonet-4-5.",
    );
    expect(catalog.find("sonet-4-5")).toBeUndefined();
  });

  test("of any spelling never breaks a look-up", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const model = catalog.find(name);
        expect(model === undefined || model.id !== "").toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a price", () => {
  test("of Anthropic has cache writes at 1.25 times input for five minutes and twice for an hour", () => {
    expect(dollars(catalog.resolve("sonnet-4-5").price)).toEqual({
      input: 3,
      output: 15,
      cacheRead: 0.3,
      cacheWrite5m: 3.75,
      cacheWrite1h: 6,
      reasoning: 15,
    });
    expect(dollars(catalog.resolve("sonnet").price)).toEqual({
      input: 2,
      output: 10,
      cacheRead: 0.1,
      cacheWrite5m: 2.5,
      cacheWrite1h: 4,
      reasoning: 10,
    });
  });

  test("changes above the long-context threshold, for the whole call", () => {
    const tiers = catalog.resolve("sonnet-4-5").price?.longContext;
    expect(
      tiers?.map(({ aboveInputTokens, ...rates }) => [aboveInputTokens, rates.input, rates.output, rates.cacheRead]),
    ).toEqual([[200_000, 6_000_000_000, 22_500_000_000, 600_000_000]]);
  });

  test("is the one of its day", () => {
    const luna = (day: string) => catalog.resolve("gpt-5.6-luna", { at: Date.parse(day) }).price;
    expect([dollars(luna("2026-07-29"))?.["input"], luna("2026-07-29")?.from]).toEqual([1, ""]);
    expect([dollars(luna("2026-07-30"))?.["input"], luna("2026-07-30")?.from]).toEqual([0.2, "2026-07-30"]);
    expect(openCatalog({ asOf: Date.parse("2027-02-01") }).resolve("gemini-3.8-flash").price?.input).toBe(
      1_500_000_000,
    );
    expect(catalog.resolve("gemini-3.8-flash").price?.input).toBe(750_000_000);
  });

  test("of a model newer than the bundled list has its dates and thresholds too", () => {
    const sonnet = (day: string) => catalog.resolve("sonnet", { at: Date.parse(day) }).price;
    expect([dollars(sonnet("2026-10-06"))?.["cacheRead"], sonnet("2026-10-06")?.from]).toEqual([0.2, "2026-09-28"]);
    expect([dollars(sonnet("2026-10-07"))?.["cacheRead"], sonnet("2026-10-07")?.from]).toEqual([0.1, "2026-10-07"]);
    const haiku = catalog.resolve("haiku").price;
    expect(dollars(haiku)).toEqual({
      input: 0.1,
      output: 0.5,
      cacheRead: 0.01,
      cacheWrite5m: 0.125,
      cacheWrite1h: 0.2,
      reasoning: 0.5,
    });
    expect(haiku?.longContext).toEqual([
      {
        aboveInputTokens: 100_000,
        input: 500_000_000,
        output: 2_500_000_000,
        cacheRead: 50_000_000,
        cacheWrite5m: 625_000_000,
        cacheWrite1h: 1_000_000_000,
        reasoning: 2_500_000_000,
      },
    ]);
  });

  test("is half for batches, and has the published factor for priority", () => {
    const factors = ["sonnet-4-5", "gpt-4o", "gpt-6-sol", "gemini-3.8-flash", "grok"].map((name) => {
      const price = catalog.resolve(name).price;
      return [price?.batchPermille, price?.priorityPermille];
    });
    expect(factors).toEqual([
      [500, 1000],
      [500, 1700],
      [500, 2000],
      [500, 1800],
      [800, 1000],
    ]);
  });

  test("names the list it comes from", () => {
    expect(catalog.resolve("opus").price?.version).toBe("genai-prices@0.1.8+overlay-2026-11");
    expect(catalog.resolve("sonnet").price?.version).toBe("overlay-2026-11");
    expect(open({ priceList: "seeds-2025-10" }).resolve("gpt-4o").price).toMatchObject({
      version: "seeds-2025-10",
      from: "2025-10-01",
    });
  });

  test("of the bundled list is of the version that is installed", () => {
    const installed = join(import.meta.dirname, "../../node_modules/@pydantic/genai-prices/package.json");
    const { version } = JSON.parse(readFileSync(installed, "utf8")) as { version: string };
    expect(BASE_VERSION).toBe(`genai-prices@${version}`);
  });

  test("that is not known is null, never nothing", () => {
    expect(catalog.resolve("some-new-model", { provider: "openai" }).price).toBeNull();
    expect(catalog.resolve("gemma-3-27b-it", { provider: "google" }).price).toBeNull();
    expect(catalog.resolve("my-model", { provider: "openai-compatible" }).price).toBeNull();
  });

  test("is zero on the user's own machine only", () => {
    for (const name of ["ollama/qwen3:8b", "offline"]) {
      expect(dollars(catalog.resolve(name).price)).toEqual({
        input: 0,
        output: 0,
        cacheRead: 0,
        cacheWrite5m: 0,
        cacheWrite1h: 0,
        reasoning: 0,
      });
    }
    const free = catalog.list().filter(({ price }) => price?.input === 0 || price?.output === 0);
    expect(free).toEqual([]);
  });

  test("of an address that the base list knows is found there", () => {
    const model = catalog.resolve("deepseek-chat", {
      provider: "openai-compatible",
      baseUrl: "https://api.deepseek.com/v1",
    });
    expect(model.price?.version).toBe("genai-prices@0.1.8");
    expect(model.price?.input).toBeGreaterThan(0);
    expect(
      catalog.resolve("deepseek-chat", { provider: "openai-compatible", baseUrl: "http://127.0.0.1:1" }).price,
    ).toBeNull();
  });

  test("never has an hour of cache below five minutes, nor a cache read above input", () => {
    const odd = catalog.list().filter(({ price }) => {
      if (price === null) return false;
      return price.cacheWrite1h < price.cacheWrite5m || price.cacheRead > price.input;
    });
    expect(odd.map(({ id }) => id)).toEqual([]);
  });
});

describe("the dearest rates", () => {
  test("are each the highest of the provider, long context and priority included", () => {
    const dearest = catalog.dearest("anthropic");
    expect(dollars(dearest)).toMatchObject({ input: 15, output: 75, cacheWrite1h: 30 });
    for (const { price } of catalog.list({ provider: "anthropic" })) {
      for (const rates of [price, ...(price?.longContext ?? [])]) {
        expect(rates?.input ?? 0).toBeLessThanOrEqual(dearest.input);
        expect(rates?.output ?? 0).toBeLessThanOrEqual(dearest.output);
      }
    }
  });

  test("of a provider without a list are the highest of all", () => {
    expect(catalog.dearest("openai-compatible")).toEqual(catalog.dearest());
    expect(catalog.dearest().output).toBeGreaterThanOrEqual(catalog.dearest("openai").output);
  });
});

describe("the list", () => {
  test("holds text models of the four providers only", () => {
    const models = catalog.list();
    expect([...new Set(models.map(({ provider }) => provider))]).toEqual(["anthropic", "openai", "google", "xai"]);
    expect(models.filter(({ id }) => /tts|embedding|whisper|image|audio/.test(id))).toEqual([]);
    expect(models.length).toBeGreaterThan(80);
  });

  test("can be narrowed to a provider and a tier", () => {
    const ids = catalog.list({ provider: "anthropic", tier: "small" }).map(({ id }) => id);
    expect(ids).toEqual(["claude-haiku-4-5", "claude-3-5-haiku-latest", "claude-3-haiku", "claude-haiku-5-5"]);
  });

  test("has every default, with its price, in its tier", () => {
    for (const { provider } of PROVIDER_RULES) {
      for (const tier of ["big", "small"] as const) {
        const model = catalog.defaultModel(provider, tier);
        expect(model).toMatchObject({ provider, tier });
        expect(model?.price).not.toBeNull();
      }
    }
    expect(catalog.defaultModel("ollama", "big")).toBeUndefined();
  });

  test("gives no alias to two models", () => {
    const aliases = catalog.list().flatMap((model) => model.aliases);
    expect(aliases.filter((alias, index) => aliases.indexOf(alias) !== index)).toEqual([]);
  });
});

describe("the user's own figures", () => {
  test("win over the lists, and what is not restated keeps its proportion", () => {
    const own = open({ overrides: { "sonnet-4-5": { input: 1.5 } } });
    const price = own.resolve("claude-sonnet-4-5-20250929").price;
    expect(dollars(price)).toEqual({
      input: 1.5,
      output: 15,
      cacheRead: 0.15,
      cacheWrite5m: 1.875,
      cacheWrite1h: 3,
      reasoning: 15,
    });
    expect(price?.longContext[0]?.input).toBe(3_000_000_000);
    expect(price?.version).toBe("user");
    expect(own.resolve("opus").price?.version).toBe("genai-prices@0.1.8+overlay-2026-11");
  });

  test("may name a model of one's own, with aliases", () => {
    const own = open({
      overrides: {
        "our-coder": {
          provider: "openai-compatible",
          tier: "small",
          aliases: ["coder"],
          contextWindow: 8192,
          input: 0.2,
          output: 0.6,
        },
      },
    });
    expect(own.resolve("coder")).toMatchObject({
      id: "our-coder",
      provider: "openai-compatible",
      tier: "small",
      contextWindow: 8192,
    });
    expect(dollars(own.resolve("our-coder").price)).toMatchObject({ input: 0.2, output: 0.6, cacheWrite1h: 0.2 });
    expect(own.list({ provider: "openai-compatible" }).map(({ id }) => id)).toEqual(["our-coder"]);
  });

  test("may change a tier without touching the price", () => {
    const model = open({ overrides: { haiku: { tier: "big" } } }).resolve("haiku");
    expect(model).toMatchObject({ id: "claude-haiku-5-5", tier: "big" });
    expect(model.price).toEqual(catalog.resolve("haiku").price);
  });

  test("are refused where they leave the price open", () => {
    const half = { overrides: { mine: { provider: "openai-compatible", input: 1 } } };
    expect(refusal(() => open(half))).toBe(
      'config-invalid: models.mine has no known price: it also needs "output" (dollars per million tokens)',
    );
    expect(refusal(() => open({ overrides: { mine: { input: 1, output: 2 } } }))).toBe(
      'config-invalid: models.mine is not in the catalogue, so it needs a "provider"; one of anthropic, openai, google, xai, openai-compatible, ollama, offline',
    );
  });

  test("price long contexts and services", () => {
    const price = open({
      overrides: {
        mine: {
          provider: "openai-compatible",
          input: 1,
          output: 2,
          batch: 0.5,
          priority: 1.5,
          longContext: [{ aboveInputTokens: 100_000, input: 2, output: 4 }],
        },
      },
    }).resolve("mine").price;
    expect(price).toMatchObject({ batchPermille: 500, priorityPermille: 1500 });
    expect(price?.longContext[0]).toMatchObject({
      aboveInputTokens: 100_000,
      input: 2_000_000_000,
      cacheRead: 2_000_000_000,
    });
  });
});

test("a price list that does not exist is refused", () => {
  expect(refusal(() => open({ priceList: "seeds-2024" }))).toBe(
    'config-invalid: price list "seeds-2024" is unknown; known are current, seeds-2025-10',
  );
});
