import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What came back over a connection, and whether the other side closed it. */
export interface RawAnswer {
  readonly text: string;
  readonly status: number;
  readonly closed: boolean;
}

/** Writes bytes as they are and answers what came back, once the other side has closed or said nothing for `quietMs`. */
export async function sendRaw(
  port: number,
  parts: readonly (string | Buffer)[],
  { quietMs = 700, host = "127.0.0.1" }: { readonly quietMs?: number; readonly host?: string } = {},
): Promise<RawAnswer> {
  const socket = connect(port, host);
  let text = "";
  let closed = false;
  let lastAt = Date.now();
  socket.on("data", (part: Buffer) => {
    text += part.toString("latin1");
    lastAt = Date.now();
  });
  socket.on("error", () => {});
  socket.on("close", () => (closed = true));
  for (const part of parts) {
    if (closed) break;
    await new Promise<void>((resolve) => {
      socket.once("close", resolve);
      socket.write(part, () => resolve());
    });
    lastAt = Date.now();
  }
  while (!closed && Date.now() - lastAt < quietMs) await sleep(10);
  socket.destroy();
  return { text, closed, status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0) };
}

/** Opens a connection that stays open until it is destroyed. */
export function openSocket(port: number, start: string | Buffer): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(start);
  return socket;
}

/** A request's head; the connection is to be closed after it. */
export function head(path: string, headers: Readonly<Record<string, string>>, method = "POST"): string {
  const lines = Object.entries({ connection: "close", ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`;
}
