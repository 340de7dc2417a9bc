/** What the benchmark's requests and answers look like, on both sides of a gateway. */

export type Surface = "openai" | "anthropic";

export const SURFACES = ["openai", "anthropic"] as const;
export const PATHS: Readonly<Record<Surface, string>> = {
  openai: "/v1/chat/completions",
  anthropic: "/v1/messages",
};
/** Real names, so that the ledger has prices for them. */
export const MODELS: Readonly<Record<Surface, string>> = { openai: "gpt-4o-mini", anthropic: "claude-sonnet-4-5" };

/** One kind of request. chunks: pieces of text in a stream, undefined for one JSON answer. paceMs: pause before each. */
export interface RequestKind {
  readonly surface: Surface;
  readonly chunks?: number;
  readonly paceMs?: number;
  /** The body is filled up to about so many bytes, as a coding agent's turn is by files. */
  readonly bytes?: number;
}

/** Stands in the first message; the mock looks for it and for nothing else of the text. */
export const MARK = "bench:";

/** Each word of an answer, one a token. */
export const WORD = "word ";

/** What the mock adds to 40 tokens of output, so that sums are not a plain product of the requests. */
export const OUTPUT_SPREAD = 7;

/** The body of a request; what the mock shall do stands in its first message. Pure. */
export function requestBody({ surface, chunks, paceMs = 0, bytes = 0 }: RequestKind): Buffer {
  const order = `${MARK}${chunks ?? 0}:${paceMs}:`;
  const turns = [{ role: "user", content: `${order} Say some words.` }];
  const rest = {
    max_tokens: 400,
    ...(chunks === undefined ? {} : { stream: true }),
    ...(chunks !== undefined && surface === "openai" ? { stream_options: { include_usage: true } } : {}),
  };
  const bare = JSON.stringify({ model: MODELS[surface], messages: turns, ...rest });
  for (let size = bare.length, turn = 0; size + 2000 < bytes; turn += 1) {
    const content = sourceText(turn, Math.min(8000, bytes - size - 60));
    turns.push({ role: turn % 2 === 0 ? "assistant" : "user", content });
    size += JSON.stringify(content).length + 33;
  }
  if (turns.length % 2 === 0) turns.push({ role: "user", content: "Go on." });
  return Buffer.from(JSON.stringify({ model: MODELS[surface], messages: turns, ...rest }));
}

/** Text with quotes and line breaks in it, as source code has. */
function sourceText(turn: number, length: number): string {
  let text = "";
  for (let line = 0; text.length * 1.06 < length; line += 1) {
    text += `  const value${turn}_${line} = readField("name ${line}", { strict: true });\n`;
  }
  return text;
}

/** Tokens as a provider bills them. */
export interface Tokens {
  readonly input: number;
  readonly cacheRead: number;
  readonly output: number;
}

/** Head and pieces of the mock's answer. One piece where it is JSON. */
export interface Answer {
  readonly head: string;
  readonly pieces: readonly string[];
}

/** Headers that real providers send and gateways look at. */
const HEADERS: Readonly<Record<Surface, string>> = {
  openai:
    "x-ratelimit-limit-requests: 1000000\r\nx-ratelimit-remaining-requests: 999999\r\n" +
    "x-ratelimit-limit-tokens: 2000000000\r\nx-ratelimit-remaining-tokens: 1999990000\r\n" +
    "x-ratelimit-reset-requests: 1ms\r\nx-ratelimit-reset-tokens: 1ms\r\nopenai-processing-ms: 1\r\n",
  anthropic:
    "anthropic-ratelimit-requests-limit: 1000000\r\nanthropic-ratelimit-requests-remaining: 999999\r\n" +
    "anthropic-ratelimit-tokens-limit: 2000000000\r\nanthropic-ratelimit-tokens-remaining: 1999990000\r\n",
};

