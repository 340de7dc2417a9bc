/** Parameters as a caller sees them. */
export interface Parameters {
  /** In order; null for one without a name of its own (destructured). */
  readonly names: readonly (string | null)[];
  /** How many of the first have to be given. */
  readonly required: number;
}

/**
 * The parameters that a signature names, whether it stands in Python, JavaScript, TypeScript or a document; `self`, `cls`
 * and `this` are none of a caller's. Undefined where there is no complete list: no brackets, or a cut line. Pure.
 */
export function parametersOf(signature: string): Parameters | undefined {
  const list = bracketed(signature, openingOf(signature));
  if (list === undefined) return undefined;
  const parts = splitAt(list, ",").map((part) => part.trim());
  const names: (string | null)[] = [];
  let required = 0;
  for (const part of parts) {
    if (part === "" || part === "*" || part === "/") continue;
    if (/^(?:\.\.\.|…)$/.test(part)) return undefined;
    const name = nameOf(part);
    if (names.length === 0 && /^(?:self|cls|this|mcs)$/.test(name ?? "")) continue;
    names.push(name);
    if (!isOptional(part)) required = names.length;
  }
  return { names, required };
}

/** The bracket after the name; arrow functions have it after "=". Type parameters come before it. */
function openingOf(signature: string): number {
  let depth = 0;
  for (let at = 0; at < signature.length; at += 1) {
    const sign = signature[at];
    if (sign === "<") depth += 1;
    else if (sign === ">" && signature[at - 1] !== "=" && depth > 0) depth -= 1;
    else if (sign === "(" && depth === 0) return at;
  }
  return signature.indexOf("(");
}

/** What stands between the bracket at `open` and its partner; undefined where that is missing. */
function bracketed(text: string, open: number): string | undefined {
  if (open === -1) return undefined;
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if ("([{".includes(text[at] ?? " ")) depth += 1;
    else if (")]}".includes(text[at] ?? " ")) depth -= 1;
    if (depth === 0) return text.slice(open + 1, at);
  }
  return undefined;
}

/** Parts between `mark` outside of brackets and quotes. */
function splitAt(text: string, mark: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = "";
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? "";
    if (quote !== "") {
      if (sign === quote) quote = "";
    } else if (`"'\``.includes(sign)) quote = sign;
    else if ("([{<".includes(sign)) depth += 1;
    else if (")]}>".includes(sign) && text[at - 1] !== "=") depth = Math.max(0, depth - 1);
    else if (sign === mark && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}

function nameOf(part: string): string | null {
  const bare = part
    .replace(/^(?:@\w+(?:\([^)]*\))?\s+)*/, "")
    .replace(/^(?:(?:public|private|protected|readonly|override)\s+)*/, "")
    .replace(/^(?:\*{1,2}|\.{3}|\[)\s*/, "");
  return /^[A-Za-z_$][\w$]*/.exec(bare)?.[0] ?? null;
}

/** With a default, a question mark, a star, in square brackets: need not be given. */
function isOptional(part: string): boolean {
  if (/^(?:\*|\.{3}|\[)/.test(part)) return true;
  return splitAt(part.replaceAll("=>", "  "), "=").length > 1 || /^[\w$]+\?/.test(part);
}
