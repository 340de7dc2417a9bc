import type { ErrorCode } from "../foundation/errors.ts";

/**
 * The port to whoever serves models. A provider turns one normal request into one paid request on the wire and one
 * normal answer; it never retries, never falls back, never touches the ledger (that is `dispatch/`).
 *
 * Everything here is JSON-safe: requests are hashed and stored, answers are stored and replayed.
 */
export interface Provider {
  readonly name: ProviderName;
  readonly capabilities: ProviderCapabilities;
  /**
   * One request, one answer. Rejects with an AllotError whose code is one of `ProviderFault`; `details.usage` holds what
   * had been reported before the fault (a cut stream has often already named its input tokens); `details.unsent` is true
   * where the request never left this machine.
   * Streams where `onDelta` is given, which is then told of everything that arrives; the answer is equal to the unstreamed one.
   */
  call(request: ModelRequest, options: CallOptions): Promise<ModelAnswer>;
}

export type ProviderName = "anthropic" | "openai" | "xai" | "google" | "ollama" | "openai-compatible" | "offline";

export interface ProviderCapabilities {
  /** Can an answer be fetched again by its id after the caller died? */
  readonly canLookup: boolean;
  readonly tools: boolean;
  readonly images: boolean;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly onDelta?: (delta: AnswerDelta) => void;
}

/**
 * What a piece of a stream added to the answer. Text is "" and thinking absent where it added neither: a piece of a tool's
 * input, a sign of life. Such a delta is told all the same, so that whoever watches for silence sees that there is none.
 */
export interface AnswerDelta {
  readonly text: string;
  /** Readable thinking. */
  readonly thinking?: string;
}

export interface ModelRequest {
  /** The provider's own name of the model, aliases already resolved. */
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolSpec[];
  /** "auto", "none", "required" (some tool), or the name of the one tool that must be called. */
  readonly toolChoice: "auto" | "none" | "required" | { readonly tool: string };
  /** At most one call a turn, where the provider can be told so. */
  readonly oneCallATurn?: true;
  readonly maxOutputTokens: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  /** Texts that end the answer; the one that did is not part of it. */
  readonly stopSequences?: readonly string[];
  /** How much to think before answering; absent: as the provider does by itself. Left out where the model has no such choice. */
  readonly effort?: Effort;
  /** The answer is JSON, of that JSON Schema where one is given. */
  readonly json?: AnswerAsJson;
  /** An opaque name of whom the request is for, passed on where the provider takes one. */
  readonly user?: string;
  /** Worth caching up to here, where the provider wants to be told: the tools, and the system text after them. */
  readonly cacheTools?: CacheLifetime;
  readonly cacheSystem?: CacheLifetime;
  /** True: nothing is cached but what is marked. Else the conversation of a tool loop is, where the provider wants marks. */
  readonly ownCaching?: boolean;
}

export type Effort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh";

export interface AnswerAsJson {
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly name?: string;
}

export type CacheLifetime = "5m" | "1h";

/** What a user says: text, or text and images in their order. */
export type UserContent = string | readonly UserPart[];

export type UserPart = TextPart | ImagePart;

export interface TextPart {
  readonly type: "text";
  readonly text: string;
  /** Worth caching up to here. */
  readonly cache?: CacheLifetime;
}

export interface ImagePart {
  readonly type: "image";
  readonly source:
    | { readonly kind: "data"; readonly mediaType: ImageType; /** Base64. */ readonly data: string }
    | { readonly kind: "url"; readonly url: string };
  readonly cache?: CacheLifetime;
}

/** The formats that every provider with images takes. */
export type ImageType = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

export type ModelMessage =
  | { readonly role: "user"; readonly content: UserContent }
  | {
      readonly role: "assistant";
      readonly content: string;
      readonly toolCalls: readonly ToolCall[];
      /** The provider's own parts (thinking signatures and the like), passed back as they came. */
      readonly raw?: unknown;
    }
  | { readonly role: "tool"; readonly results: readonly ToolResult[] };

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export interface ToolResult {
  readonly callId: string;
  readonly name: string;
  readonly output: string;
  readonly failed: boolean;
}

export interface ModelAnswer {
  readonly text: string;
  /** The thinking as far as it is readable; absent where there is none. What goes back to the provider is in `raw`. */
  readonly thinking?: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finish: "stop" | "tool-calls" | "length" | "content-filter" | "other";
  /** The stop sequence that ended it, where the provider tells; others say "stop" for both. */
  readonly stopSequence?: string;
  readonly usage: TokenUsage;
  /** The model the provider says it used. */
  readonly model: string;
  /** The provider's id of the answer; "" where it gives none. */
  readonly responseId: string;
  /** To be passed back as `raw` of the assistant message that follows. */
  readonly raw?: unknown;
}

/**
 * Token usage in one normal form, whatever the wire says. The five input and output classes do not overlap; reasoning
 * is a part of `outputTokens`, given apart only to be shown and where a model prices it apart.
 */
export interface TokenUsage {
  /** Input at the full rate: neither read from nor written to a cache. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  /** All output, reasoning included. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** True where the provider reported nothing (or not all) and figures were estimated; never silently 0. */
  readonly estimated: boolean;
}

/** The codes a provider may raise. */
export type ProviderFault = Extract<
  ErrorCode,
  | "provider-rejected"
  | "provider-auth"
  | "provider-rate-limited"
  | "provider-overloaded"
  | "provider-unreachable"
  | "provider-timeout"
  | "provider-malformed"
  | "provider-cut"
  | "window-overflow"
  | "content-refused"
  | "offline-cannot"
  | "interrupted"
>;
