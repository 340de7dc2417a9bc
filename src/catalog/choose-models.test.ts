import { describe, expect, test } from "vitest";
import { isAllotError } from "../foundation/errors.ts";
import { chooseModels } from "./choose-models.ts";
import type { AvailableProvider, ModelWishes } from "./choose-models.ts";
import { openCatalog } from "./open-catalog.ts";

const catalog = openCatalog({ asOf: Date.parse("2026-11-21T12:00:00Z") });

const ANTHROPIC: AvailableProvider = { name: "anthropic", why: "ANTHROPIC_API_KEY is set" };
const OPENAI: AvailableProvider = { name: "openai", why: "OPENAI_API_KEY is set" };
const XAI: AvailableProvider = { name: "xai", why: "XAI_API_KEY is set" };
const OLLAMA: AvailableProvider = {
  name: "ollama",
  why: "Ollama answers at http://127.0.0.1:11434",
  models: ["llama3.2:3b", "qwen3-coder:30b", "qwen3:8b"],
};
const COMPATIBLE: AvailableProvider = { name: "openai-compatible", why: "OPENAI_COMPATIBLE_BASE_URL is set" };

function chosen(available: readonly AvailableProvider[], wishes: ModelWishes = {}): string {
  const { big, small } = chooseModels(catalog, available, wishes);
  return `${big.provider}/${big.id} + ${small.provider}/${small.id}`;
}

function refusal(available: readonly AvailableProvider[], wishes: ModelWishes): string {
  try {
    return chosen(available, wishes);
  } catch (error) {
    if (isAllotError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
}

describe("big and small", () => {
  test("come from the one provider that is there", () => {
    expect(chosen([ANTHROPIC])).toBe("anthropic/claude-sonnet-5-5 + anthropic/claude-haiku-5-5");
    expect(chosen([OPENAI])).toBe("openai/gpt-6.1-sol + openai/gpt-6-luna");
    expect(chosen([XAI])).toBe("xai/grok-4.7 + xai/grok-build-0.1");
  });

  test("come from the first of several by preference, whatever order they are found in", () => {
    expect(chosen([OLLAMA, XAI, OPENAI, ANTHROPIC])).toBe("anthropic/claude-sonnet-5-5 + anthropic/claude-haiku-5-5");
    expect(chosen([OLLAMA, OPENAI])).toBe("openai/gpt-6.1-sol + openai/gpt-6-luna");
  });

  test("follow LLM_DEFAULT_PROVIDER", () => {
    expect(chosen([ANTHROPIC, OLLAMA], { provider: "ollama" })).toBe("ollama/qwen3-coder:30b + ollama/qwen3:8b");
    expect(chosen([ANTHROPIC], { provider: "offline" })).toBe("offline/offline + offline/offline");
  });

  test("of a local Ollama are its largest, and its smallest of at least 7 billion parameters", () => {
    expect(chosen([OLLAMA])).toBe("ollama/qwen3-coder:30b + ollama/qwen3:8b");
    expect(chosen([{ ...OLLAMA, models: ["llama3.2:3b"] }])).toBe("ollama/llama3.2:3b + ollama/llama3.2:3b");
  });

  test("are offline when nothing is there, with the reason", () => {
    const { big, small, why } = chooseModels(catalog, []);
    expect([big.provider, big.tier, small.tier, why]).toEqual([
      "offline",
      "big",
      "small",
      "offline: no key in the environment and no local Ollama",
    ]);
    expect(chosen([{ ...OLLAMA, models: [] }])).toBe("offline/offline + offline/offline");
  });

  test("are offline when that is asked for, even with keys", () => {
    expect(chosen([ANTHROPIC], { offline: true, big: "opus" })).toBe("offline/offline + offline/offline");
  });

  test("can be named, each by itself; the other follows the named one's provider", () => {
    expect(chosen([ANTHROPIC, OPENAI], { big: "opus" })).toBe("anthropic/claude-opus-5-5 + anthropic/claude-haiku-5-5");
    expect(chosen([ANTHROPIC, OPENAI], { big: "gpt-5" })).toBe("openai/gpt-5 + openai/gpt-6-luna");
    expect(chosen([ANTHROPIC, OPENAI], { big: "opus", small: "gpt-4o-mini" })).toBe(
      "anthropic/claude-opus-5-5 + openai/gpt-4o-mini",
    );
    expect(chosen([OLLAMA, ANTHROPIC], { small: "qwen3:8b" })).toBe("ollama/qwen3-coder:30b + ollama/qwen3:8b");
  });

  test("follow CLAUDE_MODEL and GROK_MODEL for their own provider only", () => {
    const providerModels = { anthropic: "claude-sonnet-4-5-20250929", xai: "grok-beta" };
    expect(chosen([ANTHROPIC], { providerModels })).toBe(
      "anthropic/claude-sonnet-4-5-20250929 + anthropic/claude-haiku-5-5",
    );
    expect(chosen([XAI], { providerModels })).toBe("xai/grok-4.7 + xai/grok-build-0.1");
    expect(chosen([OPENAI], { providerModels })).toBe("openai/gpt-6.1-sol + openai/gpt-6-luna");
  });

  test("are both cheap when CLAUDE_MODEL is, as a budget session wants", () => {
    expect(chosen([ANTHROPIC], { providerModels: { anthropic: "claude-3-5-haiku-20241022" } })).toBe(
      "anthropic/claude-3-5-haiku-20241022 + anthropic/claude-3-5-haiku-20241022",
    );
  });

  test("accept any name for GROK_MODEL", () => {
    expect(chosen([XAI], { providerModels: { xai: "grok-99-unheard-of" } })).toBe(
      "xai/grok-99-unheard-of + xai/grok-build-0.1",
    );
  });

  test("of an endpoint without known models are the one that is named", () => {
    expect(chosen([COMPATIBLE], { big: "my-model" })).toBe("openai-compatible/my-model + openai-compatible/my-model");
  });

  test("pass over an endpoint whose models nobody named", () => {
    expect(chosen([COMPATIBLE, OLLAMA])).toBe("ollama/qwen3-coder:30b + ollama/qwen3:8b");
  });
});

describe("a wish that cannot be met is refused with what is missing", () => {
  test.each<[string, readonly AvailableProvider[], ModelWishes, string]>([
    [
      "a model without its key",
      [OPENAI],
      { big: "sonnet" },
      'provider-not-configured: model "sonnet" is served by anthropic, which is not set up: set ANTHROPIC_API_KEY',
    ],
    [
      "a provider without its key",
      [OPENAI],
      { provider: "xai" },
      "provider-not-configured: the default provider is xai, which is not set up: set XAI_API_KEY",
    ],
    [
      "an endpoint without a model",
      [COMPATIBLE],
      { provider: "openai-compatible" },
      "provider-not-configured: openai-compatible has no model to choose by itself: name one with --big and --small",
    ],
  ])("for %s", (_what, available, wishes, message) => {
    expect(refusal(available, wishes)).toBe(message);
  });

  test("for a name that could be anybody's", () => {
    expect(refusal([OPENAI, ANTHROPIC], { big: "sonet" })).toMatch(
      /^unknown-model: model "sonet" is not in the catalogue\. Did you mean sonnet/,
    );
  });
});
