import type { SecretFinding } from "./secrets.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const FILL = "*".codePointAt(0) ?? 0;

/**
 * `text` without the values of `findings`: each is overwritten by "[redacted:RULE]" and asterisks, in exactly as many bytes
 * and with its line ends where they were, so that offsets and lines of everything else hold. Where the mark does not fit,
 * asterisks alone. Pure; findings that overlap or lie outside are taken as far as they go.
 */
export function redact(text: string, findings: readonly SecretFinding[]): string {
  if (findings.length === 0) return text;
  const bytes = Buffer.from(text);
  for (const { rule, start, end } of findings) {
    const from = Math.max(0, Math.min(start, bytes.length));
    const until = Math.max(from, Math.min(end, bytes.length));
    const mark = Buffer.from(`[redacted:${rule}]`);
    const firstLine = lineLength(bytes, from, until);
    for (let at = from; at < until; at += 1) {
      if (bytes[at] === NEWLINE || bytes[at] === RETURN) continue;
      bytes[at] = mark.length <= firstLine ? (mark[at - from] ?? FILL) : FILL;
    }
  }
  return bytes.toString();
}

/** Bytes from `from` up to the first line end or `until`. */
function lineLength(bytes: Buffer, from: number, until: number): number {
  const value = bytes.subarray(from, until);
  const ends = [value.indexOf(NEWLINE), value.indexOf(RETURN)].filter((at) => at !== -1);
  return Math.min(value.length, ...ends);
}
