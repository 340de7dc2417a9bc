import type { StorePlace } from "./config.ts";
import { Secret } from "./secret.ts";

const SCHEME = /^postgres(ql)?:\/\//i;

/** Whether a value of `--db` is a database's address rather than a file's path. */
export function isDatabaseUrl(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Whether an address can be read without mistaking a part of the password for something else: characters like @ / # ?
 * in it must be written as %XX.
 */
export function isSoundDatabaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname, pathname, search, hash, username, password } = new URL(text);
  const rest = pathname.slice(1) + search + hash;
  return (
    hash === "" &&
    !/[@/]/.test(pathname.slice(1)) &&
    !rest.includes("@") &&
    (hostname !== "" || username + password === "")
  );
}

/** A value of `--db` for a message: nothing of an address but its beginning, since it may hold a password anywhere. */
export function shownStore(text: string): string {
  return isDatabaseUrl(text) ? `${text.slice(0, text.indexOf("//") + 2)}[redacted]` : text;
}

/** Where the store is. A Postgres address without a password takes the one in PGPASSWORD. Pure. */
export function storePlace(value: string, env: Readonly<Record<string, string | undefined>>): StorePlace {
  if (!isDatabaseUrl(value)) return { kind: "sqlite", path: value };
  const url = new URL(value);
  if (url.password === "" && url.hostname !== "") url.password = encodeURIComponent(env["PGPASSWORD"] ?? "");
  const shown = new URL(value);
  shown.password = "";
  return { kind: "postgres", url: new Secret(url.href), shown: shown.href };
}
