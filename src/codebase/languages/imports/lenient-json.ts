/**
 * Reads JSON that may hold comments and commas before a closing bracket, as configuration files do. An empty object for what cannot be
 * read or is no object. Pure.
 */
export function lenientJson(text: string): Readonly<Record<string, unknown>> {
  const plain = text
    .replace(/^\uFEFF/, "")
    .replace(/("(?:[^"\\\n]|\\.)*")|\/\/[^\n]*|\/\*[^]*?\*\//g, (_whole, quoted: string | undefined) => quoted ?? " ")
    .replace(/("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])/g, (_whole, quoted: string | undefined) => quoted ?? "");
  try {
    return asRecord(JSON.parse(plain));
  } catch {
    return {};
  }
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function strings(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}
