/**
 * What allot costs between a client and a provider, everything on: key, throttle, ledger, traces, metrics; beside nothing at
 * all (direct), a bare pass-through, and Portkey from npm, in alternating rounds of the same run. Ratios are taken within a
 * round. Exit code 1 where a floor is missed or the ledger is not what was served.
 *
 * node bench/gateway/run.ts [--quick] [--long] [--rounds N] [--seconds N] [--built] [--no-portkey] [--json]
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Bench } from "./bench.ts";
import { compareBooks } from "./books.ts";
import { CELL_NAMES, type CellName, QUICK_CELLS } from "./cells.ts";
import { median, type Sample } from "./figures.ts";
import { type Growth, measureGrowth } from "./growth.ts";
import { installPortkey, PORTKEY_NAME } from "./portkey.ts";
import { CAN_PIN, endAll, pinSelf, rssMbOf } from "./processes.ts";
import { reportOf, type Once, type Results, type Rounds } from "./report.ts";
import {
  allotHome,
  direct,
  isBuilt,
  type Running,
  startAllot,
  startBare,
  startPortkey,
  type SubjectName,
} from "./subjects.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    long: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    built: { type: "boolean", default: false },
    "no-portkey": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const roundCount = Number(values.rounds ?? (values.quick ? 3 : 7));
const seconds = Number(values.seconds ?? (values.quick ? 0.4 : 1));
const startCount = values.quick ? 1 : 5;
const cells = values.quick ? QUICK_CELLS : CELL_NAMES;
const LONG_REQUESTS = 100_000;

/** Starts a subject in a folder of its own, in front of an address of the mock. */
type Starter = (folder: string, upstream: string) => Promise<Running>;

const folder = mkdtempSync(join(tmpdir(), "allot-bench-gateway-"));
// What was started ends with this process, however it ends.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.once("exit", endAll);
try {
  process.exitCode = await main();
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

async function main(): Promise<number> {
  const portkey = values["no-portkey"] ? { why: "left out by --no-portkey" } : installPortkey();
  if ("why" in portkey) say(`Portkey is not measured: ${portkey.why}`);
  if (!CAN_PIN) say("taskset is not here: processes are not held on cores and disturb each other");
  pinSelf(0);
  const starters = new Map<SubjectName, Starter>([
    ["direct", (_, upstream) => Promise.resolve(direct(upstream))],
    ["bare", startBare],
    ["allot", (own, upstream) => startAllot(allotHome(own), upstream, values.built ? "dist" : "source")],
    ...("program" in portkey ? [["portkey", portkeyStarter(portkey.program)] as const] : []),
  ]);
  const bench = await Bench.open(starters.size + 2);
  const [starting = "", growing = "", ...upstreams] = bench.upstreams;
  try {
    const started = await measureStarts(starters, starting);
    const running = new Map<SubjectName, Running>();
    for (const [at, [name, start]] of [...starters].entries()) {
      running.set(name, await start(folderOf(name), upstreams[at] ?? ""));
    }
    const measured = await measureRunning(bench, running);
    const allotAt = [...starters.keys()].indexOf("allot");
    const books = await compareBooks(allotHome(folderOf("allot")), upstreams[allotAt] ?? "");
    const growth = values.long ? await measureLong(bench, growing) : undefined;
    const results: Results = {
      ...measured,
      started,
      books,
      growth,
      peer: "program" in portkey ? PORTKEY_NAME : undefined,
    };
    const { text, lines, missed } = reportOf(results);
    process.stdout.write(values.json ? `${JSON.stringify({ ...results, lines, missed })}\n` : text);
    return missed ? 1 : 0;
  } finally {
    await bench.close();
  }
}

function portkeyStarter(program: string): Starter {
  return (own, upstream) => startPortkey(own, upstream, program);
}

/** ms from the start to the first whole answer, each a few times in turn, where the folder is there already. */
async function measureStarts(starters: ReadonlyMap<SubjectName, Starter>, upstream: string): Promise<Once> {
  const all: [string, Starter][] = [...starters].filter(([name]) => name !== "direct");
  if (isBuilt()) all.push(["built", (own, to) => startAllot(allotHome(own), to, "dist")]);
  const took: Record<string, number[]> = {};
  for (let turn = 0; turn <= startCount; turn += 1) {
    for (const [name, start] of all) {
      const running = await start(folderOf(`start-${name}`), upstream);
      await running.stop();
      // The first of all makes the store and fills the disk cache.
      if (turn > 0) (took[name] ??= []).push(running.startedMs);
    }
  }
  return Object.fromEntries(Object.entries(took).map(([name, each]) => [name, median(each)]));
}

/** Everything that is measured of subjects that run side by side; they are stopped at the end. */
async function measureRunning(
  bench: Bench,
  running: ReadonlyMap<SubjectName, Running>,
): Promise<Pick<Results, "idle" | "rounds" | "loaded">> {
  try {
    await pass(1000);
    const idle = memoryOf(running);
    for (const subject of running.values()) await bench.warm(subject, cells);
    const rounds: Rounds[] = [];
    for (let round = 0; round < roundCount; round += 1) {
      say(`round ${round + 1} of ${roundCount}`);
      rounds.push(await measureRound(bench, running, round));
    }
    await pass(1000);
    return { idle, rounds, loaded: memoryOf(running) };
  } finally {
    await Promise.all([...running.values()].map((subject) => subject.stop()));
  }
}

/** Cell by cell, all subjects one right after the other; whoever begins changes with the round. */
async function measureRound(bench: Bench, running: ReadonlyMap<SubjectName, Running>, round: number): Promise<Rounds> {
  const order = [...running];
  const turned = [...order.slice(round % order.length), ...order.slice(0, round % order.length)];
  const sampled: Partial<Record<CellName, Partial<Record<SubjectName, Sample>>>> = {};
  for (const cell of cells) {
    const samples: Partial<Record<SubjectName, Sample>> = {};
    for (const [name, subject] of turned) samples[name] = await bench.sample(subject, cell, seconds);
    sampled[cell] = samples;
  }
  return sampled;
}

async function measureLong(bench: Bench, upstream: string): Promise<Growth> {
  const home = allotHome(folderOf("long"));
  const running = await startAllot(home, upstream, values.built ? "dist" : "source");
  try {
    say(`${LONG_REQUESTS} mixed requests`);
    const grown = await measureGrowth(bench, running, LONG_REQUESTS);
    await running.stop();
    return { ...grown, books: await compareBooks(home, upstream) };
  } finally {
    await running.stop();
  }
}

function memoryOf(running: ReadonlyMap<SubjectName, Running>): Once {
  return Object.fromEntries(
    [...running].map(([name, { pid }]) => [name, pid === undefined ? undefined : rssMbOf(pid)]),
  );
}

function folderOf(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
