import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Script, ScriptedUsage, SeenRequest, Served, Visit } from "./script.ts";
import { type AnswerInside, ScriptedBatches, type ScriptedBatchOptions, type ScriptedBatchSeen } from "./batches.ts";
import { fillAnswer } from "./script.ts";
import { sendAnswer } from "./send-answer.ts";
import { countedTokens, modelList } from "./side-answers.ts";
import { WIRES } from "./wires.ts";

/**
 * A model provider on loopback that speaks the real wire formats and answers as a script says. It is a real HTTP
 * server: what a client does with torn chunks, cut connections, silence or a 429 is tested for real.
 *
 * It keeps `served`, the list of every request with what it would be billed, so that a test can hold a ledger against
 * it. One server serves all formats: OpenAI and xAI share paths, so xAI lives below `/xai`; every provider may also be
 * reached below its own name (`urls`).
 */
export interface ScriptedProvider {
  /** Without a path: "http://127.0.0.1:PORT". What comes in on the shared OpenAI paths here counts as OpenAI. */
  readonly url: string;
  readonly urls: Readonly<Record<ProviderUrlName, string>>;
  readonly port: number;
  readonly served: readonly Served[];
  readonly seen: readonly SeenRequest[];
  /** Everything that came in, questions about models, token counts and upgrades too, in order of arrival. */
  readonly visits: readonly Visit[];
  /** What was handed in at the batch interfaces. */
  readonly batches: readonly ScriptedBatchSeen[];
  close(): Promise<void>;
}

export type ProviderUrlName = "anthropic" | "openai" | "xai" | "google" | "ollama" | "openai-compatible";

export interface ScriptedProviderOptions {
  readonly script: Script;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** What the model lists name. */
  readonly models?: readonly string[];
  readonly batches?: ScriptedBatchOptions;
}

const NOTHING: ScriptedUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  toolUsePromptTokens: 0,
};

