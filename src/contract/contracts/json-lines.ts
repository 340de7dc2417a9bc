/**
 * Where the members of a JSON text stand: line of each key whose path has at most `deepest` keys, by its keys joined with
 * line breaks. For a text that is known to be JSON.
 */
export function jsonLines(text: string, deepest: number): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const keys: string[] = [];
  let line = 1;
  let expectsKey = false;
  const holders: string[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === "\n") line += 1;
    else if (sign === "{" || sign === "[") {
      holders.push(sign);
      keys.push("");
      expectsKey = sign === "{";
    } else if (sign === "}" || sign === "]") {
      holders.pop();
      keys.pop();
      expectsKey = false;
    } else if (sign === ",") expectsKey = holders.at(-1) === "{";
    else if (sign === '"') {
      const end = endOfText(text, at);
      if (expectsKey && keys.length <= deepest) {
        keys[keys.length - 1] = String(JSON.parse(text.slice(at, end + 1)));
        lines.set(keys.join("\n"), line);
      }
      expectsKey = false;
      at = end;
    }
  }
  return lines;
}

function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length - 1;
}
