import type { IncomingHttpHeaders } from "node:http";

/** The key that a client shows, and whether it brings its own for the provider beside it. */
export interface Credentials {
  readonly key: string | undefined;
  readonly ownKey: boolean;
}

/**
 * Where clients put their key: `x-allot-key`, where the usual place has the provider's own; else `x-api-key`, a bearer token,
 * `x-goog-api-key`, or `key` in the query. Pure.
 */
export function keyOf(headers: IncomingHttpHeaders, query: string): Credentials {
  const own = text(headers["x-allot-key"]);
  if (own !== undefined) return { key: own, ownKey: true };
  const bearer = /^bearer\s+(.+)$/i.exec(headers.authorization ?? "")?.[1]?.trim();
  const key =
    text(headers["x-api-key"]) ??
    bearer ??
    text(headers["x-goog-api-key"]) ??
    text(headers["api-key"]) ??
    inQuery(query);
  return { key, ownKey: false };
}

function inQuery(query: string): string | undefined {
  return query.includes("key=") ? (new URLSearchParams(query).get("key") ?? undefined) : undefined;
}

function text(value: string | string[] | undefined): string | undefined {
  const found = (Array.isArray(value) ? value[0] : value)?.trim();
  return found === "" ? undefined : found;
}
