import type { FaultContext } from "./faults.ts";
import type { Provider } from "./provider.ts";

/** Everything a provider's folder is given, in full: address resolved, key and fetch present. */
export interface ProviderConnection {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** "" where none is needed. */
  readonly apiKey: string;
  readonly headers: Record<string, string>;
  readonly fetch: typeof fetch;
  /** OpenAI and xAI: which of their formats; "any": Responses, and chat completions where that is missing. */
  readonly wire: "responses" | "chat" | "any";
  readonly context: FaultContext;
}

/** How a folder opens its provider. Does no network. */
export type OpenProvider = (connection: ProviderConnection) => Provider;
