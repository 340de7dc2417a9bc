import type { Config, ProviderId } from "../../config/config.ts";
import { AllotError } from "../../foundation/errors.ts";
import { randomLetters } from "../../foundation/ids.ts";
import { baseUrlAt, PROVIDER_ADDRESSES } from "../../providers/addresses.ts";
import type { FaultContext } from "../../providers/faults.ts";
import type { ProviderName } from "../../providers/provider.ts";
import type { PaidRoute } from "../surfaces/routes.ts";

/** Where a provider is asked, and as whom. */
export interface Upstream {
  readonly name: ProviderName;
  /** "http://127.0.0.1:9000" */
  readonly origin: string;
  /** "/v1" */
  readonly basePath: string;
  /** Headers by which allot names itself; none where no key is set. */
  readonly credentials: readonly string[];
  readonly context: FaultContext;
}

export type Upstreams = Readonly<Partial<Record<ProviderName, Upstream>>>;

/**
 * The providers that a gateway may ask: those with a key or an address; Ollama always, at its usual place. Throws
 * `config-invalid` for an address that is none.
 */
export function upstreamsOf(config: Config): Upstreams {
  const found: Partial<Record<ProviderName, Upstream>> = {};
  for (const [id, settings] of Object.entries(config.providers) as [ProviderId, Config["providers"][ProviderId]][]) {
    const isSet = settings.apiKey !== null || settings.baseUrl !== null || id === "ollama";
    if (!isSet || (id === "openai-compatible" && settings.baseUrl === null)) continue;
    const url = new URL(baseUrlAt(id, settings.baseUrl ?? ""));
    const key = settings.apiKey?.reveal();
    const { label, keyVariables } = PROVIDER_ADDRESSES[id];
    found[id] = {
      name: id,
      origin: url.origin,
      basePath: url.pathname.replace(/\/+$/, ""),
      credentials: key === undefined ? [] : credentialsOf(id, key),
      context: { label, keyVariable: keyVariables[0] ?? "", secrets: key === undefined ? [] : [key] },
    };
  }
  return found;
}

function credentialsOf(id: ProviderId, key: string): readonly string[] {
  if (id === "anthropic") return ["x-api-key", key];
  return id === "google" ? ["x-goog-api-key", key] : ["authorization", `Bearer ${key}`];
}

/** Never passed on: they belong to the connection, to allot, or name the client to us and not to the provider. */
const NOT_PASSED = new Set([
  "host",
  "connection",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "content-length",
  "accept-encoding",
  "cookie",
  "origin",
  "referer",
]);

const KEY_HEADERS = new Set(["authorization", "x-api-key", "x-goog-api-key", "api-key"]);

/**
 * The client's headers as the provider gets them, names and values in turn: all that it sent, but for those of the connection and
 * allot's own. The client's key goes on only where it came beside allot's (`ownKey`), and allot has none itself. Pure.
 */
export function passedHeaders(raw: readonly string[], { credentials }: Upstream, ownKey: boolean): string[] {
  const passed: string[] = [];
  let hops = "";
  const keepsKey = ownKey && credentials.length === 0;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = "", value = ""] = [raw[at], raw[at + 1]];
    const lower = name.toLowerCase();
    if (lower === HOP) hops = `${value},`;
    if (NOT_PASSED.has(lower) || lower.startsWith("x-allot-")) continue;
    if (KEY_HEADERS.has(lower) && !keepsKey) continue;
    passed.push(name, value);
  }
  passed.push("accept-encoding", "identity", HOP, `${hops}${OWN_HOP}`, ...credentials);
  return passed;
}

/** The gateways that a request has been through: one that finds itself there stands in a circle. */
export const HOP = "x-allot-hop";

/** This gateway's name among them. */
const OWN_HOP = randomLetters(12);

/** Has the request been through this gateway, or through more than anybody wants? Pure. */
export function goesInCircles(hops: string | string[] | undefined): boolean {
  const passed = String(hops ?? "").split(",");
  return passed.includes(OWN_HOP) || passed.length > 5;
}

/** The path at the provider, query included, without the key that some clients write into it. Pure. */
export function upstreamPath({ basePath, name }: Upstream, route: PaidRoute, model: string, query: string): string {
  const rest = query === "" ? "" : `?${query}`;
  if (name !== "google") return `${basePath}${route.path}${rest}`;
  const [, version = "", manner = ""] = /^\/(v1(?:beta|alpha)?)\/models\/[^:]+:(\w+)$/.exec(route.path) ?? [];
  const base = version === "" ? basePath : basePath.replace(/\/v1(beta|alpha)?$/, `/${version}`);
  const parameters = new URLSearchParams(query);
  parameters.delete("key");
  const kept = parameters.size === 0 ? "" : `?${parameters.toString()}`;
  return `${base}/models/${encodeURIComponent(model)}:${manner}${kept}`;
}

/** The upstream of a provider. Throws `provider-not-configured`. */
export function upstreamOf(upstreams: Upstreams, name: ProviderName): Upstream {
  const found = upstreams[name];
  if (found !== undefined) return found;
  const { label, keyVariables } = PROVIDER_ADDRESSES[name];
  throw new AllotError(
    "provider-not-configured",
    `${label} is not set up; set ${keyVariables[0] ?? "its address"} or --upstream ${name}=URL`,
  );
}
