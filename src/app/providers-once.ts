import type { Config, ProviderId } from "../config/config.ts";
import { systemClock } from "../foundation/clock.ts";
import type { Provider, ProviderName } from "../providers/provider.ts";

/** Each provider is loaded when its first call comes: their libraries take longer than all else. */
export function providersOnce(config: Config): (name: ProviderName) => Promise<Provider> {
  const open = new Map<ProviderName, Promise<Provider>>();
  const load = async (name: ProviderName): Promise<Provider> => {
    const { openProvider } = await import("../providers/providers.ts");
    const own = config.providers[name as ProviderId] as Config["providers"][ProviderId] | undefined;
    return openProvider(name, {
      ...(own?.apiKey === null || own === undefined ? {} : { apiKey: own.apiKey.reveal() }),
      ...(own?.baseUrl === null || own === undefined ? {} : { baseUrl: own.baseUrl }),
    });
  };
  return (name) => {
    const known = open.get(name) ?? load(name);
    open.set(name, known);
    return known;
  };
}

/** Whether a local server runs is asked at most so often. */
const REMEMBERED_MS = 10_000;

/** An answer that is asked for anew only after a while. */
export function remembered<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: { readonly at: number; readonly value: Promise<T> } | undefined;
  return () => {
    const now = systemClock.now();
    if (answer === undefined || now - answer.at > REMEMBERED_MS) answer = { at: now, value: ask() };
    return answer.value;
  };
}