/** An answer in one JSON object. Pure. */
export function jsonAnswer(surface: Surface, count: number, tokens: Tokens): Answer {
  const text = WORD.repeat(tokens.output);
  const body =
    surface === "openai"
      ? `{"id":"chatcmpl-${count}","object":"chat.completion","created":1760000000,"model":"${MODELS.openai}",` +
        `"choices":[{"index":0,"message":{"role":"assistant","content":"${text}"},"logprobs":null,"finish_reason":"stop"}],` +
        `"usage":${openaiUsage(tokens)},"service_tier":"default"}`
      : `{"id":"msg_${count}","type":"message","role":"assistant","model":"${MODELS.anthropic}",` +
        `"content":[{"type":"text","text":"${text}"}],"stop_reason":"end_turn","stop_sequence":null,"usage":${anthropicUsage(tokens)}}`;
  const head =
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_${count}\r\n${HEADERS[surface]}` +
    `content-length: ${body.length}\r\n\r\n`;
  return { head, pieces: [body] };
}

/** An answer in events; each piece is one chunk of the transfer. Pure. */
export function streamAnswer(surface: Surface, count: number, chunks: number, tokens: Tokens): Answer {
  const events = surface === "openai" ? openaiEvents(count, chunks, tokens) : anthropicEvents(count, chunks, tokens);
  const head =
    `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\nx-request-id: req_${count}\r\n` +
    `${HEADERS[surface]}transfer-encoding: chunked\r\n\r\n`;
  return { head, pieces: events };
}

/** Events that a stream of so many chunks of text has in all. Pure. */
export function eventsOf(surface: Surface, chunks: number): number {
  return surface === "openai" ? chunks + 4 : chunks + 5;
}

function openaiUsage({ input, cacheRead, output }: Tokens): string {
  const prompt = input + cacheRead;
  return (
    `{"prompt_tokens":${prompt},"completion_tokens":${output},"total_tokens":${prompt + output},` +
    `"prompt_tokens_details":{"cached_tokens":${cacheRead},"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}`
  );
}

function anthropicUsage({ input, cacheRead, output }: Tokens): string {
  return (
    `{"input_tokens":${input},"cache_creation_input_tokens":0,"cache_read_input_tokens":${cacheRead},` +
    `"output_tokens":${output},"service_tier":"standard"}`
  );
}

function openaiEvents(count: number, chunks: number, tokens: Tokens): readonly string[] {
  const head = `data: {"id":"chatcmpl-${count}","object":"chat.completion.chunk","created":1760000000,"model":"${MODELS.openai}","choices":`;
  const choice = (delta: string, end: string): string =>
    `${head}[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${end}}],"usage":null}\n\n`;
  return [
    choice('{"role":"assistant","content":""}', "null"),
    ...Array.from({ length: chunks }, () => choice(`{"content":"${WORD}"}`, "null")),
    choice("{}", '"stop"'),
    `${head}[],"usage":${openaiUsage(tokens)}}\n\n`,
    "data: [DONE]\n\n",
  ];
}

function anthropicEvents(count: number, chunks: number, tokens: Tokens): readonly string[] {
  const event = (type: string, rest: string): string => `event: ${type}\ndata: {"type":"${type}"${rest}}\n\n`;
  const begun = anthropicUsage({ ...tokens, output: 1 });
  const message = `{"id":"msg_${count}","type":"message","role":"assistant","model":"${MODELS.anthropic}","content":[],"stop_reason":null,"stop_sequence":null,"usage":${begun}}`;
  const delta = event("content_block_delta", `,"index":0,"delta":{"type":"text_delta","text":"${WORD}"}`);
  return [
    event("message_start", `,"message":${message}`),
    event("content_block_start", ',"index":0,"content_block":{"type":"text","text":""}'),
    ...Array.from({ length: chunks }, () => delta),
    event("content_block_stop", ',"index":0'),
    event(
      "message_delta",
      `,"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":${tokens.output}}`,
    ),
    event("message_stop", ""),
  ];
}
