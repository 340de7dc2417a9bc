import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { cellOf, type CellName } from "./cells.ts";
import type { Sample } from "./figures.ts";
import type { LoadDone, LoadJob } from "./load.ts";
import type { MockReady } from "./mock.ts";
import { cpuMsOf, endProcess, coresBusyMs, startNode } from "./processes.ts";
import type { Running } from "./subjects.ts";

const LOAD_CORE = 0;

/** What is written behind (books, traces) is part of the cost; it has so long to come. */
const AFTERWORK_MS = 150;

/** Before anything is measured, in each cell; a tenth of streams and large requests, and no longer than that. */
const WARM_REQUESTS = 4_000;
const WARM_SECONDS = 4;

/** Above this share of the machine in other hands a cell is taken again. */
const NOISY = 0.1;

/** How much longer a run may become by that. */
const MOST_REPEATS = 0.5;

/** The mock and the clients, on one core. */
export class Bench {
  readonly #mock: ChildProcess;
  readonly #load: ChildProcess;
  #samples = 0;
  #repeats = 0;
  /** Addresses of the mock, each with sums of its own. */
  readonly upstreams: readonly string[];

  static async open(ports: number): Promise<Bench> {
    const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
    const mock = startNode(LOAD_CORE, [join(import.meta.dirname, "mock.ts"), String(ports)], { stdio: [...stdio] });
    const load = startNode(LOAD_CORE, [join(import.meta.dirname, "load.ts")], { stdio: [...stdio] });
    const [ready] = (await once(mock, "message")) as [MockReady];
    return new Bench(mock, load, ready.ports);
  }

  private constructor(mock: ChildProcess, load: ChildProcess, ports: readonly number[]) {
    this.#mock = mock;
    this.#load = load;
    this.upstreams = ports.map((port) => `http://127.0.0.1:${port}`);
  }

  /** One job of the clients. Throws where any answer was wrong: a figure of wrong answers means nothing. */
  async load(job: LoadJob): Promise<LoadDone> {
    const answered = once(this.#load, "message") as Promise<[LoadDone]>;
    this.#load.send(job);
    const [done] = await answered;
    if (done.wrong > 0)
      throw new Error(`${done.wrong} of ${done.requests + done.wrong} wrong: ${done.firstWrong ?? ""}`);
    return done;
  }

  /** Lets the engine compile what is used often: by requests, for a slow machine warms up no sooner than a fast one. */
  async warm(subject: Running, cells: readonly CellName[]): Promise<void> {
    for (const cell of cells) {
      const { kind } = cellOf(cell);
      const requests = kind.chunks === undefined && kind.bytes === undefined ? WARM_REQUESTS : WARM_REQUESTS / 10;
      const job = { port: subject.port, headers: subject.headers(kind.surface), kind, lanes: 16, requests };
      await this.load({ ...job, seconds: WARM_SECONDS });
    }
  }

  /** One subject in one cell; again where others kept the machine busy, and then the quieter of the two. */
  async sample(subject: Running, cell: CellName, seconds: number): Promise<Sample> {
    this.#samples += 1;
    const sample = await this.#sampleOnce(subject, cell, seconds);
    if ((sample.others ?? 0) <= NOISY || this.#repeats >= MOST_REPEATS * this.#samples) return sample;
    this.#repeats += 1;
    const again = await this.#sampleOnce(subject, cell, seconds);
    return (again.others ?? 0) < (sample.others ?? 0) ? again : sample;
  }

  async close(): Promise<void> {
    await Promise.all([endProcess(this.#mock), endProcess(this.#load)]);
  }

  async #sampleOnce(subject: Running, cell: CellName, seconds: number): Promise<Sample> {
    const { kind, lanes, perSecond, leastSeconds = 0 } = cellOf(cell);
    const { port, pid } = subject;
    const job = {
      kind,
      lanes,
      perSecond,
      port,
      headers: subject.headers(kind.surface),
      seconds: Math.max(seconds, leastSeconds),
    };
    const before = readClocks(pid);
    const done = await this.load(job);
    await pass(AFTERWORK_MS);
    const after = readClocks(pid);
    const cpuMs = minus(after.subject, before.subject);
    return {
      requests: done.requests,
      perSecond: done.requests / done.seconds,
      p50Us: done.p50Us,
      p99Us: done.p99Us,
      firstByteUs: done.firstByteP50Us,
      cpuUs: cpuMs === undefined ? undefined : (1000 * cpuMs) / done.requests,
      others: othersBetween(before, after),
    };
  }
}

interface Clocks {
  readonly at: number;
  readonly subject: number | undefined;
  /** All that this benchmark uses: its own process and everything it started. */
  readonly own: number | undefined;
  readonly cores: number | undefined;
}

function readClocks(pid: number | undefined): Clocks {
  return {
    at: performance.now(),
    subject: pid === undefined ? undefined : cpuMsOf(pid),
    own: cpuMsOf(process.pid),
    cores: coresBusyMs(),
  };
}

/** Share of the two cores' time. */
function othersBetween(before: Clocks, after: Clocks): number | undefined {
  const [cores, own] = [minus(after.cores, before.cores), minus(after.own, before.own)];
  if (cores === undefined || own === undefined) return undefined;
  return Math.max(0, cores - own) / (2 * (after.at - before.at));
}

function minus(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}
