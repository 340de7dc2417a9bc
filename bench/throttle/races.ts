/**
 * Acceptance of the books: 8 processes of 25 calls at once with random costs race for one limit, in 20 seeds, on SQLite and on
 * Postgres; then again while half of them are killed. Fails where settled + held was ever above the limit, or where the
 * ledger is not what the provider served.
 *
 * node bench/throttle/races.ts [--seeds N] [--from SEED] [--only sqlite|postgres]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { StoreSettings } from "../../src/storage/store-driver.ts";
import { race } from "../../test/support/books-race.ts";
import { openTestPostgres, startServer } from "../../test/support/postgres.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "20" },
    from: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const LIMIT_TOKENS = 1_000_000;
let failed = 0;

if (values.only !== "postgres") {
  await all("sqlite", async (seed, kills) => {
    const folder = mkdtempSync(join(tmpdir(), "allot-race-"));
    try {
      return await one({ path: join(folder, "allot.db") }, seed, kills);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
if (values.only !== "sqlite") {
  await using server = await startServer();
  process.env["ALLOT_TEST_POSTGRES_URL"] = server.url;
  await all("postgres", async (seed, kills) => {
    await using database = await openTestPostgres();
    const folder = mkdtempSync(join(tmpdir(), "allot-race-"));
    try {
      return await one({ url: database.url, folder }, seed, kills);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
process.exitCode = failed === 0 ? 0 : 1;

async function all(store: string, trial: (seed: number, kills: boolean) => Promise<string>): Promise<void> {
  for (const kills of [false, true]) {
    for (let seed = Number(values.from); seed < Number(values.from) + Number(values.seeds); seed += 1) {
      process.stdout.write(
        `${store.padEnd(8)} ${kills ? "kills" : "race "} seed ${String(seed).padStart(2)}  ${await trial(seed, kills)}\n`,
      );
    }
  }
}

async function one(store: StoreSettings, seed: number, kills: boolean): Promise<string> {
  const started = performance.now();
  const result = await race({ store, seed, processes: 8, lanes: 25, limitTokens: LIMIT_TOKENS, kills });
  const wrong = [...result.faults, ...(result.mostUsed > LIMIT_TOKENS ? [`${result.mostUsed} used`] : [])];
  if (wrong.length > 0) failed += 1;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const share = ((100 * result.ledgerTokens) / LIMIT_TOKENS).toFixed(2);
  return `${result.servedCalls} calls, ${share} % spent, most ${result.mostUsed}, unknown ${result.unknownCalls}, ${seconds} s  ${wrong.length === 0 ? "ok" : `WRONG: ${wrong.slice(0, 5).join("; ")}`}`;
}
