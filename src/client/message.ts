import type { Level, Priority } from "../throttle/throttle.ts";

/*
 * The shape of requests and answers: Anthropic's Messages, whatever provider is behind. Field names are the wire's own
 * (snake_case), so that what was written for that API works here as it stands.
 */

/** What `client.messages.create` takes: the Messages fields, and allot's own. */
export interface MessageRequest {
  /** Any name or alias of `allot models`, or PROVIDER/NAME. Default: CLAUDE_MODEL, else Claude Sonnet 4.5. */
  readonly model?: string;
  readonly max_tokens: number;
  readonly messages: readonly MessageParam[];
  readonly system?: string | readonly TextParam[];
  readonly tools?: readonly ToolParam[];
  readonly tool_choice?: ToolChoiceParam;
  readonly stream?: boolean;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
  readonly stop_sequences?: readonly string[];
  readonly metadata?: { readonly user_id?: string | null };
  /** Who is spending. Default: SESSION_ID. */
  readonly session_id?: string;
  /** low, normal, high, critical. Default: normal. */
  readonly priority?: Priority;
  /** Whose model it is to be, whatever LLM_DEFAULT_PROVIDER says. */
  readonly provider?: string;
  /** What it is for, for the ledger and for limits of their own. */
  readonly agent?: string;
  readonly task_type?: string;
  readonly project?: string;
  /** Id of a budget it draws on. */
  readonly budget?: string;
  /** Wait so long in the queue at most; the request is refused then. */
  readonly max_wait_ms?: number;
  /** How long one attempt may take: the whole answer, or the first sign of a streamed one. Default: the option `callTimeout`. */
  readonly timeout_ms?: number;
  /**
   * Who may answer where the model that was asked for cannot: providers ("gpt", "local"), models, PROVIDER/MODEL, or
   * "chain". Default: the option `fallback`. An empty list: nobody.
   */
  readonly fallback_models?: readonly string[];
  /** May they answer also what the model refused for its content? Default: no. */
  readonly fallback_on_refusal?: boolean;
  /** May they answer also what is too long for the model? Default: yes. For callers that can ask for less instead. */
  readonly fallback_on_overflow?: boolean;
  /**
   * Give the very same request the same answer for so long ("1h", "90s"; at most a day), or false: never. Default: an hour for
   * task types analysis, documentation and review, at temperature 0 or none; never with tools.
   */
  readonly cache?: string | false;
}

export interface MessageParam {
  readonly role: "user" | "assistant";
  readonly content: string | readonly (ContentParam | ContentBlock)[];
}

export interface CacheControl {
  readonly type: "ephemeral";
  readonly ttl?: "5m" | "1h";
}

export interface TextParam {
  readonly type: "text";
  readonly text: string;
  readonly cache_control?: CacheControl | null;
}

export interface ImageParam {
  readonly type: "image";
  readonly source:
    | { readonly type: "base64"; readonly media_type: string; readonly data: string }
    | { readonly type: "url"; readonly url: string };
  readonly cache_control?: CacheControl | null;
}

export interface ToolResultParam {
  readonly type: "tool_result";
  readonly tool_use_id: string;
  readonly content?: string | readonly (TextParam | ImageParam)[];
  readonly is_error?: boolean;
  readonly cache_control?: CacheControl | null;
}

export type ContentParam = TextParam | ImageParam | ToolResultParam;

export interface ToolParam {
  readonly type?: "custom";
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the input object. */
  readonly input_schema: Readonly<Record<string, unknown>>;
  readonly cache_control?: CacheControl | null;
}

export type ToolChoiceParam =
  | { readonly type: "auto" | "any" | "none"; readonly disable_parallel_tool_use?: boolean }
  | { readonly type: "tool"; readonly name: string; readonly disable_parallel_tool_use?: boolean };

export interface TextBlock {
  readonly type: "text";
  readonly text: string;
}

export interface ToolUseBlock {
  readonly type: "tool_use";
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What the model thought, and what its provider wants back with the next turn; to be sent back as it is. */
export interface ThinkingBlock {
  readonly type: "thinking";
  readonly thinking: string;
  readonly signature: string;
}

/** As a thinking block, without anything to read. */
export interface RedactedThinkingBlock {
  readonly type: "redacted_thinking";
  readonly data: string;
}

export type ContentBlock = TextBlock | ToolUseBlock | ThinkingBlock | RedactedThinkingBlock;

export type StopReason = "end_turn" | "max_tokens" | "stop_sequence" | "tool_use" | "refusal";

export interface Usage {
  /** Neither read from a cache nor written to one. */
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly cache_creation: {
    readonly ephemeral_5m_input_tokens: number;
    readonly ephemeral_1h_input_tokens: number;
  };
}

/** What allot adds to an answer. */
export interface AllotFacts {
  /** The ledger's key of the attempt that answered; "" where the answer was kept. */
  readonly call_id: string;
  /** The provider's own id of the answer; "" where it gives none. */
  readonly response_id: string;
  readonly session: string;
  readonly priority: Priority;
  readonly provider: string;
  /** The model that was asked of the provider, and what the caller had named. */
  readonly model: string;
  readonly requested_model: string;
  /** Why another model than the one that was asked for first; null where it was that one. */
  readonly fell_back: string | null;
  /** Names of fallbacks that could not be asked, each with its reason. */
  readonly passed_over: readonly string[];
  /** Attempts that were made at it, all of them charged; 0 where the answer was kept from an earlier request. */
  readonly attempts: number;
  /** The answer was kept from an equal request of this session, and costs nothing. */
  readonly cached: boolean;
  /** Dollars, of all attempts; `cost_nano_usd` is the exact figure. */
  readonly cost: number;
  readonly cost_nano_usd: number;
  /** Of the limits that apply, before this call. */
  readonly level: Level;
  /** max_tokens as it was sent, where it had to be made smaller to fit under a limit or into the model. */
  readonly clamped_max_tokens: number | null;
  /** The provider did not report all of the usage; it was estimated. */
  readonly estimated: boolean;
  /** The model's price is not known; the cost was reckoned at the dearest rates there are. */
  readonly price_assumed: boolean;
  /** From WARNING on: "session tokens/hour at 74%". */
  readonly warning: string | null;
}

/** An answer. */
export interface Message {
  readonly id: string;
  readonly type: "message";
  readonly role: "assistant";
  readonly model: string;
  readonly content: readonly ContentBlock[];
  readonly stop_reason: StopReason | null;
  readonly stop_sequence: string | null;
  readonly usage: Usage;
  readonly allot: AllotFacts;
}

/** The events of a streamed answer, in the Messages shape. */
export type MessageEvent =
  | { readonly type: "message_start"; readonly message: Omit<Message, "allot"> }
  | { readonly type: "content_block_start"; readonly index: number; readonly content_block: ContentBlock }
  | { readonly type: "content_block_delta"; readonly index: number; readonly delta: BlockDelta }
  | { readonly type: "content_block_stop"; readonly index: number }
  | {
      readonly type: "message_delta";
      readonly delta: { readonly stop_reason: StopReason; readonly stop_sequence: string | null };
      readonly usage: Usage;
      readonly allot: AllotFacts;
    }
  | { readonly type: "message_stop" };

export type BlockDelta =
  | { readonly type: "text_delta"; readonly text: string }
  | { readonly type: "input_json_delta"; readonly partial_json: string }
  | { readonly type: "thinking_delta"; readonly thinking: string }
  | { readonly type: "signature_delta"; readonly signature: string };
