/** A path as code writes it, in all forms that it is served in, with `{name}` for parameters and `{*}` for the rest of a path. */

/** How a framework writes what is not plain in a path. */
export interface PathSyntax {
  /** `{/:id}` is a part that may be missing (path-to-regexp 8); else braces hold a parameter's pattern (`:id{[0-9]+}`). */
  readonly bracesAreOptional: boolean;
}

type Piece =
  | { readonly kind: "plain"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string; readonly isOptional: boolean }
  | { readonly kind: "rest"; readonly name: string }
  | { readonly kind: "group"; readonly pieces: readonly Piece[] };

/**
 * The paths that a pattern stands for: `/a/:id?` is `/a` and `/a/{id}`. A pattern in parentheses or braces after a name belongs
 * to it. Pure.
 */
export function routePaths(pattern: string, syntax: PathSyntax): readonly string[] {
  const [pieces] = readPieces(pattern, 0, syntax, "");
  return [...new Set(written(pieces))];
}

function readPieces(pattern: string, from: number, syntax: PathSyntax, close: string): [readonly Piece[], number] {
  const pieces: Piece[] = [];
  let plain = "";
  const flush = (): void => {
    if (plain !== "") pieces.push({ kind: "plain", text: plain });
    plain = "";
  };
  let at = from;
  while (at < pattern.length) {
    const char = pattern.charAt(at);
    if (close !== "" && char === close) break;
    if (char === "\\") {
      plain += pattern.charAt(at + 1);
      at += 2;
    } else if (char === ":" && pattern.charAt(at + 1) === ":") {
      plain += ":";
      at += 2;
    } else if (char === ":" && /\w/.test(pattern.charAt(at + 1))) {
      flush();
      const [piece, next] = readParameter(pattern, at + 1, syntax);
      pieces.push(piece);
      at = next;
    } else if (char === "*") {
      flush();
      const stars = /^\*+/.exec(pattern.slice(at))?.[0].length ?? 1;
      const name = /^\w*/.exec(pattern.slice(at + stars))?.[0] ?? "";
      pieces.push({ kind: "rest", name });
      at += stars + name.length;
    } else if (char === "(") {
      flush();
      const end = closing(pattern, at, "(", ")");
      pieces.push({ kind: "rest", name: "" });
      at = afterModifier(pattern, end);
    } else if (char === "{" && syntax.bracesAreOptional) {
      flush();
      const [inside, end] = readPieces(pattern, at + 1, syntax, "}");
      pieces.push({ kind: "group", pieces: inside });
      at = afterModifier(pattern, end + 1);
    } else {
      plain += char;
      at += 1;
    }
  }
  flush();
  return [pieces, at];
}

function readParameter(pattern: string, from: number, syntax: PathSyntax): [Piece, number] {
  const name = /^\w+/.exec(pattern.slice(from))?.[0] ?? "";
  let at = from + name.length;
  if (pattern.charAt(at) === "(") at = closing(pattern, at, "(", ")");
  else if (pattern.charAt(at) === "{" && !syntax.bracesAreOptional) at = closing(pattern, at, "{", "}");
  const modifier = pattern.charAt(at);
  if (modifier === "?") return [{ kind: "parameter", name, isOptional: true }, at + 1];
  if (modifier === "*" || modifier === "+") return [{ kind: "parameter", name, isOptional: modifier === "*" }, at + 1];
  return [{ kind: "parameter", name, isOptional: false }, at];
}

function afterModifier(pattern: string, at: number): number {
  return /[?*+]/.test(pattern.charAt(at)) ? at + 1 : at;
}

/** The offset after the bracket that closes the one at `from`. */
function closing(pattern: string, from: number, open: string, close: string): number {
  let depth = 0;
  for (let at = from; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    if (char === "\\") at++;
    else if (char === open) depth++;
    else if (char === close && --depth === 0) return at + 1;
  }
  return pattern.length;
}

function written(pieces: readonly Piece[]): readonly string[] {
  let made: readonly string[] = [""];
  for (const piece of pieces) {
    if (piece.kind === "plain") made = made.map((before) => before + piece.text);
    else if (piece.kind === "rest") made = made.map((before) => `${before}{${piece.name === "" ? "*" : piece.name}}`);
    else if (piece.kind === "group") {
      const inside = written(piece.pieces);
      made = made.flatMap((before) => [before, ...inside.map((one) => before + one)]);
    } else {
      const withIt = made.map((before) => `${before}{${piece.name}}`);
      // Without an optional parameter its slash is missing too.
      made = piece.isOptional ? [...made.map((before) => before.replace(/\/$/, "")), ...withIt] : withIt;
    }
  }
  return made;
}

/** Two parts of a path with one slash between them; a slash at the end where the last part has one and more than that. Pure. */
export function joinPaths(...parts: readonly string[]): string {
  const written = parts.filter((part) => part !== "");
  const last = written.at(-1) ?? "";
  const whole = written
    .map((part) => (part.startsWith("/") ? part : `/${part}`))
    .join("")
    .replaceAll(/\/{2,}/g, "/");
  if (whole.length <= 1) return "/";
  return /[^/]\/$/.test(last) ? whole : whole.replace(/\/$/, "");
}

/** Whether a path takes whatever is asked: what is served for all that nobody else serves, and no endpoint. Pure. */
export function isCatchAll(path: string): boolean {
  return /^\/?\{\*?(?:splat|path|any|all|wild|wildcard|catchall)?\}$/i.test(path);
}
