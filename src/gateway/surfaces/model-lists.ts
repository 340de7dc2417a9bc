import type { AvailableProvider } from "../../catalog/choose-models.ts";
import type { Catalog, CatalogModel } from "../../catalog/catalog.ts";
import type { KeyFacts } from "../keys/keys.ts";
import type { Route } from "./routes.ts";
import { AUTO } from "../paid/targets.ts";
import { mayUse } from "../clients/wishes.ts";

/** One model as lists tell it. */
interface Listed {
  readonly id: string;
  readonly label: string;
  readonly provider: string;
  readonly model: CatalogModel | undefined;
}

/** Where a list has to say when a model was made, and nobody knows. */
const SOME_DAY = "2025-01-01T00:00:00Z";

/**
 * The models that a client may ask for, in the shape that it wants: those of providers that are set up, and `allot/auto`. Pure. undefined
 * for one that is not among them.
 */
export function modelList(
  route: Extract<Route, { kind: "models" }>,
  shape: "anthropic" | "openai" | "gemini" | "ollama" | "codex",
  models: readonly Listed[],
): unknown {
  if (route.model !== undefined) {
    const found = models.find(({ id }) => id === route.model);
    return found === undefined ? undefined : one(shape, found);
  }
  const all = models.map((model) => one(shape, model));
  switch (shape) {
    case "anthropic":
      return { data: all, has_more: false, first_id: models[0]?.id ?? null, last_id: models.at(-1)?.id ?? null };
    case "openai":
      return { object: "list", data: all };
    default:
      return { models: all };
  }
}

function one(
  shape: "anthropic" | "openai" | "gemini" | "ollama" | "codex",
  { id, label, provider, model }: Listed,
): unknown {
  const window = model?.contextWindow ?? 200_000;
  switch (shape) {
    case "anthropic":
      return { type: "model", id, display_name: label, created_at: SOME_DAY };
    case "openai":
      return { id, object: "model", created: Date.parse(SOME_DAY) / 1000, owned_by: provider };
    case "gemini":
      return {
        name: `models/${id}`,
        baseModelId: id,
        version: "1",
        displayName: label,
        inputTokenLimit: window,
        outputTokenLimit: model?.maxOutputTokens ?? 8192,
        supportedGenerationMethods: ["generateContent", "streamGenerateContent", "countTokens"],
      };
    case "ollama":
      return { name: id, model: id, modified_at: SOME_DAY, size: 0, digest: "", details: { family: provider } };
    case "codex":
      return codexModel(id, label, window);
  }
}

/** As Codex's own catalogue describes a model; what it does not need is left out. */
function codexModel(slug: string, label: string, window: number): unknown {
  return {
    slug,
    display_name: label,
    description: `${label}, through allot`,
    default_reasoning_level: "medium",
    supported_reasoning_levels: ["low", "medium", "high"].map((effort) => ({ effort, description: effort })),
    shell_type: "shell_command",
    visibility: "list",
    minimal_client_version: "0.1.0",
    supported_in_api: true,
    priority: 0,
    upgrade: null,
    base_instructions: "",
    supports_reasoning_summaries: true,
    support_verbosity: false,
    default_verbosity: null,
    apply_patch_tool_type: "freeform",
    truncation_policy: { mode: "tokens", limit: 10_000 },
    supports_parallel_tool_calls: true,
    context_window: window,
    experimental_supported_tools: [],
  };
}

/** What a key's clients may ask for. */
export function listedModels(
  catalog: Catalog,
  available: readonly AvailableProvider[],
  key: KeyFacts,
): readonly Listed[] {
  const found = new Map<string, Listed>();
  for (const { name, models = [] } of available) {
    for (const model of catalog.list({ provider: name })) {
      if (!found.has(model.id)) found.set(model.id, { id: model.id, label: model.label, provider: name, model });
    }
    for (const id of models) if (!found.has(id)) found.set(id, { id, label: id, provider: name, model: undefined });
  }
  found.set(AUTO, { id: AUTO, label: "allot chooses by the task", provider: "allot", model: undefined });
  return [...found.values()].filter(({ id, provider }) => mayUse(key, [id, `${provider}/${id}`]));
}
