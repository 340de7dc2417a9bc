/** What a provider answers beside models' answers: token counts and lists of models, in each one's own shape. */
import type { Visit } from "./script.ts";

/** The answer to a question for a token count; undefined where the path asks for none. A quarter token a byte of the body. */
export function countedTokens(path: string, raw: string): object | undefined {
  const tokens = Math.ceil(raw.length / 4);
  if (path.endsWith("/messages/count_tokens")) return { input_tokens: tokens };
  if (/\/models\/[^/]+:countTokens$/.test(path)) return { totalTokens: tokens };
  if (path.endsWith("/responses/input_tokens")) return { object: "response.input_tokens", input_tokens: tokens };
  return undefined;
}

/** The list of models, or one of them, as whoever asks wants it; undefined where the path asks for none. */
export function modelList(visit: Omit<Visit, "status">, models: readonly string[]): object | undefined {
  const { path, query, headers } = visit;
  if (path.endsWith("/api/tags"))
    return { models: models.map((name) => ({ name, model: name, size: 1, details: {} })) };
  if (/\/v1beta\/models$/.test(path) || (path.endsWith("/v1/models") && headers["x-goog-api-key"] !== undefined))
    return { models: models.map(googleModel) };
  if (path.endsWith("/models")) {
    if (/(^|&)client_version=/.test(query)) return { models: models.map(codexModel) };
    if (headers["anthropic-version"] !== undefined || path.includes("/anthropic/")) {
      const data = models.map(anthropicModel);
      return { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null };
    }
    return { object: "list", data: models.map(openaiModel) };
  }
  const one = /\/models\/([^/:]+)$/.exec(path)?.[1];
  const name = models.find((model) => model === decodeURIComponent(one ?? ""));
  if (name === undefined) return undefined;
  if (path.includes("/v1beta/") || headers["x-goog-api-key"] !== undefined) return googleModel(name);
  return headers["anthropic-version"] === undefined ? openaiModel(name) : anthropicModel(name);
}

function openaiModel(id: string): object {
  return { id, object: "model", created: 1_760_000_000, owned_by: "scripted" };
}

function anthropicModel(id: string): object {
  return { id, type: "model", display_name: id, created_at: "2026-01-01T00:00:00Z" };
}

function googleModel(name: string): object {
  return {
    name: `models/${name}`,
    displayName: name,
    supportedGenerationMethods: ["generateContent", "countTokens"],
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
  };
}

/** Codex's own catalogue entry, as short as it accepts. */
function codexModel(slug: string): object {
  return { slug, display_name: slug };
}
