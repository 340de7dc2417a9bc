import type { Dialect } from "kysely";

/** A database behind Kysely; SQLite's stands in `sqlite-driver.ts`, another one is one more such function. */
export interface StoreDriver {
  readonly kind: "sqlite" | "postgres";
  readonly place: string;
  /** Whole numbers must come back as numbers (Postgres clients give int8 as text unless told otherwise). */
  readonly dialect: Dialect;
}
