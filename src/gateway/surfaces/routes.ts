import type { Framing } from "../../dispatch/passing/events.ts";
import type { ProviderName } from "../../providers/provider.ts";
import type { WireFormat } from "../../providers/wires.ts";
import type { SurfaceName } from "../translation/translation.ts";

/** What a request is for. */
export type Route =
  | PaidRoute
  | {
      readonly kind: "count-tokens";
      readonly surface: "anthropic-messages" | "gemini";
      readonly path: string;
      readonly model?: string;
    }
  | { readonly kind: "models"; readonly shape: "anthropic" | "openai" | "gemini" | "ollama"; readonly model?: string }
  | { readonly kind: "hello" }
  | { readonly kind: "health" }
  | { readonly kind: "metrics" }
  | { readonly kind: "ollama-version" };

/** A request that a model answers. */
export interface PaidRoute {
  readonly kind: "paid";
  readonly surface: SurfaceName;
  readonly wire: WireFormat;
  /** Below the provider's base URL. */
  readonly path: string;
  readonly framing: Framing;
  /** Named by the path: `/xai/v1/chat/completions`. */
  readonly provider?: ProviderName;
  /** Gemini names model and manner in the path. */
  readonly model?: string;
  readonly stream?: boolean;
}

/** Names that may stand before a path, so that one address serves several providers of one protocol. */
const PREFIXES: Readonly<Record<string, ProviderName>> = {
  anthropic: "anthropic",
  openai: "openai",
  xai: "xai",
  google: "google",
  gemini: "google",
  ollama: "ollama",
  "openai-compatible": "openai-compatible",
};

/**
 * What is asked for at a path; undefined where nothing is. Slashes at the end and doubled ones do not matter. Pure.
 */
export function routeOf(method: string, pathname: string, query: string): Route | undefined {
  const segments = pathname.split("/").filter((segment) => segment !== "");
  const provider = PREFIXES[segments[0] ?? ""];
  const path = `/${(provider === undefined ? segments : segments.slice(1)).join("/")}`;
  const forced = provider === undefined ? {} : { provider };
  if (method === "POST") return postRoute(path, query, forced);
  if (method === "GET" || method === "HEAD") return getRoute(method, path);
  return undefined;
}

function postRoute(path: string, query: string, forced: { readonly provider?: ProviderName }): Route | undefined {
  const bare = path.replace(/^\/v1(?=\/)/, "");
  switch (bare) {
    case "/messages":
      return { kind: "paid", surface: "anthropic-messages", wire: "anthropic", path: bare, framing: "sse", ...forced };
    case "/messages/count_tokens":
      return { kind: "count-tokens", surface: "anthropic-messages", path: bare };
    case "/chat/completions":
      return { kind: "paid", surface: "openai-chat", wire: "chat", path: bare, framing: "sse", ...forced };
    case "/responses":
      return { kind: "paid", surface: "openai-responses", wire: "responses", path: bare, framing: "sse", ...forced };
    case "/api/chat":
      return { kind: "paid", surface: "ollama", wire: "ollama", path: bare, framing: "lines", ...forced };
    default:
      return geminiRoute(path, query, forced);
  }
}

const GEMINI = /^\/v1(?:beta|alpha)?\/models\/([^/:]+):(generateContent|streamGenerateContent|countTokens)$/;

function geminiRoute(path: string, query: string, forced: { readonly provider?: ProviderName }): Route | undefined {
  const found = GEMINI.exec(path);
  const [, encoded = "", manner] = found ?? [];
  if (found === null) return undefined;
  const model = decoded(encoded);
  if (manner === "countTokens")
    return { kind: "count-tokens", surface: "gemini", path: path.slice(path.indexOf("/models/")), model };
  const stream = manner === "streamGenerateContent";
  const framing = new URLSearchParams(query).get("alt") === "sse" ? "sse" : "array";
  return { kind: "paid", surface: "gemini", wire: "gemini", path, framing, model, stream, ...forced };
}

function getRoute(method: string, path: string): Route | undefined {
  if (path === "/healthz") return { kind: "health" };
  if (path === "/metrics") return { kind: "metrics" };
  if (path === "/" || path === "/api/hello") return { kind: "hello" };
  if (method === "HEAD") return path === "/v1/models" ? { kind: "models", shape: "openai" } : undefined;
  if (path === "/api/version") return { kind: "ollama-version" };
  if (path === "/api/tags") return { kind: "models", shape: "ollama" };
  const listed = /^\/(v1|v1beta|v1alpha)\/models(?:\/(.+))?$/.exec(path) ?? /^\/()models(?:\/(.+))?$/.exec(path);
  if (listed === null) return undefined;
  const model = listed[2] === undefined ? {} : { model: decoded(listed[2]) };
  return { kind: "models", shape: (listed[1] ?? "").length > 2 ? "gemini" : "openai", ...model };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
