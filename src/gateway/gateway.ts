import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { AvailableProvider } from "../catalog/choose-models.ts";
import type { Clock } from "../foundation/clock.ts";
import { AllotError } from "../foundation/errors.ts";
import { randomLetters } from "../foundation/ids.ts";
import { UnderWay } from "../foundation/under-way.ts";
import { answerCount } from "./count-tokens.ts";
import { keyOf } from "./clients/credentials.ts";
import type { KeyFacts, Keys } from "./keys/keys.ts";
import { foreign, hostsIn } from "./clients/local-only.ts";
import type { LiveFacts, Metrics } from "./metrics/metrics.ts";
import { listedModels, modelList } from "./surfaces/model-lists.ts";
import { answerPaid } from "./paid/paid.ts";
import type { PaidParts } from "./paid/paid-request.ts";
import { readBody } from "./read-body.ts";
import { errorAnswer, type Wrong } from "./surfaces/refusals.ts";
import { Reply } from "./paid/reply.ts";
import { type Route, routeOf } from "./surfaces/routes.ts";
import { goesInCircles, HOP } from "./paid/upstreams.ts";

/*
 * A local HTTP server that the clients of model providers use unchanged: every request goes through throttle, ledger, routing
 * and fallback. It owns the protocols' outsides: what is asked at which path, by whom, how a refusal is worded so that a
 * client stops, waits or goes on as is meant. What a request costs is `dispatch/`'s.
 *
 * Invariants: nothing is answered without a key but whether the gateway lives, and its sums; nothing but this machine's own pages and
 * names is let in; a client is never given half an answer that looks whole; bytes between a client and a provider of one protocol are
 * passed on as they are.
 *
 * Rejected: a web framework (a fifth of the throughput), answering WebSocket upgrades (426 makes clients fall back at once,
 * and a plain HTTP provider cannot serve what they would send).
 */
export interface Gateway extends AsyncDisposable {
  /** Where it listens. */
  readonly address: { readonly host: string; readonly port: number };
  readonly url: string;
}

