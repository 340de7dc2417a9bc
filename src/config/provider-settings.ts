import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import type { Config, Origin, ProviderId, ProviderSettings, Settings } from "./config.ts";
import type { OptionName } from "./options.ts";
import { OPTIONS } from "./options.ts";
import { parseValue } from "./parse-value.ts";
import { Secret } from "./secret.ts";

/** One provider's places in the environment and the option table. */
interface ProviderPlaces {
  readonly baseUrl: OptionName;
  /** The first that is set counts. */
  readonly keys: readonly string[];
  /** Other names for it in `--upstream` and ALLOT_UPSTREAM_*. */
  readonly alsoCalled: readonly string[];
}

export const PROVIDER_PLACES: Readonly<Record<ProviderId, ProviderPlaces>> = {
  anthropic: { baseUrl: "anthropicBaseUrl", keys: ["ANTHROPIC_API_KEY"], alsoCalled: ["claude"] },
  openai: { baseUrl: "openaiBaseUrl", keys: ["OPENAI_API_KEY"], alsoCalled: [] },
  xai: { baseUrl: "xaiBaseUrl", keys: ["XAI_API_KEY", "GROK_API_KEY"], alsoCalled: ["x-ai", "grok"] },
  google: {
    baseUrl: "googleBaseUrl",
    keys: ["GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY", "GOOGLE_API_KEY"],
    alsoCalled: ["gemini"],
  },
  ollama: { baseUrl: "ollamaBaseUrl", keys: ["OLLAMA_API_KEY"], alsoCalled: [] },
  "openai-compatible": {
    baseUrl: "openaiCompatibleBaseUrl",
    keys: ["OPENAI_COMPATIBLE_API_KEY"],
    alsoCalled: ["compatible"],
  },
};

const PROVIDER_IDS = Object.keys(PROVIDER_PLACES) as ProviderId[];
const UPSTREAM_PREFIX = "ALLOT_UPSTREAM_";

/**
 * Address and key of every provider. Addresses, highest first: `--upstream`, ALLOT_UPSTREAM_NAME, the provider's own
 * option, `upstreams` of the user's file. Throws `usage` or `config-invalid` for names that are no provider.
 */
export function resolveProviders(
  settings: Settings,
  origins: Config["origins"],
  env: Readonly<Record<string, string | undefined>>,
  fileUpstreams: { readonly path: string; readonly urls: Readonly<Record<string, string>> } | undefined,
): Config["providers"] {
  const addresses = new Map<ProviderId, { readonly url: string; readonly origin: Origin }>();
  for (const [name, url] of Object.entries(fileUpstreams?.urls ?? {})) {
    const path = fileUpstreams?.path ?? "";
    addresses.set(providerNamed(name, `${path}: upstreams.${name}`, "config-invalid"), {
      url: checkedUrl(url, `${path}: upstreams.${name}`, "config-invalid"),
      origin: { kind: "user file", name: path },
    });
  }
  for (const provider of PROVIDER_IDS) {
    const option = PROVIDER_PLACES[provider].baseUrl;
    const url = settings[option];
    if (typeof url === "string") addresses.set(provider, { url, origin: origins[option] });
  }
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(UPSTREAM_PREFIX) || value === undefined || value === "") continue;
    const name = variable.slice(UPSTREAM_PREFIX.length).toLowerCase().replaceAll("_", "-");
    addresses.set(providerNamed(name, variable, "config-invalid"), {
      url: checkedUrl(value, variable, "config-invalid"),
      origin: { kind: "environment", name: variable },
    });
  }
  for (const [name, url] of Object.entries(settings.upstream ?? {})) {
    addresses.set(providerNamed(name.toLowerCase(), `--upstream ${name}`, "usage"), {
      url: checkedUrl(url, `--upstream ${name}`, "usage"),
      origin: { kind: "flag", name: "--upstream" },
    });
  }
  const providers = PROVIDER_IDS.map((provider): [ProviderId, ProviderSettings] => {
    const { baseUrl, keys } = PROVIDER_PLACES[provider];
    const address = addresses.get(provider);
    const keyVariable = keys.find((variable) => (env[variable] ?? "").trim() !== "") ?? keys[0] ?? "";
    const key = (env[keyVariable] ?? "").trim();
    return [
      provider,
      Object.freeze({
        baseUrl: address?.url ?? null,
        baseUrlOrigin: address?.origin ?? origins[baseUrl],
        apiKey: key === "" ? null : new Secret(key),
        keyVariable,
      }),
    ];
  });
  return Object.freeze(Object.fromEntries(providers)) as Config["providers"];
}

function providerNamed(name: string, place: string, code: "usage" | "config-invalid"): ProviderId {
  const found = PROVIDER_IDS.find((id) => id === name || PROVIDER_PLACES[id].alsoCalled.includes(name));
  if (found !== undefined) return found;
  throw new AllotError(
    code,
    `${place}: "${name}" is no provider.${didYouMean(name, PROVIDER_IDS)} Known are ${PROVIDER_IDS.join(", ")}`,
  );
}

function checkedUrl(written: string, place: string, code: "usage" | "config-invalid"): string {
  const parsed = parseValue(OPTIONS.anthropicBaseUrl, written, { folder: "/", userHome: "/", allotHome: "/" });
  if (parsed.ok && typeof parsed.value === "string") return parsed.value;
  throw new AllotError(
    code,
    `${place} is "${written}", expected an http or https address without a user name or password in it`,
  );
}
