/** How much of a command's output is kept. */
const KEPT_BYTES = 16 * 1024;

/** Collects output and keeps its end. */
export interface TailOutput {
  add(chunk: Buffer): void;
  /** The last 16 KiB as text; where something was left out, the first line says how much. */
  text(): string;
}

/** An empty collection; it never holds more than twice what it keeps. */
export function tailOutput(): TailOutput {
  let chunks: Buffer[] = [];
  let held = 0;
  let total = 0;
  return {
    add: (chunk) => {
      chunks.push(chunk.length > KEPT_BYTES ? chunk.subarray(chunk.length - KEPT_BYTES) : chunk);
      held += chunks.at(-1)?.length ?? 0;
      total += chunk.length;
      if (held <= 2 * KEPT_BYTES) return;
      chunks = [lastBytes(Buffer.concat(chunks), KEPT_BYTES)];
      held = chunks[0]?.length ?? 0;
    },
    text: () => {
      const all = Buffer.concat(chunks);
      if (total <= KEPT_BYTES) return all.toString("utf8");
      const note = (bytes: number) => `[${bytes} bytes of output left out]\n`;
      const kept = lastBytes(all, KEPT_BYTES - note(total).length);
      return note(total - kept.length) + kept.toString("utf8");
    },
  };
}

/** The last `count` bytes, starting at a whole character. */
function lastBytes(bytes: Buffer, count: number): Buffer {
  let start = Math.max(0, bytes.length - count);
  while (start > 0 && start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.subarray(start);
}