export interface GatewayParts {
  readonly keys: Keys;
  readonly paid: PaidParts;
  readonly metrics: Metrics;
  readonly live: () => Promise<LiveFacts>;
  readonly available: () => Promise<readonly AvailableProvider[]>;
  /** Metrics without a key: only where nobody but this machine can ask. They name no session, key or prompt. */
  readonly openMetrics: boolean;
  /** Names besides this machine's own under which it may be asked. */
  readonly names: readonly string[];
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** The largest body; the size that Claude Code names on a 413. */
export const LARGEST_BODY = 32 * 1024 * 1024;

/** All headers of a request together; agents' beta headers are long and growing. */
const LARGEST_HEAD = 64 * 1024;

/** A request whose headers, or body, take longer to come is a slow one on purpose. */
const HEAD_MS = 20_000;
const REQUEST_MS = 120_000;
const MOST_CONNECTIONS = 4_096;

/** Opens the gateway. Throws `storage-unusable`-like faults of its parts earlier; here `port-taken` where the port is. */
export async function openGateway(parts: GatewayParts, { host, port }: ListenOptions): Promise<Gateway> {
  const front = new Front(parts);
  const server = createServer(
    {
      maxHeaderSize: LARGEST_HEAD,
      headersTimeout: HEAD_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 5_000,
      keepAliveTimeout: 65_000,
      noDelay: true,
    },
    (request, response) => front.take(request, response),
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.on("upgrade", refuseUpgrade);
  server.on("clientError", refuseGarbage);
  await listen(server, host, port);
  const { port: actual } = server.address() as AddressInfo;
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    address: { host, port: actual },
    url: `http://${shown}:${actual}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      await front.quiet();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw new AllotError("port-taken", `nothing can listen on ${host}:${port} (${code}); choose another with --port`, {
      cause: error,
    });
  }
}

/** Codex falls back to plain HTTP at once on this status, and stumbles for seconds on any other. */
function refuseUpgrade(_request: IncomingMessage, socket: Socket): void {
  socket.on("error", () => {});
  socket.end("HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\nupgrade: HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
}

function refuseGarbage(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || socket.destroyed) return;
  const status =
    error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "408 Request Timeout"
        : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy());
}

/** How long the rest of a body that is refused is let go by. */
const LINGER_MS = 10_000;

/** How long requests under way may go on after the gateway was told to stop. */
const QUIET_MS = 10_000;

/** Takes requests in, and knows which are under way. */
class Front {
  readonly #parts: GatewayParts;
  readonly #running = new UnderWay<AbortController>();
  readonly #prefix: string;
  #count = 0;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#prefix = `req-${parts.paid.clock.now().toString(36)}${randomLetters(4)}-`;
  }

  take(request: IncomingMessage, response: ServerResponse): void {
    const { clock } = this.#parts.paid;
    const reply = new Reply(response, () => clock.now());
    response.on("error", () => {});
    this.#answer(request, response, reply).catch((error: unknown) => {
      this.#parts.paid.onFault(error);
      if (reply.begun) reply.destroy();
      else
        reply.own(
          errorAnswer(undefined, {
            status: 500,
            code: "internal",
            message: "the gateway failed inside",
            requestId: "",
          }),
        );
    });
  }

  /** Resolves once nothing is under way, or it has been stopped. */
  async quiet(): Promise<void> {
    const { clock } = this.#parts.paid;
    const until = clock.now() + QUIET_MS;
    while (this.#running.size > 0 && clock.now() < until) await clock.sleep(20);
    for (const stop of this.#running.all()) stop.abort(new AllotError("interrupted", "the gateway was stopped"));
    while (this.#running.size > 0 && clock.now() < until + QUIET_MS) await clock.sleep(20);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
    const { method = "", url = "/" } = request;
    const mark = url.indexOf("?");
    const pathname = mark < 0 ? url : url.slice(0, mark);
    const query = mark < 0 ? "" : url.slice(mark + 1);
    const route = url.startsWith("/") ? routeOf(method, pathname, query) : undefined;
    if (hostsIn(request.rawHeaders) > 1)
      return refuse(request, reply, route, { status: 400, code: "usage", message: "the request has two Hosts" });
    const stranger = foreign(request.headers, this.#parts.names);
    if (stranger !== undefined)
      return refuse(request, reply, route, { status: 403, code: "foreign-host", message: stranger });
    if (route === undefined) {
      const message = `nothing is served at ${method} ${pathname.slice(0, 200)}`;
      return refuse(request, reply, route, { status: 404, code: "not-found", message });
    }
    if (route.kind === "health" || route.kind === "hello") {
      request.resume();
      reply.whole(200, { "content-type": "application/json" }, method === "HEAD" ? "" : '{"status":"ok"}');
      return;
    }
    if (route.kind === "metrics" && this.#parts.openMetrics) return this.#answerMetrics(reply);
    const credentials = keyOf(request.headers, query);
    const found = credentials.key === undefined ? undefined : this.#parts.keys.find(credentials.key);
    const key = found instanceof Promise ? await found : found;
    if (key === undefined) {
      const why = credentials.key === undefined ? "no key was given" : "the key is unknown, expired or revoked";
      return refuse(request, reply, route, {
        status: 401,
        code: "unauthorized",
        message: `${why}; \`allot key create\` makes one`,
      });
    }
    if (request.headers[HOP] !== undefined && goesInCircles(request.headers[HOP])) {
      const message = "the request has been through this gateway already; an upstream leads back here";
      return refuse(request, reply, route, { status: 508, code: "loop", message });
    }
    await this.#answerKnown(request, response, reply, route, key, credentials.ownKey, query);
  }

  async #answerKnown(
    request: IncomingMessage,
    response: ServerResponse,
    reply: Reply,
    route: Exclude<Route, { kind: "health" | "hello" }>,
    key: KeyFacts,
    ownKey: boolean,
    query: string,
  ): Promise<void> {
    const { metrics, paid } = this.#parts;
    switch (route.kind) {
      case "metrics":
        return this.#answerMetrics(reply);
      case "ollama-version":
        return reply.whole(200, { "content-type": "application/json" }, '{"version":"0.12.3"}');
      case "models":
        return this.#answerModels(request, reply, route, key, query);
      case "count-tokens": {
        const body = await readBody(request, LARGEST_BODY);
        if (typeof body === "string") return refuseBody(request, response, reply, route, body, paid.clock);
        return answerCount(paid, route, query, request.rawHeaders, ownKey, body, reply);
      }
      case "paid": {
        const at = paid.clock.now();
        const body = await readBody(request, LARGEST_BODY);
        if (typeof body === "string") return refuseBody(request, response, reply, route, body, paid.clock);
        const { headers, rawHeaders } = request;
        const id = `${this.#prefix}${(++this.#count).toString(36)}`;
        const stop = new AbortController();
        const place = this.#running.enter(stop);
        response.once("close", () => {
          if (!response.writableFinished) stop.abort(new AllotError("interrupted", "the client has left"));
        });
        metrics.begun();
        try {
          await answerPaid(paid, { id, at, route, query, headers, rawHeaders, body, key, ownKey }, reply, stop.signal);
        } finally {
          this.#running.leave(place);
        }
      }
    }
  }

  async #answerMetrics(reply: Reply): Promise<void> {
    const { metrics, live } = this.#parts;
    const { type, body } = await metrics.text(await live());
    reply.whole(200, { "content-type": type }, body);
  }

  async #answerModels(
    request: IncomingMessage,
    reply: Reply,
    route: Extract<Route, { kind: "models" }>,
    key: KeyFacts,
    query: string,
  ): Promise<void> {
    const shape = shapeOf(request, route, query);
    const models = listedModels(this.#parts.paid.catalog, await this.#parts.available(), key);
    const list = modelList(route, shape, models);
    if (list !== undefined) return reply.whole(200, { "content-type": "application/json" }, JSON.stringify(list));
    const message = `no model "${route.model ?? ""}" is served here`;
    return refuse(request, reply, route, { status: 404, code: "unknown-model", message });
  }
}

