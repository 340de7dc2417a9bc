/** What a script sees and what it may answer, the same for every wire format. */

export type WireName =
  | "anthropic"
  | "openai-responses"
  | "openai-chat"
  | "xai-responses"
  | "xai-chat"
  | "google"
  | "ollama";

/** One request, normalised. */
export interface SeenRequest {
  /** 1-based, in order of arrival, over all wires. */
  readonly number: number;
  readonly wire: WireName;
  readonly path: string;
  /** Without its "?". */
  readonly query: string;
  readonly model: string;
  readonly system: string;
  readonly messages: readonly SeenMessage[];
  readonly tools: readonly SeenTool[];
  readonly toolChoice: "auto" | "none" | "required" | { readonly tool: string };
  /** Text of the last user message; "" where there is none. */
  readonly lastUserText: string;
  /** Results in the message that came last; empty where that is no tool message. */
  readonly toolResults: readonly SeenToolResult[];
  readonly stream: boolean;
  readonly maxOutputTokens: number | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

export interface SeenMessage {
  readonly role: "user" | "assistant" | "tool";
  readonly text: string;
  /** Thinking text or encrypted reasoning that came back, with its signature where there is one. */
  readonly reasoning: readonly { readonly text: string; readonly signature: string }[];
  readonly toolCalls: readonly {
    readonly id: string;
    readonly name: string;
    readonly input: unknown;
    readonly signature?: string;
  }[];
  readonly toolResults: readonly SeenToolResult[];
}

export interface SeenToolResult {
  readonly callId: string;
  /** "" where the wire names only the call. */
  readonly name: string;
  readonly output: string;
  readonly failed: boolean;
}

export interface SeenTool {
  readonly name: string;
  readonly description: string;
  readonly schema: unknown;
  /** Responses only: it takes free text in place of JSON. */
  readonly custom?: true;
  /** Responses only: the namespace it stands in. */
  readonly namespace?: string;
}

/** Tokens in one normal form; each wire writes them its own way. Output includes reasoning. */
export interface ScriptedUsage {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Gemini only: prompt tokens of its own tools, on top of `inputTokens`. */
  readonly toolUsePromptTokens: number;
}

export type ScriptedError =
  | "auth"
  | "forbidden"
  | "rate-limited"
  | "server-error"
  | "overloaded"
  | "too-long"
  | "content-refused"
  | "bad-request"
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };

export interface ScriptedToolCall {
  readonly id?: string;
  readonly name: string;
  /** Of a custom tool: its text. */
  readonly input: unknown;
  readonly custom?: true;
  readonly namespace?: string;
}

export interface ScriptedAnswer {
  readonly text?: string;
  readonly reasoning?: string;
  readonly toolCalls?: readonly ScriptedToolCall[];
  /** Default: "tool-calls" where there are any, else "stop". */
  readonly finish?: "stop" | "tool-calls" | "length" | "content-filter";
  /** Default: about a quarter token a character. "missing": the wire says nothing. */
  readonly usage?: Partial<ScriptedUsage> | "missing";
  readonly error?: ScriptedError;
  /** Seconds in the Retry-After header of an error. */
  readonly retryAfterS?: number;
  /** Before the first byte. */
  readonly delayMs?: number;
  /** Between the chunks of a stream. */
  readonly chunkDelayMs?: number;
  /** Destroys the connection after so many chunks (unstreamed: after half of the body). */
  readonly cutAfter?: number;
  /** Ends the body properly after so many chunks, without what marks the end of an answer. */
  readonly endAfter?: number;
  /** Says nothing more after so many chunks; the connection stays open. */
  readonly hangAfter?: number;
  /** Reports an overload inside the stream after so many chunks. */
  readonly failAfter?: number;
  /** Answers 200 with text that is none of the format. */
  readonly garbage?: true;
  /** Never answers: nothing at all, or headers only. The connection stays open. */
  readonly silence?: "all" | "after-headers";
  /** Writes the bytes in slices of this size, so that events and characters are torn. */
  readonly sliceBytes?: number;
}

export type Script = (seen: SeenRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;

/** One request and what became of it. */
export interface Served {
  readonly number: number;
  readonly wire: WireName;
  readonly model: string;
  readonly stream: boolean;
  /** SHA-256 of the raw body: equal for a request that was repeated. */
  readonly bodyHash: string;
  /** What a provider would bill for it; on errors all 0. */
  readonly usage: ScriptedUsage;
  /** 0 while nothing was sent. */
  readonly status: number;
  /** Chunks of a stream that left. */
  readonly chunks: number;
  /** The whole answer left, in good form. */
  readonly completed: boolean;
  /** The client went away first. */
  readonly aborted: boolean;
  readonly lastUserText: string;
  readonly toolNames: readonly string[];
  readonly startedAt: number;
  readonly endedAt: number;
}

/** One request of any kind, as it came in. */
export interface Visit {
  /** "UPGRADE" for a request to change to WebSocket, which is answered 426. */
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** 0 while nothing was sent. */
  readonly status: number;
}

/** An answer with every default filled in. */
export interface FullAnswer {
  readonly id: string;
  readonly model: string;
  readonly text: string;
  readonly reasoning: string;
  readonly signature: string;
  readonly toolCalls: readonly (ScriptedToolCall & { readonly id: string; readonly json: string })[];
  readonly finish: "stop" | "tool-calls" | "length" | "content-filter";
  readonly usage: ScriptedUsage;
  readonly usageMissing: boolean;
}

/** Fills in what the script left out; deterministic for the request's number. */
export function fillAnswer(seen: SeenRequest, answer: ScriptedAnswer): FullAnswer {
  const toolCalls = (answer.toolCalls ?? []).map((call, index) => ({
    ...call,
    id: call.id ?? `call_${seen.number}_${index + 1}`,
    json: JSON.stringify(call.input),
  }));
  const text = answer.text ?? "";
  const reasoning = answer.reasoning ?? "";
  const reasoningTokens = reasoning === "" ? 0 : quarter(reasoning);
  const guess: ScriptedUsage = {
    inputTokens: quarter(JSON.stringify(seen.body)),
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: reasoningTokens + quarter(text + toolCalls.map((call) => call.name + call.json).join("")),
    reasoningTokens,
    toolUsePromptTokens: 0,
  };
  return {
    id: `answer_${seen.number}`,
    model: seen.model,
    text,
    reasoning,
    signature: reasoning === "" ? "" : Buffer.from(`signature of answer ${seen.number}`).toString("base64"),
    toolCalls,
    finish: answer.finish ?? (toolCalls.length > 0 ? "tool-calls" : "stop"),
    usage: typeof answer.usage === "object" ? { ...guess, ...answer.usage } : guess,
    usageMissing: answer.usage === "missing",
  };
}

/** Text in pieces of whole characters: at least 12 each, at most about 200 pieces. */
export function pieces(text: string): string[] {
  const characters = Array.from(text);
  const size = Math.max(12, Math.ceil(characters.length / 200));
  const found: string[] = [];
  for (let start = 0; start < characters.length; start += size)
    found.push(characters.slice(start, start + size).join(""));
  return found;
}

function quarter(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}
