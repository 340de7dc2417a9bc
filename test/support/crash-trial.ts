import { setTimeout as sleep } from "node:timers/promises";
import { hostPid, isLastChanceUnderWay } from "./crash-books.ts";
import { runIdIn, type CrashField, type CrashPlace } from "./crash-field.ts";
import { kill, type CliProcess, type TimedEvent } from "./crash-process.ts";

/** Who is killed: the worker (the command line's process), its call host, both at once; or several in a row. */
export type CrashKind = "worker" | "host" | "both" | "several";
type Victim = Exclude<CrashKind, "several">;

/** What came of one run that was killed at random moments and gone on with. */
export interface CrashResult {
  readonly kind: CrashKind;
  readonly seed: number;
  /** "worker@1234": who was killed how many ms after the start of that life; "+" before it: nobody was there to kill. */
  readonly kills: readonly string[];
  readonly exitCode: number | null;
  readonly treeEqual: boolean;
  /** Asked what the undisturbed run asked, no more and no less. */
  readonly callsEqual: boolean;
  readonly finishedRepeated: number;
  readonly runningRepeated: number;
  readonly unknown: number;
  readonly ledgerEqual: boolean;
  /** For each kill that hit: from the start of `allot resume` (of the kill, for a host alone) to the first new progress. */
  readonly recoveryMs: readonly number[];
  /** What is wrong, in words; empty for a good one. */
  readonly faults: readonly string[];
}

/** Numbers from 0 to 1 that are the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Events that only say that something is begun (again), or that an answer was found in the journal. */
const NO_PROGRESS = new Set(["run-started", "decided", "planning", "task-started", "note"]);

/** Runs, kills at the moments the seed says, resumes until it is done, and holds everything against the undisturbed run. */
export async function crashTrial(field: CrashField, kind: CrashKind, seed: number): Promise<CrashResult> {
  const random = randomFrom(seed);
  const victims = victimsOf(kind, random);
  await using place = await field.openPlace();
  const trial = new Trial(place, field.undisturbed.tookMs, random);
  try {
    const end = await trial.live(victims);
    const { run } = trial;
    if (run === undefined) throw new Error(`no run was ever made: ${end.stderr}`);
    const books = await place.books(run);
    const [tree, disturbed] = [place.tree(run), place.disturbed(run)];
    const treeEqual = tree === field.undisturbed.tree;
    const callsEqual = books.asked.join("\n") === field.undisturbed.asked.join("\n");
    const silent = kind === "worker" ? books.unknown : 0;
    const faults = [
      ...(end.code === 0 ? [] : [`exit code ${end.code}: ${end.stderr.trim()} ${trial.lastWords()}`]),
      ...(treeEqual ? [] : [`the tree is ${tree || "not there"}`]),
      ...(callsEqual ? [] : [`other calls than undisturbed: ${difference(books.asked, field.undisturbed.asked)}`]),
      ...(silent === 0 ? [] : [`${silent} calls became unknown although their host lived`]),
      ...(disturbed === "" ? [] : [`the user's repository was touched: ${disturbed}`]),
      ...books.faults,
    ];
    return {
      kind,
      seed,
      kills: trial.kills,
      exitCode: end.code,
      treeEqual,
      callsEqual,
      finishedRepeated: books.finishedRepeated,
      runningRepeated: books.runningRepeated + silent,
      unknown: books.unknown,
      ledgerEqual: books.faults.length === 0,
      recoveryMs: trial.recoveryMs,
      faults,
    };
  } finally {
    await trial.end();
  }
}

function victimsOf(kind: CrashKind, random: () => number): readonly Victim[] {
  if (kind !== "several") return [kind];
  const all: readonly Victim[] = ["worker", "host", "both"];
  return Array.from({ length: 3 }, () => all[Math.floor(random() * all.length)] ?? "worker");
}

class Trial {
  readonly kills: string[] = [];
  readonly recoveryMs: number[] = [];
  run: string | undefined;
  readonly #place: CrashPlace;
  readonly #tookMs: number;
  readonly #random: () => number;
  #cli: CliProcess | undefined;

