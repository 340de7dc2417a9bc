import { jsonInText } from "../../agents/json-in-text.ts";

/**
 * The JSON in a model's text: an object or a list, whole, fenced or among words, with trailing commas; where `cut`, also one that
 * just ends: its open strings, lists and objects are closed, what was half said is left out. undefined where there is none. Pure.
 */
export function jsonIn(text: string, cut = false): unknown {
  const trimmed = text.trim();
  const bare = /^```(?:json)?\s*\n([\s\S]*?)(?:\n```\s*)?$/i.exec(trimmed)?.[1]?.trim() ?? trimmed;
  if (bare.startsWith("[")) {
    const list = parse(bare) ?? parse(withoutTrailingCommas(bare));
    if (Array.isArray(list)) return list;
  }
  const object = objectIn(trimmed) ?? objectIn(withoutTrailingCommas(trimmed));
  if (object !== undefined) return object;
  if (!cut) return undefined;
  const start = bare.indexOf("{");
  return start < 0 ? undefined : closed(bare.slice(start));
}

/** The outermost object; one inside a broken whole is no answer. */
function objectIn(text: string): unknown {
  const found = jsonInText(text);
  if (found === undefined || !text.startsWith("{")) return found;
  return parse(text) ?? (endsWithWords(text, found) ? found : undefined);
}

/** A whole object with words after it, rather than a piece of a broken one. */
function endsWithWords(text: string, found: unknown): boolean {
  const inner = JSON.stringify(found);
  const bare = text.replaceAll(/\s/g, "");
  return bare.startsWith(inner.replaceAll(/\s/g, "").slice(0, 40));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Commas before a closing bracket, outside of strings. */
function withoutTrailingCommas(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, string: string | undefined) => string ?? "");
}

/** Ends a text of JSON at the last place where a value was whole. */
function closed(text: string): unknown {
  const open: string[] = [];
  const ends: { readonly at: number; readonly closing: string }[] = [];
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const sign = text[index];
    if (inString) {
      if (sign === "\\") index += 1;
      else if (sign === '"') inString = false;
      if (inString) continue;
    } else if (sign === '"') inString = true;
    else if (sign === "{" || sign === "[") open.push(sign === "{" ? "}" : "]");
    else if (sign === "}" || sign === "]") open.pop();
    else if (sign !== ",") continue;
    // Before a comma as well as after a value: either may be the last whole place.
    if (!inString) ends.push({ at: sign === "," ? index : index + 1, closing: open.toReversed().join("") });
  }
  for (const { at, closing } of ends.toReversed().slice(0, 200)) {
    const value = parse(text.slice(0, at) + closing);
    if (value !== undefined) return value;
  }
  return undefined;
}
