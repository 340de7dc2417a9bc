import { readFile } from "node:fs/promises";
import { basename, sep } from "node:path";
import { type Fields, fieldsOf } from "../fields.ts";
import type { OpencodeEntry } from "./entry.ts";

/** Reads one document of an older opencode: storage/KIND/PARENT/ID.json. */
export async function readDocument(
  file: string,
  take: (entry: OpencodeEntry) => void,
  cannotRead: (why: string) => void,
): Promise<void> {
  const kind = file.split(sep).at(-3) as OpencodeEntry["kind"];
  let data: Fields;
  try {
    data = fieldsOf(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return cannotRead("no JSON document");
  }
  take({ kind, id: basename(file, ".json"), data, file, line: 1 });
}
