/** Where a member of the outermost object stands, in bytes. */
interface Span {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The JSON with members of its outermost object set to other values, every other byte as it was: what a provider has
 * cached stays what it was. A member that is not there is put at the end. The text must be a JSON object.
 */
export function spliceJson(bytes: Buffer, members: Readonly<Record<string, unknown>>): Buffer {
  const spans = memberSpans(bytes, Object.keys(members));
  const edits: { span: Span; text: string }[] = [];
  const added: string[] = [];
  for (const [name, value] of Object.entries(members)) {
    const found = spans.get(name) ?? [];
    for (const span of found) edits.push({ span, text: JSON.stringify(value) });
    if (found.length === 0) added.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  }
  if (added.length > 0) {
    const close = bytes.lastIndexOf(0x7d);
    const isEmpty = /^\s*\{\s*$/.test(bytes.subarray(0, close).toString("latin1"));
    edits.push({ span: { start: close, end: close }, text: `${isEmpty ? "" : ","}${added.join(",")}` });
  }
  edits.sort((a, b) => a.span.start - b.span.start);
  const parts: Buffer[] = [];
  let from = 0;
  for (const { span, text } of edits) {
    parts.push(bytes.subarray(from, span.start), Buffer.from(text));
    from = span.end;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
}

/** The values of members of the outermost object; a name that is there twice has two. */
function memberSpans(bytes: Buffer, names: readonly string[]): ReadonlyMap<string, readonly Span[]> {
  const found = new Map<string, Span[]>();
  let depth = 0;
  let name: string | undefined;
  let valueFrom = -1;
  const close = (end: number): void => {
    if (name !== undefined && valueFrom >= 0 && names.includes(name)) {
      const span = trimmed(bytes, valueFrom, end);
      found.set(name, [...(found.get(name) ?? []), span]);
    }
    name = undefined;
    valueFrom = -1;
  };
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at);
      if (depth === 1 && valueFrom < 0) name = nameOf(bytes.subarray(at, end));
      at = end - 1;
    } else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 1) close(at);
      depth -= 1;
    } else if (depth === 1 && byte === 0x3a && valueFrom < 0) valueFrom = at + 1;
    else if (depth === 1 && byte === 0x2c) close(at);
  }
  return found;
}

function stringEnd(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(QUOTE, start + 1); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    let slashes = 0;
    while (bytes[at - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return bytes.length;
}

function nameOf(quoted: Buffer): string {
  const text = quoted.toString("utf8");
  return text.includes("\\") ? String(JSON.parse(text)) : text.slice(1, -1);
}

function trimmed(bytes: Buffer, from: number, to: number): Span {
  let start = from;
  let end = to;
  while (start < end && isSpace(bytes[start])) start += 1;
  while (end > start && isSpace(bytes[end - 1])) end -= 1;
  return { start, end };
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
