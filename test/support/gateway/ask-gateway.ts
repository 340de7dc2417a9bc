import { Agent, request } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { CLIENT_KEY } from "./open-serve.ts";
import { readSaid, type Said, type SurfaceAsk, type SurfaceName, SURFACES } from "./surfaces.ts";

/** What a client got, and how it ended. */
export interface Got extends Said {
  /** 0 where no answer came. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  /** The connection broke before the answer was whole. */
  readonly broken: boolean;
  /** The client went away itself. */
  readonly left: boolean;
  readonly unreadable: number;
  readonly tookMs: number;
}

export interface GatewayAsk extends SurfaceAsk {
  readonly surface: SurfaceName;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the surface's own. */
  readonly body?: string | Buffer;
  readonly path?: string;
  /** Called with all that has come each time something comes; true: the client goes away. */
  readonly leaves?: (raw: string) => boolean;
  readonly signal?: AbortSignal;
}

const CONNECTIONS = new Agent({ keepAlive: true, maxSockets: 256 });

/** Asks once, over plain HTTP and with no retries; never rejects. */
export function askGateway(url: string, ask: GatewayAsk): Promise<Got> {
  const surface = SURFACES[ask.surface];
  const body = Buffer.from(ask.body ?? JSON.stringify(surface.body(ask)));
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let raw = "";
    let left = false;
    let answer: IncomingMessage | undefined;
    const finish = (broken: boolean): void => {
      const status = answer?.statusCode ?? 0;
      const isStream = status === 200 && ask.stream;
      const said = readSaid(surface, raw, isStream);
      const headers = answer?.headers ?? {};
      resolve({ ...said, status, headers, raw, broken, left, tookMs: performance.now() - startedAt });
    };
    const call = request(
      `${url}${ask.path ?? surface.path(ask)}`,
      {
        method: "POST",
        agent: CONNECTIONS,
        headers: {
          "content-type": "application/json",
          "content-length": body.length,
          authorization: `Bearer ${CLIENT_KEY}`,
          ...ask.headers,
        },
      },
      (response) => {
        answer = response;
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          raw += part;
          if (left || ask.leaves?.(raw) !== true) return;
          left = true;
          call.destroy();
        });
        response.on("error", () => {});
        response.on("close", () => finish(!response.complete));
      },
    );
    call.on("error", () => {
      if (answer === undefined) finish(true);
    });
    ask.signal?.addEventListener("abort", () => {
      left = true;
      call.destroy();
    });
    call.end(body);
  });
}

/** The request whose rows in the ledger and trace these are. */
export function requestIdOf({ headers }: Got): string {
  return String(headers["x-allot-request-id"] ?? "");
}
