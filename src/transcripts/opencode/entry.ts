import type { Fields } from "../fields.ts";

/** A row of the database, or a document: the same in both. */
export interface OpencodeEntry {
  readonly kind: "session" | "message" | "part";
  readonly id: string;
  readonly data: Fields;
  readonly file: string;
  readonly line: number;
}