function shapeOf(
  request: IncomingMessage,
  { shape }: Extract<Route, { kind: "models" }>,
  query: string,
): "anthropic" | "openai" | "gemini" | "ollama" | "codex" {
  if (shape !== "openai") return shape;
  if (request.headers["anthropic-version"] !== undefined) return "anthropic";
  if (request.headers["x-goog-api-key"] !== undefined) return "gemini";
  return new URLSearchParams(query).has("client_version") ? "codex" : "openai";
}

function refuseBody(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  route: Route,
  why: "too-large" | "left",
  clock: Clock,
): void {
  if (why === "left") return;
  // Closed at once, with bytes unread, the connection would be reset before the client has read the answer; also where it asked for that.
  response.shouldKeepAlive = true;
  const gone = new AbortController();
  request.once("close", () => gone.abort());
  clock.sleep(LINGER_MS, gone.signal).then(
    () => request.destroy(),
    () => {},
  );
  const message = `the body is larger than ${LARGEST_BODY / 1024 / 1024} MB`;
  refuse(request, reply, route, { status: 413, code: "too-large", message });
}

/** What was not read of the request is let go by. */
function refuse(
  request: IncomingMessage,
  reply: Reply,
  route: Route | undefined,
  wrong: Omit<Wrong, "requestId">,
): void {
  request.resume();
  const surface = route !== undefined && "surface" in route ? route.surface : undefined;
  reply.own(errorAnswer(surface, { ...wrong, requestId: "" }));
}