/** Opens a scripted provider on 127.0.0.1. The script may be async; a script that throws is answered with a 500 that says so. */
export async function openScriptedProvider(options: ScriptedProviderOptions): Promise<ScriptedProvider> {
  const served: Served[] = [];
  const seen: SeenRequest[] = [];
  const visits: Visit[] = [];
  const batches = new ScriptedBatches(options.batches ?? {}, answerInside(options, served, seen));
  const server = createServer((request, response) => {
    const visit = { ...visitOf(request), status: 0 };
    visits.push(visit);
    response.on("close", () => (visit.status = response.headersSent ? response.statusCode : 0));
    // A client that goes away mid-request is a case under test, never a reason to fall over.
    batches
      .serve(request, response, visit.path)
      .then((isBatch) => (isBatch ? undefined : handle(options, served, seen, request, response)))
      .catch(() => response.destroy());
  });
  server.on("upgrade", (request: IncomingMessage, socket: Socket) => {
    visits.push({ ...visitOf(request), method: "UPGRADE", status: 426 });
    socket.end("HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    urls: {
      anthropic: `${url}/anthropic/v1`,
      openai: `${url}/openai/v1`,
      xai: `${url}/xai/v1`,
      google: `${url}/google/v1beta`,
      ollama: `${url}/ollama`,
      "openai-compatible": `${url}/openai-compatible/v1`,
    },
    port,
    served,
    seen,
    visits,
    batches: batches.seen,
    close: () => closeServer(server),
  };
}

/** A request that came in a batch: seen, answered and billed like any other. */
function answerInside(options: ScriptedProviderOptions, served: Served[], seenRequests: SeenRequest[]): AnswerInside {
  return async (path, body) => {
    const wire = WIRES.find((candidate) => candidate.matches(path));
    if (wire === undefined) return { status: 404, body: { error: { message: `nothing is served at ${path}` } } };
    const request = { method: "POST", url: path, headers: {} } as IncomingMessage;
    const seen = normalise(wire.name, served.length + 1, path, body, request, wire.read(path, body));
    seenRequests.push(seen);
    const entry = {
      number: seen.number,
      wire: wire.name,
      model: seen.model,
      stream: false,
      usage: NOTHING,
      status: 0,
      chunks: 0,
      bodyHash: createHash("sha256").update(JSON.stringify(body)).digest("hex"),
      completed: false,
      aborted: false,
      lastUserText: seen.lastUserText,
      toolNames: seen.tools.map((tool) => tool.name),
      startedAt: Date.now(),
      endedAt: Date.now(),
    };
    served.push(entry);
    const answer = await options.script(seen);
    if (answer.error !== undefined) {
      const { error } = answer;
      const refused = typeof error === "object" ? { status: error.status, body: error.body } : wire.error(error);
      Object.assign(entry, { status: refused.status });
      return refused;
    }
    const full = fillAnswer(seen, answer);
    Object.assign(entry, { status: 200, completed: true, usage: full.usage });
    return { status: 200, body: wire.body(full, seen) };
  };
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

async function handle(
  options: ScriptedProviderOptions,
  served: Served[],
  seenRequests: SeenRequest[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path } = visitOf(request);
  if (request.method === "GET" || request.method === "HEAD") return answerGet(options, served, request, response);
  const raw = await readBody(request);
  const counted = countedTokens(path, raw);
  if (counted !== undefined) return sendJson(response, 200, counted);
  const wire = WIRES.find((candidate) => candidate.matches(path));
  if (wire === undefined) return sendJson(response, 404, { error: { message: `nothing is served at ${path}` } });
  const body = parseObject(raw);
  if (body === undefined) return sendJson(response, 400, wire.error("bad-request").body);

  const seen = normalise(wire.name, served.length + 1, path, body, request, wire.read(path, body));
  const entry = {
    number: seen.number,
    wire: wire.name,
    model: seen.model,
    stream: seen.stream,
    bodyHash: createHash("sha256").update(raw).digest("hex"),
    usage: NOTHING,
    status: 0,
    chunks: 0,
    completed: false,
    aborted: false,
    lastUserText: seen.lastUserText,
    toolNames: seen.tools.map((tool) => tool.name),
    startedAt: Date.now(),
    endedAt: 0,
  };
  served.push(entry);
  seenRequests.push(seen);
  let cutByUs = false;
  response.on("close", () => {
    entry.endedAt = Date.now();
    entry.aborted = !response.writableFinished && !cutByUs;
  });
  try {
    const answer = await options.script(seen);
    cutByUs = answer.cutAfter !== undefined;
    if (answer.delayMs !== undefined) await sleep(answer.delayMs);
    Object.assign(entry, await sendAnswer(wire, seen, answer, response, (chunks) => (entry.chunks = chunks)));
  } catch (error) {
    entry.status = 500;
    if (response.headersSent) response.destroy();
    sendJson(response, 500, { error: { type: "server_error", message: `the script threw: ${String(error)}` } });
  }
}

function normalise(
  wire: SeenRequest["wire"],
  number: number,
  path: string,
  body: Record<string, unknown>,
  request: IncomingMessage,
  read: Omit<SeenRequest, "number" | "wire" | "path" | "query" | "body" | "headers" | "lastUserText" | "toolResults">,
): SeenRequest {
  return {
    ...read,
    number,
    wire,
    path,
    body,
    query: visitOf(request).query,
    headers: headersOf(request),
    lastUserText: read.messages.findLast((message) => message.role === "user")?.text ?? "",
    toolResults: read.messages.at(-1)?.toolResults ?? [],
  };
}

function answerGet(
  options: ScriptedProviderOptions,
  served: readonly Served[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const visit = visitOf(request);
  if (visit.path === "/__served") return sendJson(response, 200, served);
  if (visit.path.endsWith("/api/version")) return sendJson(response, 200, { version: "0.12.3" });
  const list = modelList(visit, options.models ?? ["scripted-model"]);
  if (list !== undefined) return sendJson(response, 200, list);
  return sendJson(response, visit.path === "/" || request.method === "HEAD" ? 200 : 404, {});
}

function visitOf(request: IncomingMessage): Omit<Visit, "status"> {
  const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
  return { method: request.method ?? "", path, query, headers: headersOf(request) };
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function parseObject(raw: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}
