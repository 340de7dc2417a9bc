import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { AllotError } from "../foundation/errors.ts";

/** A Postgres database, as its address says. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** The schema of our tables. */
  readonly schema: string;
  /** False behind a pooler that gives each transaction another connection: nothing may be left in a connection. */
  readonly prepare: boolean;
  readonly connections: number;
  readonly connectTimeoutMs: number;
  readonly ssl: false | "prefer" | "require" | { readonly ca?: string; readonly rejectUnauthorized: true };
  /** The address for people: without password and parameters. */
  readonly place: string;
}

const PARAMETERS =
  "schema, sslmode, sslrootcert, prepare, pgbouncer, connections, connect_timeout, host (a socket's folder)";

/**
 * Reads `postgres://user:password@host:port/database?parameters`. Host, port and database default to localhost, 5432 and
 * the user's name, as elsewhere with Postgres. Throws `config-invalid`, whose message never holds the password.
 */
export function parsePostgresUrl(text: string): PostgresAddress {
  if (!URL.canParse(text)) {
    throw new AllotError(
      "config-invalid",
      "the address of the Postgres database cannot be read; expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, other characters than letters and digits in the password written as %XX",
    );
  }
  const url = new URL(text);
  const parameters = new Map(url.searchParams);
  const take = (name: string): string | undefined => {
    const value = parameters.get(name);
    parameters.delete(name);
    return value;
  };
  const folder = take("host");
  const user = decodeURIComponent(url.username) || userInfo().username;
  const database = decodeURIComponent(url.pathname.slice(1)) || user;
  const host = folder ?? (decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, "$1") || "localhost");
  const port = url.port === "" ? 5432 : Number(url.port);
  const where = host.startsWith("/") ? `${host}:${port}` : url.port === "" ? url.hostname || host : url.host;
  const address: PostgresAddress = {
    host,
    port,
    database,
    user,
    password: decodeURIComponent(url.password),
    schema: checked("schema", take("schema") ?? "allot", /^[a-z_][a-z0-9_]{0,62}$/, "a name of small letters"),
    prepare: flag("prepare", take("prepare"), true) && !flag("pgbouncer", take("pgbouncer"), false),
    connections: count("connections", take("connections"), 4, [2, 64]),
    connectTimeoutMs: count("connect_timeout", take("connect_timeout"), 10, [1, 600]) * 1000,
    ssl: encryption(take("sslmode"), take("sslrootcert"), host),
    place: `postgres://${encodeURIComponent(user)}@${where}/${encodeURIComponent(database)}`,
  };
  const [stranger] = parameters.keys();
  if (stranger !== undefined) {
    throw new AllotError(
      "config-invalid",
      `the address of ${address.place} has the parameter "${stranger}", which allot does not know; known are ${PARAMETERS}`,
    );
  }
  return address;
}

function checked(name: string, value: string, pattern: RegExp, expected: string): string {
  if (pattern.test(value)) return value;
  throw new AllotError("config-invalid", `${name} in the Postgres address is "${value}", expected ${expected}`);
}

function flag(name: string, value: string | undefined, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  return checked(name, value, /^(true|false)$/, "true or false") === "true";
}

function count(name: string, value: string | undefined, otherwise: number, [min, max]: [number, number]): number {
  if (value === undefined) return otherwise;
  const number = Number(checked(name, value, /^\d{1,6}$/, `a whole number from ${min} to ${max}`));
  if (number >= min && number <= max) return number;
  throw new AllotError("config-invalid", `${name} in the Postgres address is ${number}, expected ${min} to ${max}`);
}

/** As libpq does: encrypted where the server can, unless it is told otherwise; verified on request only. */
function encryption(mode: string | undefined, rootCert: string | undefined, host: string): PostgresAddress["ssl"] {
  const local = host.startsWith("/") || ["localhost", "127.0.0.1", "::1"].includes(host);
  const wanted = checked(
    "sslmode",
    mode ?? (rootCert !== undefined ? "verify-full" : local ? "disable" : "prefer"),
    /^(disable|prefer|require|verify-ca|verify-full)$/,
    "disable, prefer, require or verify-full",
  );
  if (wanted === "disable") return false;
  if (wanted === "prefer" || (wanted === "require" && rootCert === undefined)) return wanted;
  if (rootCert === undefined || rootCert === "system") return { rejectUnauthorized: true };
  try {
    return { rejectUnauthorized: true, ca: readFileSync(rootCert, "utf8") };
  } catch (error) {
    throw new AllotError("config-invalid", `sslrootcert names ${rootCert}, which cannot be read`, { cause: error });
  }
}
