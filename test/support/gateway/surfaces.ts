/** The gateway's five surfaces as their clients see them: how a prompt is asked, how an answer is read. */

export type SurfaceName = "anthropic" | "chat" | "responses" | "gemini" | "ollama";

type Json = Record<string, unknown>;

export interface SurfaceAsk {
  readonly model: string;
  readonly prompt: string;
  readonly stream: boolean;
}

/** What an answer says, event by event. */
export interface Said {
  readonly text: string;
  /** How often it said that it begins, and that it is whole. */
  readonly begins: number;
  readonly ends: number;
  /** How often it said that it failed. */
  readonly faults: number;
}

export interface Surface {
  readonly name: SurfaceName;
  readonly path: (ask: SurfaceAsk) => string;
  readonly body: (ask: SurfaceAsk) => Json;
  /** Reads an event of a stream. */
  readonly event: (event: Json) => Partial<Said>;
  /** Reads an answer that is no stream. */
  readonly whole: (body: Json) => Partial<Said>;
  /** Whether streams say that they begin. */
  readonly saysBegin: boolean;
}

const MOST_TOKENS = 1_000;

export const SURFACES: Readonly<Record<SurfaceName, Surface>> = {
  anthropic: {
    name: "anthropic",
    saysBegin: true,
    path: () => "/v1/messages",
    body: ({ model, prompt, stream }) => ({
      model,
      max_tokens: MOST_TOKENS,
      stream,
      messages: [{ role: "user", content: prompt }],
    }),
    event: (event) => {
      switch (event["type"]) {
        case "message_start":
          return { begins: 1 };
        case "content_block_delta":
          return { text: text(object(event["delta"])["text"]) };
        case "message_stop":
          return { ends: 1 };
        case "error":
          return { faults: 1 };
        default:
          return {};
      }
    },
    whole: (body) =>
      body["type"] === "error"
        ? { faults: 1 }
        : {
            begins: 1,
            text: texts(body["content"], "text"),
            ends: body["stop_reason"] === null ? 0 : 1,
          },
  },
  chat: {
    name: "chat",
    saysBegin: true,
    path: () => "/v1/chat/completions",
    body: ({ model, prompt, stream }) => ({
      model,
      max_completion_tokens: MOST_TOKENS,
      stream,
      messages: [{ role: "user", content: prompt }],
    }),
    event: (event) => {
      if (event["error"] !== undefined) return { faults: 1 };
      const choice = first(event["choices"]);
      const delta = object(choice["delta"]);
      return {
        text: text(delta["content"]),
        begins: delta["role"] === undefined ? 0 : 1,
        ends: typeof choice["finish_reason"] === "string" ? 1 : 0,
      };
    },
    whole: (body) => {
      if (body["error"] !== undefined) return { faults: 1 };
      const choice = first(body["choices"]);
      return {
        begins: 1,
        text: text(object(choice["message"])["content"]),
        ends: choice["finish_reason"] === undefined ? 0 : 1,
      };
    },
  },
  responses: {
    name: "responses",
    saysBegin: true,
    path: () => "/v1/responses",
    body: ({ model, prompt, stream }) => ({
      model,
      max_output_tokens: MOST_TOKENS,
      stream,
      store: false,
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: prompt }] }],
    }),
    event: (event) => {
      switch (event["type"]) {
        case "response.created":
          return { begins: 1 };
        case "response.output_text.delta":
          return { text: text(event["delta"]) };
        case "response.completed":
          return { ends: 1 };
        case "response.failed":
        case "error":
          return { faults: 1 };
        default:
          return {};
      }
    },
    whole: (body) =>
      body["status"] === "completed"
        ? { begins: 1, ends: 1, text: texts(object(list(body["output"])[0])["content"], "text") }
        : { faults: 1 },
  },
  gemini: {
    name: "gemini",
    saysBegin: false,
    path: ({ model, stream }) =>
      stream ? `/v1beta/models/${model}:streamGenerateContent?alt=sse` : `/v1beta/models/${model}:generateContent`,
    body: ({ prompt }) => ({
      contents: [{ role: "user", parts: [{ text: prompt }] }],
      generationConfig: { maxOutputTokens: MOST_TOKENS },
    }),
    event: geminiSays,
    whole: geminiSays,
  },
  ollama: {
    name: "ollama",
    saysBegin: false,
    path: () => "/api/chat",
    body: ({ model, prompt, stream }) => ({
      model,
      stream,
      messages: [{ role: "user", content: prompt }],
      options: { num_predict: MOST_TOKENS },
    }),
    event: ollamaSays,
    whole: ollamaSays,
  },
};

function geminiSays(event: Json): Partial<Said> {
  if (event["error"] !== undefined) return { faults: 1 };
  const candidate = first(event["candidates"]);
  return {
    text: texts(object(candidate["content"])["parts"], "text"),
    ends: typeof candidate["finishReason"] === "string" ? 1 : 0,
  };
}

function ollamaSays(line: Json): Partial<Said> {
  if (line["error"] !== undefined) return { faults: 1 };
  return { text: text(object(line["message"])["content"]), ends: line["done"] === true ? 1 : 0 };
}

/** Reads everything that came over a connection, as the surface's client does. */
export function readSaid(surface: Surface, raw: string, stream: boolean): Said & { readonly unreadable: number } {
  const said = { text: "", begins: 0, ends: 0, faults: 0, unreadable: 0 };
  for (const piece of stream ? eventsIn(surface, raw) : [raw]) {
    const event = parse(piece);
    if (event === undefined) {
      said.unreadable += 1;
      continue;
    }
    const more = stream ? surface.event(event) : surface.whole(event);
    said.text += more.text ?? "";
    said.begins += more.begins ?? 0;
    said.ends += more.ends ?? 0;
    said.faults += more.faults ?? 0;
  }
  return said;
}

function eventsIn({ name }: Surface, raw: string): string[] {
  if (name === "ollama") return raw.split("\n").filter((line) => line.trim() !== "");
  return raw
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trim())
    .filter((data) => data !== "[DONE]");
}

function parse(json: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function first(value: unknown): Json {
  return object(list(value)[0]);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(parts: unknown, member: string): string {
  return list(parts)
    .map((part) => text(object(part)[member]))
    .join("");
}
