import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { describe } from "vitest";
import type { StoreSettings } from "../../src/storage/store-driver.ts";
import { openTestPostgres, type TestServer } from "./postgres.ts";
import { describeOnPostgres } from "./postgres-suite.ts";

/** An empty place for a store of one test: `openStore({ ...place.settings, clock })`, in as many processes as wanted. */
export interface StorePlace extends AsyncDisposable {
  readonly kind: "sqlite" | "postgres";
  readonly settings: StoreSettings;
  /** A temporary folder that goes with it. */
  readonly folder: string;
}

export type OpenPlace = () => Promise<StorePlace>;

/** One suite, on SQLite and on Postgres: a fresh place whenever it asks. */
export function describeOnEachStore(
  name: string,
  suite: (openPlace: OpenPlace, kind: StorePlace["kind"]) => void,
): void {
  describe(`${name} (on SQLite)`, () => {
    suite(openSqlitePlace, "sqlite");
  });
  describeOnPostgres(name, () => {
    suite(openPostgresPlace, "postgres");
  });
}

export async function openSqlitePlace(): Promise<StorePlace> {
  const folder = mkdtempSync(join(tmpdir(), "allot-store-"));
  return {
    kind: "sqlite",
    settings: { path: join(folder, "allot.db") },
    folder,
    [Symbol.asyncDispose]: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

/** One database for all places of a process, each a schema of its own: databases take long to make and to drop. */
let database: Promise<TestServer> | undefined;
let places = 0;

export async function openPostgresPlace(): Promise<StorePlace> {
  database ??= openTestPostgres();
  const { url } = await database;
  const schema = `place_${(places += 1)}`;
  const folder = mkdtempSync(join(tmpdir(), "allot-store-"));
  return {
    kind: "postgres",
    settings: { url: `${url}?schema=${schema}`, folder },
    folder,
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
      const client = postgres(url, { max: 1, onnotice: () => {} });
      await client.unsafe(`drop schema if exists ${schema} cascade`);
      await client.end({ timeout: 5 });
    },
  };
}
