import type { AvailableProvider } from "../catalog/choose-models.ts";
import type { Config, ProviderId } from "../config/config.ts";

/** Ollama is asked whether it is there; a machine without it answers at once, a stalled one must not hold up a run. */
const OLLAMA_ANSWER_MS = 400;
const OLLAMA_USUAL = "http://127.0.0.1:11434";

/** The providers the user can reach: those with a key, an address of their own, or a local Ollama that answers. */
export async function availableProviders(config: Config): Promise<readonly AvailableProvider[]> {
  const found: AvailableProvider[] = [];
  for (const [name, settings] of Object.entries(config.providers) as [ProviderId, Config["providers"][ProviderId]][]) {
    const address = settings.baseUrl === null ? {} : { baseUrl: settings.baseUrl };
    if (name === "ollama") {
      const models = await ollamaModels(settings.baseUrl ?? OLLAMA_USUAL);
      if (models !== undefined)
        found.push({ name, why: `Ollama answers on ${settings.baseUrl ?? OLLAMA_USUAL}`, ...address, models });
      continue;
    }
    if (name === "openai-compatible") {
      if (settings.baseUrl !== null) found.push({ name, why: `an OpenAI-compatible address is set`, ...address });
      continue;
    }
    if (settings.apiKey !== null) found.push({ name, why: `${settings.keyVariable} is set`, ...address });
    else if (settings.baseUrlOrigin.kind === "flag")
      found.push({ name, why: `--upstream ${name} is given`, ...address });
  }
  return found;
}

/** Names of the models that are pulled; undefined where no Ollama answers. */
async function ollamaModels(baseUrl: string): Promise<readonly string[] | undefined> {
  try {
    const answer = await fetch(new URL("/api/tags", baseUrl), { signal: AbortSignal.timeout(OLLAMA_ANSWER_MS) });
    if (!answer.ok) return undefined;
    const body = (await answer.json()) as { models?: { name?: string }[] };
    return (body.models ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]));
  } catch {
    return undefined;
  }
}
