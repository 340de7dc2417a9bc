/**
 * The path that a pattern of Django matches: named groups become {name}, others {}; anchors, escapes and what may be absent are
 * left out, a slash that may be absent stays.
 */
export function pathOfPattern(pattern: string): string {
  return walk(pattern, 0, pattern.length);
}

function walk(pattern: string, from: number, to: number): string {
  let path = "";
  let at = from;
  while (at < to) {
    const [piece, end] = pieceAt(pattern, at, to);
    const [kept, next] = repeated(pattern, piece, end, to);
    path += kept;
    at = next;
  }
  return path;
}

/** One piece of a pattern as it stands in a path, and where it ends. */
function pieceAt(pattern: string, at: number, to: number): readonly [string, number] {
  const sign = pattern[at] ?? "";
  if (sign === "(") return group(pattern, at, to);
  if (sign === "[") return ["{}", setEnd(pattern, at, to)];
  if (sign === "\\") {
    const next = pattern[at + 1] ?? "";
    if (/[AZzbB]/.test(next)) return ["", at + 2];
    return [/[dDwWsS]/.test(next) ? "{}" : next, at + 2];
  }
  if (sign === "^" || sign === "$") return ["", at + 1];
  // A lone dot is mostly a dot that nobody escaped: "v1.0".
  return [sign === "." && /[*+{]/.test(pattern[at + 1] ?? "") ? "{}" : sign, at + 1];
}

function group(pattern: string, at: number, to: number): readonly [string, number] {
  const end = groupEnd(pattern, at, to);
  const inside = pattern.slice(at + 1, end - 1);
  const name = /^\?P?<([A-Za-z_]\w*)>/.exec(inside)?.[1];
  if (name !== undefined) return [`{${name}}`, end];
  if (/^\?(?:[=!]|<[=!])/.test(inside)) return ["", end];
  if (!inside.startsWith("?:")) return ["{}", end];
  const first = firstChoice(inside.slice(2));
  return [walk(first, 0, first.length), end];
}

/** Of several ways to match the first one that is not empty. */
function firstChoice(inside: string): string {
  let depth = 0;
  for (let at = 0; at < inside.length; at += 1) {
    const sign = inside[at];
    if (sign === "\\") at += 1;
    else if (sign === "(") depth += 1;
    else if (sign === ")") depth -= 1;
    else if (sign === "|" && depth === 0 && at > 0) return inside.slice(0, at);
  }
  return inside;
}

function groupEnd(pattern: string, at: number, to: number): number {
  let depth = 0;
  for (let end = at; end < to; end += 1) {
    const sign = pattern[end];
    if (sign === "\\") end += 1;
    else if (sign === "[") end = setEnd(pattern, end, to) - 1;
    else if (sign === "(") depth += 1;
    else if (sign === ")" && (depth -= 1) === 0) return end + 1;
  }
  return to;
}

function setEnd(pattern: string, at: number, to: number): number {
  for (let end = at + 2; end < to; end += 1) {
    if (pattern[end] === "\\") end += 1;
    else if (pattern[end] === "]") return end + 1;
  }
  return to;
}

/** What stands behind a piece: "?" and "*" let it be absent, which only a slash survives. */
function repeated(pattern: string, piece: string, end: number, to: number): readonly [string, number] {
  const sign = /^(?:[?*+]|\{\d*,?\d*\})[?+]?/.exec(pattern.slice(end, Math.min(to, end + 12)))?.[0] ?? "";
  const mayBeAbsent = /^[?*]|^\{0?,/.test(sign);
  const kept = mayBeAbsent && piece !== "/" && !/^\{\w+\}$/.test(piece) && piece !== "{}" ? "" : piece;
  return [kept, end + sign.length];
}