  constructor(place: CrashPlace, tookMs: number, random: () => number) {
    this.#place = place;
    this.#tookMs = tookMs;
    this.#random = random;
  }

  /** Lives of the run, each killed by the next victim's turn; the last one may end. */
  async live(victims: readonly Victim[]): Promise<{ code: number | null; stderr: string }> {
    let cli = this.#start();
    let lifeMs = this.#tookMs;
    for (const victim of victims) {
      const afterMs = Math.round(this.#random() * lifeMs);
      await Promise.race([sleep(afterMs), cli.ended]);
      const killedAt = await this.#strike(victim, cli);
      if (victim === "host") {
        if (killedAt !== undefined) await this.#untilProgress(cli, killedAt);
        continue;
      }
      await cli.ended;
      this.run ??= runIdIn(cli) ?? (await this.#findRun());
      cli = this.#start();
      if (killedAt !== undefined && victim !== victims.at(-1)) await this.#untilProgress(cli, cli.startedAt);
      else if (killedAt !== undefined) this.#noteLater(cli);
      // What is left takes less than a whole run.
      lifeMs = this.#tookMs / 2;
    }
    const end = await cli.ended;
    this.run ??= runIdIn(cli);
    return end;
  }

  lastWords(): string {
    return JSON.stringify(this.#cli?.events.at(-1)?.event ?? {}).slice(0, 2_000);
  }

  async end(): Promise<void> {
    if (this.#cli?.running() === true) {
      kill(this.#cli.pid);
      await this.#cli.ended;
    }
  }

  #start(): CliProcess {
    this.#cli = this.run === undefined ? this.#place.startRun() : this.#place.startResume(this.run);
    return this.#cli;
  }

  /** Kills; answers when, or undefined where nobody was there any more. */
  async #strike(victim: Victim, cli: CliProcess): Promise<number | undefined> {
    const { storePath } = this.#place;
    // A host that is killed under a call's second attempt makes the run ask its user, which is tested by itself.
    while (victim !== "worker" && cli.running() && isLastChanceUnderWay(storePath)) await sleep(5);
    let host = victim === "worker" ? undefined : hostPid(storePath);
    while (victim === "host" && host === undefined && cli.running()) {
      await sleep(5);
      host = hostPid(storePath);
    }
    const alive = cli.running();
    const hitHost = host !== undefined && alive && kill(host);
    const hitWorker = victim !== "host" && alive && kill(cli.pid);
    const at = Date.now();
    const hit = victim === "host" ? hitHost : hitWorker;
    this.kills.push(`${hit ? "" : "+"}${victim}@${at - cli.startedAt}`);
    return hit ? at : undefined;
  }

  async #untilProgress(cli: CliProcess, since: number): Promise<void> {
    let first: TimedEvent | undefined;
    while (first === undefined) {
      const over = !cli.running();
      first = firstProgress(cli.events, since);
      if (over) break;
      if (first === undefined) await sleep(5);
    }
    if (first !== undefined) this.recoveryMs.push(first.at - since);
  }

  #noteLater(cli: CliProcess): void {
    const note = async (): Promise<void> => this.#untilProgress(cli, cli.startedAt);
    void note();
  }

  /** A run that was killed before it had told its name is found as a user would find it. */
  async #findRun(): Promise<string | undefined> {
    const cli = this.#place.start("runs", "--json");
    await cli.ended;
    const runs = cli.events[0]?.event["runs"] as readonly { id: string }[] | undefined;
    return runs?.[0]?.id;
  }
}

function firstProgress(events: readonly TimedEvent[], since: number): TimedEvent | undefined {
  return events.find(
    ({ at, event }) => at > since && !NO_PROGRESS.has(String(event["kind"])) && event["replayed"] !== true,
  );
}

function difference(ours: readonly string[], theirs: readonly string[]): string {
  const [a, b] = [new Set(ours), new Set(theirs)];
  return [
    ...ours.filter((key) => !b.has(key)).map((key) => `+${key}`),
    ...theirs.filter((key) => !a.has(key)).map((key) => `-${key}`),
  ].join(" ");
}
