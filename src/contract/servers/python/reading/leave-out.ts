/** A text in which the bodies of functions are blanks, each with a lone 0 where it begins. */
export interface Outline {
  /** As long as the original, line for line. */
  readonly text: string;
  /** Where a body that was left out begins, and where it ends. */
  readonly leftOut: ReadonlyMap<number, number>;
}

const DEFINES = /(?:async[ \t]+)?def[ \t]/y;

/**
 * Blanks the bodies of a Python module's functions, so that the parser is not asked about them: they are most of most files, and
 * few of them are ever called here. A module in which a string does not end is left as it is.
 */
export function leaveOut(text: string): Outline {
  const leftOut = new Map<number, number>();
  let open: { readonly indent: number; start: number; end: number } | undefined;
  const close = (): void => {
    if (open !== undefined && open.start >= 0) leftOut.set(open.start, open.end);
    open = undefined;
  };
  for (let at = 0; at < text.length;) {
    const first = skipBlanks(text, at);
    const sign = text.charCodeAt(first);
    if (sign === 10 || sign === 13 || sign === 35 || first >= text.length) {
      at = lineEnd(text, first) + 1;
      continue;
    }
    const end = logicalEnd(text, first);
    if (end === undefined) return { text, leftOut: new Map() };
    const indent = first - at;
    if (open !== undefined && indent <= open.indent) close();
    if (open !== undefined) {
      if (open.start < 0) open.start = first;
      open.end = end;
    } else {
      DEFINES.lastIndex = first;
      if (DEFINES.test(text)) open = { indent, start: -1, end };
    }
    at = end + 1;
  }
  close();
  return { text: blanked(text, leftOut), leftOut };
}

function blanked(text: string, leftOut: ReadonlyMap<number, number>): string {
  if (leftOut.size === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (const [start, end] of leftOut) {
    parts.push(text.slice(from, start), "0", text.slice(start + 1, end).replaceAll(/[^\n]/g, " "));
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join("");
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9 || text.charCodeAt(at) === 12) at += 1;
  return at;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

/** Where the line that begins here ends, brackets, strings and backslashes followed; undefined where a string does not end. */
function logicalEnd(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 10:
        if (depth <= 0) return at;
        break;
      case 35:
        at = lineEnd(text, at) - 1;
        break;
      case 92:
        at += text.charCodeAt(at + 1) === 13 ? 2 : 1;
        break;
      case 40:
      case 91:
      case 123:
        depth += 1;
        break;
      case 41:
      case 93:
      case 125:
        depth -= 1;
        break;
      case 34:
      case 39: {
        const end = stringEnd(text, at);
        if (end === undefined) return undefined;
        at = end;
        break;
      }
    }
  }
  return text.length;
}

/** The last character of a string; one of a single line ends with it at the latest. */
function stringEnd(text: string, at: number): number | undefined {
  const quote = text[at] ?? "";
  const isLong = text.startsWith(quote.repeat(3), at);
  for (let end = at + (isLong ? 3 : 1); end < text.length; end += 1) {
    const sign = text[end];
    if (sign === "\\") end += 1;
    else if (isLong ? sign === quote && text.startsWith(quote.repeat(3), end) : sign === quote)
      return isLong ? end + 2 : end;
    else if (!isLong && sign === "\n") return end - 1;
  }
  return undefined;
}
