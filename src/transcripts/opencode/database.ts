import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { type Fields, fieldsOf } from "../fields.ts";
import type { OpencodeEntry } from "./entry.ts";

/**
 * Reads opencode's database as it is, while it may be written. Nothing is changed in it: where no other process has it open it is
 * read as a file that does not change, because SQLite would lay a journal beside it otherwise.
 */
export async function readDatabase(
  file: string,
  take: (entry: OpencodeEntry) => void,
  cannotRead: (why: string) => void,
): Promise<void> {
  const url = pathToFileURL(file);
  url.searchParams.set("mode", "ro");
  if (!existsSync(`${file}-wal`)) url.searchParams.set("immutable", "1");
  try {
    using database = new DatabaseSync(url, { readOnly: true });
    readTables(database, file, take, cannotRead);
  } catch (error) {
    cannotRead(error instanceof Error ? error.message : String(error));
  }
  return Promise.resolve();
}

function readTables(
  database: DatabaseSync,
  file: string,
  take: (entry: OpencodeEntry) => void,
  cannotRead: (why: string) => void,
): void {
  const entry = (kind: OpencodeEntry["kind"], row: Row, data: Fields): void =>
    take({ kind, id: String(row["id"]), data, file, line: Number(row["line"]) });
  for (const row of rows(database, "select rowid as line, id, parent_id, directory from session")) {
    entry("session", row, row);
  }
  const messages = "select rowid as line, id, session_id, data from message where data like '%\"tokens\"%'";
  for (const row of rows(database, messages)) {
    const data = parsed(row["data"]);
    if (data === undefined) cannotRead(`message ${String(row["id"])} is no JSON`);
    else entry("message", row, { sessionID: row["session_id"], ...data });
  }
  const steps = "select rowid as line, id, message_id, data from part where data like '%\"step-finish\"%'";
  for (const row of rows(database, steps)) {
    const data = parsed(row["data"]);
    if (data === undefined) cannotRead(`part ${String(row["id"])} is no JSON`);
    else entry("part", row, { messageID: row["message_id"], ...data });
  }
}

type Row = Readonly<Record<string, unknown>>;

function rows(database: DatabaseSync, query: string): Iterable<Row> {
  return database.prepare(query).iterate();
}

function parsed(text: unknown): Fields | undefined {
  try {
    return typeof text === "string" ? fieldsOf(JSON.parse(text)) : undefined;
  } catch {
    return undefined;
  }
}
