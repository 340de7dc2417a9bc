/** One process of the benchmark. Argument: JSON of `Job`. Says "ready", begins at a line on its input, prints `Done` as JSON. */
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pass } from "node:timers/promises";
import type { StoreSettings } from "../../src/storage/store-driver.ts";
import { openBooksWork, sixWindows } from "./books-work.ts";
import { openLimiterWork } from "./limiter-work.ts";
import { type Figures, measure, type Work } from "./work.ts";

export interface Job {
  readonly design: "books" | "limiter" | "nothing";
  readonly store?: StoreSettings;
  readonly url?: string;
  readonly seconds: number;
  readonly atOnce: number;
  /** full: as fast as it goes. paced: 200 a second. until-refused: to the end of this limit of tokens. */
  readonly mode: "full" | "paced" | "until-refused";
  readonly limitTokens?: number;
}

export interface Done {
  readonly figures?: Figures;
  readonly loopDelayMaxMs?: number;
  /** Calls that went before the first refusal. */
  readonly went?: number;
}

const job = JSON.parse(process.argv[2] ?? "") as Job;
const work = await open();
process.stdout.write("ready\n");
await once(process.stdin, "data");
const done: Done = await run();
process.stdout.write(`${JSON.stringify(done)}\n`);
await work.close();
process.exit(0);

function open(): Promise<Work> {
  if (job.design === "limiter") return openLimiterWork(job.url);
  if (job.design === "nothing") {
    return Promise.resolve({ once: () => true, drain: () => Promise.resolve(), close: () => Promise.resolve() });
  }
  if (job.store === undefined) throw new Error("the books need a store");
  return openBooksWork(job.store, sixWindows(job.limitTokens));
}

async function run(): Promise<Done> {
  if (job.mode === "full") {
    await measure(work, 0.5, job.atOnce);
    return { figures: await measure(work, job.seconds, job.atOnce) };
  }
  if (job.mode === "paced") return { loopDelayMaxMs: await pacedDelay() };
  let went = 0;
  while (await work.once()) {
    went += 1;
    if (went % 64 === 0) await pass(0);
  }
  await work.drain();
  return { went };
}

/** The longest that the event loop stood still at 200 calls a second. */
async function pacedDelay(): Promise<number> {
  for (let warm = 0; warm < 200; warm += 1) await work.once();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const end = performance.now() + job.seconds * 1000;
  while (performance.now() < end) {
    await work.once();
    await pass(5);
  }
  delay.disable();
  return delay.max / 1e6;
}
