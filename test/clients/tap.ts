import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A listener between a client and the gateway: what the client itself sent, and how it was answered. */
export interface Tap extends AsyncDisposable {
  readonly url: string;
  readonly heard: readonly Heard[];
}

export interface Heard {
  /** "UPGRADE" for a request to change to WebSocket. */
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly bodyHash: string;
  readonly atMs: number;
  /** 0 while nothing was answered. */
  readonly status: number;
  readonly answerHeaders: Readonly<Record<string, string>>;
  /** The beginning of the answer's body. */
  readonly answer: string;
}

/** Opens a tap in front of the address; bytes pass unchanged. */
export async function openTap(target: string): Promise<Tap> {
  const heard: Heard[] = [];
  const { hostname, port } = new URL(target);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const bytes = Buffer.concat(chunks);
      const entry = { ...about(request), body: bytes.toString("utf8"), bodyHash: hashOf(bytes) };
      heard.push(entry);
      const onward = ask({ hostname, port, method: request.method, path: request.url, headers: request.headers });
      onward.on("response", (answer) => {
        Object.assign(entry, { status: answer.statusCode ?? 0, answerHeaders: plain(answer.headers) });
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        response.flushHeaders();
        answer.on("data", (chunk: Buffer) => {
          if (entry.answer.length < 4000) entry.answer += chunk.toString("utf8");
          response.write(chunk);
        });
        answer.on("end", () => response.end());
        answer.on("error", () => response.destroy());
      });
      onward.on("error", () => response.destroy());
      response.on("close", () => {
        if (!response.writableFinished) onward.destroy();
      });
      onward.end(bytes);
    });
  });
  server.on("upgrade", (request: IncomingMessage, socket: Socket) => {
    const entry = { ...about(request), method: "UPGRADE" };
    heard.push(entry);
    const onward = ask({ hostname, port, method: "GET", path: request.url, headers: request.headers });
    onward.on("response", (answer) => {
      Object.assign(entry, { status: answer.statusCode ?? 0, answerHeaders: plain(answer.headers) });
      const lines = Object.entries(plain(answer.headers)).map(([name, value]) => `${name}: ${value}`);
      socket.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${lines.join("\r\n")}\r\n\r\n`);
      answer.pipe(socket);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
    onward.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function about(request: IncomingMessage): Heard {
  const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
  return {
    method: request.method ?? "",
    path,
    query,
    headers: plain(request.headers),
    body: "",
    bodyHash: "",
    atMs: performance.now(),
    status: 0,
    answerHeaders: {},
    answer: "",
  };
}

function plain(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
