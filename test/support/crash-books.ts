import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { parseIdentity } from "../../src/foundation/process-identity.ts";
import type { Served } from "./scripted-provider/script.ts";

/** Nano-dollars a token, in and out: the public prices of the two models the crash tests use, not read from the catalogue. */
const PRICES: Readonly<Record<string, { input: number; output: number }>> = {
  "claude-sonnet-4-5": { input: 3_000, output: 15_000 },
  "claude-haiku-4-5": { input: 1_000, output: 5_000 },
};

/** What the journal of calls, the ledger and the provider say of one run, held against each other. */
export interface Books {
  /** Keys of calls without run and attempt, each once, in order of the alphabet. */
  readonly asked: readonly string[];
  readonly unknown: number;
  /** Requests that were served again after their answer was in the journal. */
  readonly finishedRepeated: number;
  /** Requests that were served again without an `unknown` row that owns up to the first time. */
  readonly runningRepeated: number;
  /** What is wrong between ledger, journal and provider; empty when they are equal. */
  readonly faults: readonly string[];
}

interface CallLine {
  readonly key: string;
  readonly state: string;
  readonly hold: number;
  readonly response: string | null;
  readonly spent: number | null;
  readonly open: number | null;
}

/** Reads a store without writing to it; undefined where there is none yet, nor while its tables are being made. */
export function openForReading(path: string): DatabaseSync | undefined {
  if (!existsSync(path)) return undefined;
  let store: DatabaseSync | undefined;
  try {
    store = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    const made = store.prepare("select count(*) as n from sqlite_schema where name in ('calls', 'hosts')").get();
    if (made?.["n"] === 2) return store;
  } catch {
    // It is being made.
  }
  store?.close();
  return undefined;
}

/** Process id of the call host that sits for any run of that store, or undefined. */
export function hostPid(storePath: string): number | undefined {
  const store = openForReading(storePath);
  try {
    const seat = store?.prepare("select identity from hosts order by started_at desc limit 1").get() as
      | { identity: string }
      | undefined;
    return seat === undefined ? undefined : parseIdentity(seat.identity).pid;
  } finally {
    store?.close();
  }
}

/** Calls of the store that are under way for at least the second time after one was lost. */
export function isLastChanceUnderWay(storePath: string): boolean {
  const store = openForReading(storePath);
  try {
    const row = store
      ?.prepare("select count(*) as n from calls where attempt > 1 and state in ('intent', 'launched')")
      .get() as { n: number } | undefined;
    return (row?.n ?? 0) > 0;
  } finally {
    store?.close();
  }
}

/** Compares journal and ledger of a run with what the provider served for it. */
export function readBooks(storePath: string, run: string, served: readonly Served[]): Books {
  const lines = callLines(storePath, run);
  const byNumber = new Map(served.map((request) => [`answer_${request.number}`, request]));
  const faults: string[] = [];
  const say = (key: string, fault: string): void => void faults.push(`${key.slice(run.length + 1)}: ${fault}`);
  /** How often each body may have been served: once for its answer, and once for each unknown call of its key. */
  const owned = new Map<string, { answered: number; unknown: number }>();
  const unknownOf = new Map<string, number>();
  for (const { key, state } of lines) {
    if (state === "unknown") unknownOf.set(withoutAttempt(key), (unknownOf.get(withoutAttempt(key)) ?? 0) + 1);
  }
  for (const line of lines) {
    if (line.open !== null) say(line.key, "its hold is still open");
    if (line.state === "unknown" && line.spent !== line.hold)
      say(line.key, `unknown, held ${line.hold}, counted ${line.spent}`);
    if (line.state === "unknown") continue;
    const request = byNumber.get(line.response ?? "");
    if (line.state !== "done" || request === undefined) {
      say(line.key, `is ${line.state} with response ${line.response}`);
      continue;
    }
    const due = priceOf(request);
    if (line.spent !== due) say(line.key, `served for ${due}, in the ledger ${line.spent}`);
    owned.set(request.bodyHash, { answered: request.number, unknown: unknownOf.get(withoutAttempt(line.key)) ?? 0 });
  }
  return {
    asked: [...new Set(lines.map(({ key }) => withoutAttempt(key).slice(run.length + 1)))].toSorted(),
    unknown: lines.filter(({ state }) => state === "unknown").length,
    ...repeats(served, owned, faults),
    faults,
  };
}

function repeats(
  served: readonly Served[],
  owned: ReadonlyMap<string, { answered: number; unknown: number }>,
  faults: string[],
): Pick<Books, "finishedRepeated" | "runningRepeated"> {
  let finishedRepeated = 0;
  let runningRepeated = 0;
  for (const [hash, requests] of Map.groupBy(served, ({ bodyHash }) => bodyHash)) {
    const owner = owned.get(hash);
    if (owner === undefined) {
      faults.push(`${requests.length} requests were served that no call of the journal answers for`);
      continue;
    }
    const after = requests.filter(({ number }) => number > owner.answered).length;
    finishedRepeated += after;
    runningRepeated += Math.max(0, requests.length - 1 - after - owner.unknown);
  }
  return { finishedRepeated, runningRepeated };
}

function callLines(storePath: string, run: string): readonly CallLine[] {
  const store = new DatabaseSync(storePath, { readOnly: true, timeout: 5_000 });
  try {
    const sql = `select calls.key, calls.state, calls.hold_nano_usd as hold, calls.response_id as response,
      (select sum(nano_usd) from ledger where call_key = calls.key) as spent,
      (select 1 from holds where call_key = calls.key and closed_at is null) as open
      from calls where run_id = ? order by calls.intent_at`;
    return store.prepare(sql).all(run) as unknown as CallLine[];
  } finally {
    store.close();
  }
}

function priceOf({ model, usage }: Served): number {
  const price = PRICES[model];
  if (price === undefined) throw new Error(`the crash team does not use ${model}`);
  return usage.inputTokens * price.input + usage.outputTokens * price.output;
}

function withoutAttempt(key: string): string {
  return key.slice(0, key.lastIndexOf("/"));
}
