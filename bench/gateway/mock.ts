/**
 * The upstream of the benchmark, a process of its own: speaks just enough HTTP on raw sockets to stay far faster than what
 * is measured, and counts to the token what it served. A port for each subject, so that each has sums of its own.
 * Argument: how many ports. Sends `MockReady` to its parent. GET /__stats answers `MockStats`.
 */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { jsonAnswer, MARK, OUTPUT_SPREAD, PATHS, type Surface, streamAnswer, SURFACES } from "./wire.ts";

export interface MockReady {
  readonly ports: readonly number[];
}

/** What was served to its end, and what was asked in all. */
export interface MockStats {
  readonly asked: number;
  readonly unknown: number;
  readonly served: Readonly<Record<Surface, Served>>;
}

export interface Served {
  readonly requests: number;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
}

interface Counts {
  asked: number;
  unknown: number;
  served: Record<Surface, { requests: number; inputTokens: number; cacheReadTokens: number; outputTokens: number }>;
}

const ports = await Promise.all(Array.from({ length: Number(process.argv[2] ?? 1) }, () => open()));
process.send?.({ ports } satisfies MockReady);
process.once("disconnect", () => process.exit(0));

async function open(): Promise<number> {
  const none = { requests: 0, inputTokens: 0, cacheReadTokens: 0, outputTokens: 0 };
  const counts: Counts = { asked: 0, unknown: 0, served: { openai: { ...none }, anthropic: { ...none } } };
  const server = createServer({ noDelay: true }, (socket) => serve(socket, counts));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 4096, resolve));
  return (server.address() as AddressInfo).port;
}

/** Requests of one connection, one after the other. */
function serve(socket: Socket, counts: Counts): void {
  let waiting: Buffer[] = [];
  let size = 0;
  let needed = 0;
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes: Buffer) => {
    waiting.push(bytes);
    size += bytes.length;
    while (size > 0 && size >= needed) {
      const all = waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting);
      const request = takeRequest(all);
      waiting = [all];
      if (typeof request === "number") {
        needed = request;
        if (needed > size) return;
        continue;
      }
      answer(socket, request, counts);
      const rest = all.subarray(request.end);
      waiting = rest.length === 0 ? [] : [rest];
      size = rest.length;
      needed = 0;
    }
  });
}

interface Request {
  readonly path: string;
  readonly body: Buffer;
  readonly end: number;
}

/** The request that the bytes begin with, or how many bytes there must be before it is worth another look. */
function takeRequest(bytes: Buffer): Request | number {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return bytes.length + 1;
  const head = bytes.toString("latin1", 0, headEnd);
  const path = head.slice(head.indexOf(" ") + 1, head.indexOf(" HTTP/"));
  const from = headEnd + 4;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = from + Number(length);
    return end > bytes.length ? end : { path, body: bytes.subarray(from, end), end };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { path, body: bytes.subarray(from, from), end: from };
  const pieces: Buffer[] = [];
  for (let at = from; ;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return bytes.length + 1;
    const length = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const end = lineEnd + 2 + length + 2;
    if (end > bytes.length) return end;
    if (length === 0) return { path, body: Buffer.concat(pieces), end };
    pieces.push(bytes.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}

function answer(socket: Socket, { path, body }: Request, counts: Counts): void {
  if (path === "/__stats") return end(socket, 200, JSON.stringify(counts satisfies MockStats));
  const surface = SURFACES.find((name) => path.split("?")[0] === PATHS[name]);
  const mark = body.indexOf(MARK);
  if (surface === undefined || mark < 0) {
    counts.unknown += 1;
    return end(socket, 404, '{"error":{"message":"no such path in the benchmark","type":"invalid_request_error"}}');
  }
  counts.asked += 1;
  const [chunks = 0, paceMs = 0] = body
    .toString("latin1", mark + MARK.length, mark + MARK.length + 20)
    .split(":")
    .map(Number);
  const input = Math.ceil(body.length / 5);
  const cacheRead = input > 1024 ? Math.floor(input / 2) : 0;
  const tokens = { input: input - cacheRead, cacheRead, output: (chunks || 40) + (counts.asked % OUTPUT_SPREAD) };
  const served = (): void => {
    const sums = counts.served[surface];
    sums.requests += 1;
    sums.inputTokens += tokens.input;
    sums.cacheReadTokens += tokens.cacheRead;
    sums.outputTokens += tokens.output;
  };
  if (chunks === 0) {
    const { head, pieces } = jsonAnswer(surface, counts.asked, tokens);
    socket.write(head + pieces.join(""), "latin1");
    return served();
  }
  const { head, pieces } = streamAnswer(surface, counts.asked, chunks, tokens);
  stream(socket, head, pieces, paceMs, served);
}

/** One write an event, each in a turn of its own, as a provider's events come. */
function stream(socket: Socket, head: string, pieces: readonly string[], paceMs: number, served: () => void): void {
  let at = 0;
  const begun = performance.now();
  const next = (): void => {
    if (socket.destroyed) return;
    const piece = pieces[at] ?? "";
    const chunk = `${piece.length.toString(16)}\r\n${piece}\r\n`;
    at += 1;
    socket.write(at === 1 ? head + chunk : at === pieces.length ? `${chunk}0\r\n\r\n` : chunk, "latin1");
    if (at === pieces.length) served();
    else if (paceMs === 0) setImmediate(next);
    else setTimeout(next, Math.max(0, begun + at * paceMs - performance.now()));
  };
  next();
}

function end(socket: Socket, status: number, body: string): void {
  const type = "content-type: application/json\r\n";
  socket.write(
    `HTTP/1.1 ${status} ${status === 200 ? "OK" : "Not Found"}\r\n${type}content-length: ${body.length}\r\n\r\n${body}`,
  );
}
