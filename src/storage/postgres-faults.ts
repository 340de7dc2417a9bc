import { AllotError } from "../foundation/errors.ts";
import type { PostgresAddress } from "./postgres-address.ts";

/** Two transactions met: one of them has to start again. */
const COLLISIONS = new Set(["40001", "40P01"]);

/** Waited too long for a lock, or was told to stop. */
const WAITED = new Set(["55P03", "57014"]);

/** The connection is gone, or the server has none to give now: it stops, starts, is full, or ended an idle transaction. */
const LOST = new Set([
  "57P01",
  "57P02",
  "57P03",
  "57P05",
  "53300",
  "25P03",
  "08000",
  "08003",
  "08006",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ETIMEDOUT",
]);

/** What it is no use to ask again for: no right, no room, no such database, read-only. */
const UNUSABLE = new Set(["42501", "53100", "3D000", "3F000", "25006", "28000", "28P01"]);

/** A connection that could not be made, as a fault of ours. Nothing of the password is in a server's messages. */
export function connectFault(address: PostgresAddress, error: unknown): AllotError {
  const { code, message } = told(error);
  const words = /^[0-9A-Z]{5}$/.test(code) ? message : code === "" ? message : code;
  const hint = /unsupported startup parameter/.test(message)
    ? "; behind a pooler, add prepare=false to the address"
    : "";
  return new AllotError(
    "storage-unusable",
    `the database "${address.database}" at ${hostOf(address)} cannot be used (${words})${hint}`,
    { cause: error, details: { again: LOST.has(code) || code.startsWith("E") } },
  );
}

/**
 * What a statement failed with, as a fault of ours where it is about the database and not about the statement. `again`
 * in its details: nothing of the transaction was kept, and it may well succeed when it is run again.
 */
export function statementFault(address: PostgresAddress, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AllotError) return error;
  const { code, message } = told(error);
  const where = `"${address.database}" at ${hostOf(address)}`;
  if (COLLISIONS.has(code) || LOST.has(code)) {
    const words = COLLISIONS.has(code) ? "other processes worked on the same rows of" : "the connection was lost to";
    return new AllotError("ledger-busy", `${words} ${where} (${message})`, { cause: error, details: { again: true } });
  }
  if (WAITED.has(code)) {
    return new AllotError("ledger-busy", `other processes held ${where} for too long (${message})`, { cause: error });
  }
  if (UNUSABLE.has(code)) {
    return new AllotError("storage-unusable", `${where} cannot be used (${message})`, { cause: error });
  }
  return error;
}

/** A commit got no answer, and the server could not be asked for it in time: it may not be repeated. */
export function doubtFault(address: PostgresAddress, error: unknown): AllotError {
  return new AllotError(
    "ledger-busy",
    `the connection to "${address.database}" at ${hostOf(address)} was lost while a transaction was committed; whether it was is not known`,
    { cause: error },
  );
}

/** Two met, and this one was undone. */
export function isCollision(error: unknown): boolean {
  return COLLISIONS.has(told(error).code);
}

export function isLost(error: unknown): boolean {
  return LOST.has(told(error).code);
}

/** Another transaction may have added the very row between our look and our insert; then our next look sees it. */
export function isDuplicate(error: unknown): boolean {
  return told(error).code === "23505";
}

function hostOf({ host, port }: PostgresAddress): string {
  return `${host}:${port}`;
}

function told(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : undefined;
  if (inner !== undefined) return told(inner);
  const code = (error as NodeJS.ErrnoException).code;
  return { code: typeof code === "string" ? code : "", message: error.message };
}
