import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fillAnswer } from "./script.ts";
import type { FullAnswer, ScriptedAnswer, ScriptedError, SeenRequest, Served } from "./script.ts";
import type { Wire } from "./wire.ts";

/** What became of an answer that was sent. */
export type SentAnswer = Pick<Served, "status" | "completed"> & Partial<Pick<Served, "usage">>;

/** Writes the answer (or the mishap) on the wire and says what a provider would bill for it. `onChunk` hears how many chunks of a stream have left. */
export async function sendAnswer(
  wire: Wire,
  seen: SeenRequest,
  answer: ScriptedAnswer,
  response: ServerResponse,
  onChunk: (chunks: number) => void,
): Promise<SentAnswer> {
  if (response.destroyed) return { status: 0, completed: false };
  if (answer.silence === "all") return waitForClient(response, 0);
  if (answer.error !== undefined) return sendError(wire, answer.error, answer.retryAfterS, response);
  const type = seen.stream ? wire.streamType : "application/json";
  if (answer.garbage === true) {
    const text =
      seen.stream && type === "text/event-stream"
        ? 'data: {"this is": no json\n\n'
        : "<html>Bad gateway, in good spirits</html>";
    response.writeHead(200, { "content-type": type });
    response.end(text);
    return { status: 200, completed: false };
  }
  response.writeHead(200, {
    "content-type": type,
    "request-id": `req_${seen.number}`,
    "x-request-id": `req_${seen.number}`,
  });
  if (answer.silence === "after-headers") {
    response.flushHeaders();
    return waitForClient(response, 200);
  }
  const full = fillAnswer(seen, answer);
  const sent = seen.stream
    ? await sendStream(wire, seen, answer, full, response, onChunk)
    : await sendBody(wire, seen, answer, full, response);
  return { status: 200, completed: sent, usage: full.usage };
}

async function sendStream(
  wire: Wire,
  seen: SeenRequest,
  answer: ScriptedAnswer,
  full: FullAnswer,
  response: ServerResponse,
  onChunk: (chunks: number) => void,
): Promise<boolean> {
  for (const [index, chunk] of wire.chunks(full, seen).entries()) {
    if (index === answer.cutAfter) {
      response.socket?.destroy();
      return false;
    }
    if (index === answer.hangAfter) {
      await waitForClient(response, 200);
      return false;
    }
    if (index === answer.endAfter) {
      await finish(response);
      return false;
    }
    if (index === answer.failAfter) {
      await write(response, wire.faultChunk(), answer.sliceBytes);
      await finish(response);
      return false;
    }
    if (!(await write(response, chunk, answer.sliceBytes))) return false;
    onChunk(index + 1);
    if (answer.chunkDelayMs !== undefined) await sleep(answer.chunkDelayMs);
  }
  return finish(response);
}

async function sendBody(
  wire: Wire,
  seen: SeenRequest,
  answer: ScriptedAnswer,
  full: FullAnswer,
  response: ServerResponse,
): Promise<boolean> {
  const body = JSON.stringify(wire.body(full, seen));
  if (answer.cutAfter !== undefined || answer.endAfter !== undefined || answer.failAfter !== undefined) {
    await write(response, body.slice(0, body.length / 2), undefined);
    if (answer.cutAfter !== undefined) response.socket?.destroy();
    else await finish(response);
    return false;
  }
  return (await write(response, body, answer.sliceBytes)) && finish(response);
}

function sendError(
  wire: Wire,
  error: ScriptedError,
  retryAfterS: number | undefined,
  response: ServerResponse,
): SentAnswer {
  const retry = retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) };
  if (typeof error === "object") {
    response.writeHead(error.status, { "content-type": "application/json", ...retry, ...error.headers });
    response.end(error.body);
    return { status: error.status, completed: true };
  }
  const { status, body } = wire.error(error);
  response.writeHead(status, { "content-type": "application/json", ...retry });
  response.end(JSON.stringify(body));
  return { status, completed: true };
}

/** False when the client is gone. Waits until the bytes left the process, so that a cut is where the script says. */
async function write(response: ServerResponse, text: string, sliceBytes: number | undefined): Promise<boolean> {
  const bytes = Buffer.from(text, "utf8");
  const step = sliceBytes ?? Math.max(bytes.length, 1);
  for (let start = 0; start < bytes.length; start += step) {
    if (response.destroyed) return false;
    await new Promise<void>((resolve) => response.write(bytes.subarray(start, start + step), () => resolve()));
  }
  return !response.destroyed;
}

async function finish(response: ServerResponse): Promise<boolean> {
  if (response.destroyed) return false;
  await new Promise<void>((resolve) => {
    response.once("close", resolve);
    response.end(resolve);
  });
  return response.writableFinished;
}

async function waitForClient(response: ServerResponse, status: number): Promise<SentAnswer> {
  if (!response.destroyed) await once(response, "close");
  return { status, completed: false };
}
