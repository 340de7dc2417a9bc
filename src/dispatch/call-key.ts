import type { CallKey } from "./dispatch.ts";

/** The key as one text, the primary key of the journal. A slash inside a part is escaped, so no two keys meet. */
export function keyText(key: CallKey): string {
  return [key.run, key.task, String(key.round), key.purpose, String(key.attempt)].map(escapePart).join("/");
}

function escapePart(part: string): string {
  return part.replaceAll("%", "%25").replaceAll("/", "%2F");
}
