import type { IncomingMessage, ServerResponse } from "node:http";
import { object, objects, text, type Json } from "./wire.ts";

/** How the scripted provider's batch interfaces behave; every request in a batch is answered by the script, as a direct one. */
export interface ScriptedBatchOptions {
  /** So often a batch is still being worked on when it is looked at. 0 unless it is said. */
  readonly looks?: number;
  /** Takes so many of the first hand-ins and cuts the connection before it has said so. */
  readonly loseAnswers?: number;
  /** Cuts the connection of so many of the first hand-ins without taking anything. */
  readonly losesRequests?: number;
}

export interface ScriptedBatchSeen {
  readonly id: string;
  readonly api: "anthropic" | "openai";
  /** The ids that requests came with. */
  readonly requests: readonly string[];
  cancelled: boolean;
}

interface Held extends ScriptedBatchSeen {
  looksLeft: number;
  readonly createdAt: number;
  readonly metadata: Json;
  readonly results: readonly string[];
}

/** Runs one request through the script: what a direct one would have been answered. */
export type AnswerInside = (path: string, body: Json) => Promise<{ readonly status: number; readonly body: unknown }>;

/** Anthropic's Message Batches and OpenAI's files and batches, at whatever prefix they are asked. */
export class ScriptedBatches {
  readonly seen: ScriptedBatchSeen[] = [];
  readonly #held = new Map<string, Held>();
  readonly #files = new Map<string, string>();
  readonly #options: ScriptedBatchOptions;
  readonly #answer: AnswerInside;
  #lose: number;
  #drop: number;

  constructor(options: ScriptedBatchOptions, answer: AnswerInside) {
    this.#options = options;
    this.#answer = answer;
    this.#lose = options.loseAnswers ?? 0;
    this.#drop = options.losesRequests ?? 0;
  }

  /** Answers what is asked of a batch interface; false for everything else, which is not touched. */
  async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    const anthropic = /\/messages\/batches(?:\/([^/]+))?(?:\/(results|cancel))?$/.exec(path);
    const openai = anthropic === null ? /\/batches(?:\/([^/]+))?(?:\/(cancel))?$/.exec(path) : null;
    const file = /\/files(?:\/([^/]+)\/content)?$/.exec(path);
    if (anthropic === null && openai === null && file === null) return false;
    const raw = request.method === "POST" ? await read(request) : "";
    if (file !== null) return this.#file(file[1], raw, response);
    const api = anthropic === null ? "openai" : "anthropic";
    const [, id, deed] = anthropic ?? openai ?? [];
    if (id === undefined && request.method === "POST") return this.#create(api, JSON.parse(raw) as Json, response);
    if (id === undefined) return this.#list(api, response);
    const held = this.#held.get(id);
    if (held === undefined)
      return send(response, 404, { error: { type: "not_found_error", message: `no batch ${id}` } });
    if (deed === "results") return sendText(response, held.results.join(""));
    if (deed === "cancel") held.cancelled = true;
    const shown = this.#shown(held);
    if (held.looksLeft > 0) held.looksLeft -= 1;
    return send(response, 200, shown);
  }

  async #create(api: Held["api"], body: Json, response: ServerResponse): Promise<true> {
    if (this.#drop > 0) {
      this.#drop -= 1;
      response.socket?.destroy();
      return true;
    }
    const number = this.seen.length + 1;
    const id = api === "anthropic" ? `msgbatch_${number}` : `batch_${number}`;
    const lines =
      api === "anthropic" ? objects(body["requests"]) : jsonLines(this.#files.get(text(body["input_file_id"])) ?? "");
    const results: string[] = [];
    for (const line of lines) {
      const result = api === "anthropic" ? await this.#anthropicLine(line) : await this.#openaiLine(line);
      results.push(`${JSON.stringify(result)}\n`);
    }
    const held: Held = {
      id,
      api,
      results,
      cancelled: false,
      requests: lines.map((line) => text(line["custom_id"])),
      looksLeft: this.#options.looks ?? 0,
      createdAt: Date.now(),
      metadata: object(body["metadata"]),
    };
    this.#held.set(id, held);
    this.seen.push(held);
    if (this.#lose > 0) {
      this.#lose -= 1;
      response.socket?.destroy();
      return true;
    }
    return send(response, 200, this.#shown(held));
  }

  async #anthropicLine(line: Json): Promise<Json> {
    const { status, body } = await this.#answer("/anthropic/v1/messages", object(line["params"]));
    const result = status === 200 ? { type: "succeeded", message: body } : { type: "errored", error: body };
    return { custom_id: line["custom_id"], result };
  }

  async #openaiLine(line: Json): Promise<Json> {
    const { status, body } = await this.#answer(`/openai${text(line["url"])}`, object(line["body"]));
    const response = { status_code: status, request_id: "req_batch", body };
    return { id: "batch_req", custom_id: line["custom_id"], response, error: null };
  }

  #list(api: Held["api"], response: ServerResponse): true {
    const data = [...this.#held.values()].filter((held) => held.api === api).reverse();
    const shown = data.map((held) => this.#shown(held));
    for (const held of data) held.looksLeft = Math.max(0, held.looksLeft - 1);
    return send(response, 200, {
      object: "list",
      data: shown,
      has_more: false,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
    });
  }

  #file(id: string | undefined, raw: string, response: ServerResponse): true {
    if (id === undefined) {
      const name = `file-${this.#files.size + 1}`;
      // The part of the form that holds the file: after its headers, before the border.
      const content = /filename="[^"]*"[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(raw)?.[1] ?? "";
      this.#files.set(name, content);
      return send(response, 200, { id: name, object: "file", purpose: "batch", bytes: content.length });
    }
    const held = this.#held.get(id.replace(/^output-/, ""));
    return sendText(response, held?.results.join("") ?? "");
  }

  #shown({ id, api, looksLeft, createdAt, metadata, requests, cancelled }: Held): Json {
    const ended = looksLeft === 0 || cancelled;
    const total = requests.length;
    if (api === "anthropic") {
      const counts = {
        processing: ended ? 0 : total,
        succeeded: ended ? total : 0,
        errored: 0,
        canceled: 0,
        expired: 0,
      };
      return {
        id,
        type: "message_batch",
        processing_status: ended ? "ended" : "in_progress",
        request_counts: counts,
        created_at: new Date(createdAt).toISOString(),
        results_url: ended ? `/v1/messages/batches/${id}/results` : null,
      };
    }
    return {
      id,
      object: "batch",
      status: ended ? "completed" : "in_progress",
      metadata,
      endpoint: "/v1/responses",
      created_at: Math.floor(createdAt / 1e3),
      output_file_id: ended ? `output-${id}` : null,
      error_file_id: null,
      request_counts: {
        total,
        completed: ended ? total : 0,
        failed: 0,
      },
    };
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function jsonLines(content: string): Json[] {
  return content
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => object(JSON.parse(line)));
}

function send(response: ServerResponse, status: number, value: unknown): true {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
  return true;
}

function sendText(response: ServerResponse, value: string): true {
  response.writeHead(200, { "content-type": "application/x-jsonl" });
  response.end(value);
  return true;
}
