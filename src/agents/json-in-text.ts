/**
 * The JSON object in a model's text: the whole text, a fenced block, or the first balanced pair of braces that parses.
 * Undefined where there is none. Pure.
 */
export function jsonInText(text: string): unknown {
  const trimmed = text.trim();
  const whole = objectOf(trimmed);
  if (whole !== undefined) return whole;
  for (const fence of trimmed.matchAll(/```(?:json[c5]?)?\s*\n([\s\S]*?)\n\s*```/gi)) {
    const fenced = objectOf(fence[1] ?? "");
    if (fenced !== undefined) return fenced;
  }
  let start = trimmed.indexOf("{");
  for (let tries = 0; start >= 0 && tries < 50; tries += 1) {
    const end = closingBrace(trimmed, start);
    const found = end === undefined ? undefined : objectOf(trimmed.slice(start, end + 1));
    if (found !== undefined) return found;
    start = trimmed.indexOf("{", start + 1);
  }
  return undefined;
}

function objectOf(text: string): unknown {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Where the brace at `start` closes, braces inside strings not counted. */
function closingBrace(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === "\\") index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{") depth += 1;
    else if (character === "}" && --depth === 0) return index;
  }
  return undefined;
}
