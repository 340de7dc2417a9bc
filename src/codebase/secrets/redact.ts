import type { SecretFinding } from "./secrets.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const FILL = "*".codePointAt(0) ?? 0;

/**
 * `text` without the values of `findings`: each is overwritten by "[redacted:RULE]" and asterisks, in exactly as many bytes
 * and with its line ends where they were, so that offsets and lines of everything else hold. Where the mark does not fit,
 * a shorter one, or asterisks alone. Pure; findings that overlap or lie outside are taken as far as they go.
 */
export function redact(text: string, findings: readonly SecretFinding[]): string {
  if (findings.length === 0) return text;
  const bytes = Buffer.from(text);
  for (const { rule, start, end } of findings) {
    const from = Math.max(0, Math.min(start, bytes.length));
    const until = Math.max(from, Math.min(end, bytes.length));
    const room = lineLength(bytes, from, until);
    const mark = [`[redacted:${rule}]`, "[redacted]", ""]
      .map((text) => Buffer.from(text))
      .find(({ length }) => length <= room);
    const isLong = room < until - from;
    for (let at = from; at < until; at += 1) {
      if (bytes[at] === NEWLINE || bytes[at] === RETURN) continue;
      const marked = mark?.[at - from];
      if (marked === undefined && isLong && !isOfKey(bytes[at] ?? 0)) continue;
      bytes[at] = marked ?? FILL;
    }
  }
  return bytes.toString();
}

/**
 * Signs of a key in base64. In a key of several lines the others are quotes and signs of the language between its parts:
 * they stay, so that the text is still read as what it was.
 */
function isOfKey(byte: number): boolean {
  return /[A-Za-z0-9/=_-]/.test(String.fromCodePoint(byte));
}

/** Bytes from `from` up to the first line end or `until`. */
function lineLength(bytes: Buffer, from: number, until: number): number {
  const value = bytes.subarray(from, until);
  const ends = [value.indexOf(NEWLINE), value.indexOf(RETURN)].filter((at) => at !== -1);
  return Math.min(value.length, ...ends);
}
