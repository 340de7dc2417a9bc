import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { AllotError } from "../../src/foundation/errors.ts";
import type { SurfaceName } from "../../src/gateway/translation/translation.ts";
import { TRANSLATIONS } from "../../src/gateway/translation/translations.ts";
import type { Json } from "../../src/providers/json.ts";
import type { AnswerDelta, ModelAnswer, ModelRequest, TokenUsage } from "../../src/providers/provider.ts";

/** Answers a request in normal form; pieces of it, in order, before the whole where it is streamed. */
export type Answerer = (
  request: ModelRequest,
  onDelta: ((delta: AnswerDelta) => void) | undefined,
) => ModelAnswer | Promise<ModelAnswer>;

export interface TranslatingServer {
  readonly url: string;
  /** What was read of each request, in order. */
  readonly requests: ModelRequest[];
  readonly bodies: Json[];
  /** What was written as the last stream. */
  readonly written: string[];
}

export interface Target {
  readonly provider: string;
  readonly model: string;
}

/** A server of every surface that reads, asks `answerer` and writes; closed with the running test. */
export async function openTranslatingServer(
  answerer: Answerer,
  target: Target | (() => Target) = { provider: "elsewhere", model: "served-model" },
): Promise<TranslatingServer> {
  const requests: ModelRequest[] = [];
  const bodies: Json[] = [];
  const written: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const answering = async (): Promise<void> => {
      const path = (incoming.url ?? "").split("?")[0] ?? "";
      const body = JSON.parse(await text(incoming)) as Json;
      const { surface, stream } = surfaceOf(path, body);
      const translation = TRANSLATIONS[surface];
      const request = translation.readRequest(body, typeof target === "function" ? target() : target);
      requests.push(request);
      bodies.push(body);
      const about = {
        id: `req${requests.length}`,
        model: request.model,
        at: 1_795_255_200_000,
        inputTokens: 11,
        includeUsage: (body["stream_options"] as Json | undefined)?.["include_usage"] === true,
        request: body,
      };
      if (!stream) {
        const answer = await answerer(request, undefined);
        outgoing.setHeader("content-type", "application/json");
        outgoing.end(JSON.stringify(translation.body(answer, about)));
        return;
      }
      written.length = 0;
      const sse = surface !== "ollama";
      outgoing.setHeader("content-type", sse ? "text/event-stream" : "application/x-ndjson");
      const writer = translation.stream(about, (events) => {
        const framed = surface === "gemini" ? `data: ${events}\n\n` : events;
        written.push(framed);
        outgoing.write(framed);
      });
      const answer = await answerer(request, (delta) => writer.delta(delta));
      writer.end(answer);
      outgoing.end();
    };
    answering().catch((error: unknown) => {
      outgoing.statusCode = error instanceof AllotError ? 400 : 500;
      outgoing.setHeader("content-type", "application/json");
      outgoing.end(JSON.stringify({ error: { message: String(error), type: "refused" } }));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, bodies, written };
}

function surfaceOf(path: string, body: Json): { surface: SurfaceName; stream: boolean } {
  if (path.endsWith("/messages")) return { surface: "anthropic-messages", stream: body["stream"] === true };
  if (path.endsWith("/chat/completions")) return { surface: "openai-chat", stream: body["stream"] === true };
  if (path.endsWith("/responses")) return { surface: "openai-responses", stream: body["stream"] === true };
  if (path.endsWith("/api/chat")) return { surface: "ollama", stream: body["stream"] !== false };
  return { surface: "gemini", stream: path.endsWith(":streamGenerateContent") };
}

export const USAGE: TokenUsage = {
  inputTokens: 1_000,
  cacheReadTokens: 300,
  cacheWrite5mTokens: 70,
  cacheWrite1hTokens: 40,
  outputTokens: 200,
  reasoningTokens: 50,
  estimated: false,
};

/** An answer with nothing in it but what is given. */
export function answerWith(parts: Partial<ModelAnswer>): ModelAnswer {
  const finish = (parts.toolCalls ?? []).length > 0 ? "tool-calls" : "stop";
  return { text: "", toolCalls: [], finish, usage: USAGE, model: "served-model", responseId: "r1", ...parts };
}

/** Answers with that, its thinking and text in pieces of some characters where it is streamed. */
export function inPieces(answer: ModelAnswer, size = 5): Answerer {
  return (_request, onDelta) => {
    if (onDelta === undefined) return answer;
    const pieces = (whole: string): string[] => whole.match(new RegExp(`[^]{1,${size}}`, "gu")) ?? [];
    for (const thinking of pieces(answer.thinking ?? "")) onDelta({ text: "", thinking });
    for (const piece of pieces(answer.text)) onDelta({ text: piece });
    onDelta({ text: "" });
    return answer;
  };
}
