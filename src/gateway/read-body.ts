import type { IncomingMessage } from "node:http";

/** The whole body; why there is none where it is too large, or its sender left before its end. */
export function readBody(request: IncomingMessage, most: number): Promise<Buffer | "too-large" | "left"> {
  if (Number(request.headers["content-length"] ?? 0) > most) return Promise.resolve("too-large");
  return new Promise((resolve) => {
    let parts: Buffer[] = [];
    let size = 0;
    request.on("data", (part: Buffer) => {
      size += part.length;
      if (size <= most) parts.push(part);
      else {
        parts = [];
        resolve("too-large");
      }
    });
    request.on("end", () => {
      const [first] = parts;
      resolve(parts.length === 1 && first !== undefined ? first : Buffer.concat(parts));
    });
    request.on("error", () => resolve("left"));
    request.on("close", () => resolve("left"));
  });
}
