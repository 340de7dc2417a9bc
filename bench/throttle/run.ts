/**
 * What holding and settling one call costs: six limits (session and global; hour, day, month) in tokens and dollars, a
 * ledger row; in one process and in four that share a file, on Postgres, and beside rate-limiter-flexible in the same run.
 * The levels of these limits begin at 99.7 % and the calls are of high priority, so that all of a limit can be used.
 *
 * node bench/throttle/run.ts [--seconds N] [--json] [--no-postgres]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { openTestPostgres, startServer } from "../../test/support/postgres.ts";
import { SPENT_ONCE } from "./books-work.ts";
import type { Done, Job } from "./worker.ts";

interface Row {
  readonly what: string;
  readonly processes: number;
  readonly opsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly longestStepMs: number;
  readonly drainMs: number | null;
}

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    json: { type: "boolean", default: false },
    "no-postgres": { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);
const rows: Row[] = [];
const EXACT_LIMIT = 3_000_000;

for (const processes of [1, 4]) {
  await inFolder(async (folder) => {
    const store = { path: join(folder, "allot.db") };
    rows.push(await full("books, SQLite", processes, { design: "books", store, atOnce: 1 }));
  });
}
rows.push(await full("nothing (the machine itself)", 4, { design: "nothing", atOnce: 1 }));
rows.push(await full("rate-limiter-flexible, memory: tokens only, no ledger", 1, { design: "limiter", atOnce: 1 }));
if (!values["no-postgres"]) await onPostgres();
const exact = await inFolder((folder) => exactness({ path: join(folder, "allot.db") }));
const stall = await inFolder((folder) => loopDelay({ design: "books", store: { path: join(folder, "allot.db") } }));
const control = await loopDelay({ design: "nothing" });
report();

async function onPostgres(): Promise<void> {
  await using server = await startServer();
  process.env["ALLOT_TEST_POSTGRES_URL"] = server.url;
  for (const processes of [1, 4]) {
    await using database = await openTestPostgres();
    await inFolder(async (folder) => {
      const store = { url: database.url, folder };
      rows.push(await full("books, Postgres", processes, { design: "books", store, atOnce: 1 }));
    });
  }
  await using database = await openTestPostgres();
  const what = "rate-limiter-flexible, Postgres, 16 at once: tokens only, no ledger";
  rows.push(await full(what, 1, { design: "limiter", url: database.url, atOnce: 16 }));
}

async function full(
  what: string,
  processes: number,
  job: Pick<Job, "design" | "store" | "url" | "atOnce">,
): Promise<Row> {
  const all = (await together(processes, { ...job, store: job.store, seconds, mode: "full" } as Job)).map(
    ({ figures }) => figures ?? fail("no figures"),
  );
  const worst = (pick: (figures: (typeof all)[number]) => number): number => Math.max(...all.map(pick));
  return {
    what,
    processes,
    opsPerSecond: Math.round(all.reduce((sum, figures) => sum + figures.ops / figures.seconds, 0)),
    p50Us: worst((figures) => figures.p50Us),
    p99Us: worst((figures) => figures.p99Us),
    p999Us: worst((figures) => figures.p999Us),
    longestStepMs: worst((figures) => figures.longestStepMs),
    drainMs: job.design === "books" ? worst((figures) => figures.drainMs) : null,
  };
}

/** Four processes until the first refusal of each: how much of the limit was spent in all. */
async function exactness(store: { readonly path: string }): Promise<{ limit: number; spent: number; share: number }> {
  const job: Job = { design: "books", store, seconds: 0, atOnce: 1, mode: "until-refused", limitTokens: EXACT_LIMIT };
  const all = await together(4, job);
  const spent = all.reduce((sum, { went }) => sum + (went ?? 0) * SPENT_ONCE, 0);
  return { limit: EXACT_LIMIT, spent, share: spent / EXACT_LIMIT };
}

async function loopDelay(job: Pick<Job, "design" | "store">): Promise<number> {
  const [done] = await together(1, { ...job, seconds, atOnce: 1, mode: "paced" });
  return done?.loopDelayMaxMs ?? fail("no delay");
}

/** Runs a job in so many processes, which begin together. */
async function together(processes: number, job: Job): Promise<readonly Done[]> {
  const children = await Promise.all(
    Array.from({ length: processes }, async () => {
      const child = spawn(process.execPath, [join(import.meta.dirname, "worker.ts"), JSON.stringify(job)], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      if ((await lines.next()).value !== "ready") fail("a process of the benchmark did not begin");
      return { child, lines };
    }),
  );
  for (const { child } of children) child.stdin.write("go\n");
  return Promise.all(
    children.map(async ({ child, lines }) => {
      const ended = once(child, "exit");
      const done = JSON.parse(String((await lines.next()).value)) as Done;
      await ended;
      return done;
    }),
  );
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "allot-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fail(why: string): never {
  throw new Error(why);
}

function report(): void {
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ rows, exact, loopDelayMaxMs: { books: stall, nothing: control } })}\n`);
    return;
  }
  const head = ["", "processes", "ops/s", "p50 us", "p99 us", "p99.9 us", "longest step ms", "drain ms"];
  const cells = rows.map((row) => [
    row.what,
    String(row.processes),
    row.opsPerSecond.toLocaleString("en-US"),
    ...[row.p50Us, row.p99Us, row.p999Us, row.longestStepMs].map((value) => value.toFixed(1)),
    row.drainMs === null ? "-" : row.drainMs.toFixed(0),
  ]);
  const widths = head.map((_, index) => Math.max(...[head, ...cells].map((line) => line[index]?.length ?? 0)));
  for (const line of [head, ...cells]) {
    const padded = line.map((cell, index) =>
      index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0),
    );
    process.stdout.write(`${padded.join("  ")}\n`);
  }
  process.stdout.write(
    `\nfour processes until refused: ${exact.spent} of ${exact.limit} tokens spent (${(100 * exact.share).toFixed(3)} %)${exact.spent > exact.limit ? ", OVER" : ""}\n` +
      `longest stop of the event loop at 200 calls a second: ${stall.toFixed(1)} ms with the books, ${control.toFixed(1)} ms without\n` +
      "A step is a hold or hold and settlement on the main thread; the machine's own pauses are in it, as in the row of nothing.\n",
  );
}
