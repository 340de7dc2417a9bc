import { setTimeout as pass } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import type { Compared } from "./books.ts";
import { median } from "./figures.ts";
import type { LoadJob } from "./load.ts";
import { rssMbOf } from "./processes.ts";
import type { Running } from "./subjects.ts";

/** How memory went over many mixed requests. */
export interface Growth {
  readonly requests: number;
  /** MB after each twentieth of them. */
  readonly rssMb: readonly number[];
  /** The last fifth against the second fifth. */
  readonly ratio: number | undefined;
  readonly books: readonly Compared[];
}

const PARTS = 20;

/** Of a thousand requests. */
const MIX: readonly (Pick<LoadJob, "kind" | "lanes"> & { readonly share: number })[] = [
  { share: 500, kind: { surface: "openai" }, lanes: 16 },
  { share: 250, kind: { surface: "anthropic" }, lanes: 16 },
  { share: 130, kind: { surface: "openai", chunks: 20 }, lanes: 16 },
  { share: 80, kind: { surface: "anthropic", chunks: 20 }, lanes: 16 },
  { share: 40, kind: { surface: "openai", bytes: 150_000 }, lanes: 4 },
];

/** Puts many requests through one gateway and looks at its memory in between. */
export async function measureGrowth(bench: Bench, running: Running, requests: number): Promise<Omit<Growth, "books">> {
  const rssMb: number[] = [];
  let asked = 0;
  for (let part = 0; part < PARTS; part += 1) {
    for (const { share, kind, lanes } of MIX) {
      const count = Math.round((requests * share) / 1000 / PARTS);
      const headers = running.headers(kind.surface);
      const done = await bench.load({ port: running.port, headers, kind, lanes, requests: count, seconds: 600 });
      asked += done.requests;
    }
    await pass(200);
    rssMb.push((running.pid === undefined ? undefined : rssMbOf(running.pid)) ?? Number.NaN);
  }
  return { requests: asked, rssMb: rssMb.map(Math.round), ratio: growthOf(rssMb) };
}

/** The median of the last fifth over that of the second fifth; undefined where memory could not be read. Pure. */
export function growthOf(rssMb: readonly number[]): number | undefined {
  const fifth = rssMb.length / 5;
  const early = median(rssMb.slice(fifth, 2 * fifth));
  const late = median(rssMb.slice(-fifth));
  const ratio = early === undefined || late === undefined ? Number.NaN : late / early;
  return Number.isNaN(ratio) ? undefined : ratio;
}
