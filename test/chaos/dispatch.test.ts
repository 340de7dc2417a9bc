import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCatalog } from "../../src/catalog/open-catalog.ts";
import type { CallOutcome } from "../../src/dispatch/dispatch.ts";
import { systemClock } from "../../src/foundation/clock.ts";
import { parseIdentity } from "../../src/foundation/process-identity.ts";
import { costOf } from "../../src/ledger/cost.ts";
import { total } from "../../src/ledger/totals.ts";
import { verifyLedger } from "../../src/ledger/verify-ledger.ts";
import { openStore, type Store } from "../../src/storage/storage.ts";
import { openScriptedProvider, type ScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import { endHosts } from "../support/end-hosts.ts";
import { describeOnEachStore, type StorePlace } from "../support/store-place.ts";
import type { Work } from "./dispatch-worker.ts";

/** Trials of each kind; ALLOT_CHAOS_TRIALS=50 for a long run. Each kills twice, at random moments, and then lets it end. */
const TRIALS = Number(process.env["ALLOT_CHAOS_TRIALS"] ?? 2);
const CALLS = 16;
const KILLS = 2;

type Victim = "worker" | "host" | "both";

const asOf = Date.UTC(2026, 10, 21);
const price = openCatalog({ asOf }).find("claude-sonnet-4-5-20250929", { provider: "anthropic" })?.price;

let place: StorePlace;
let server: ScriptedProvider;
let store: Store;

function startWorker(run: string): ChildProcess {
  const work: Work = { store: place.settings, baseUrl: server.urls.anthropic, run, calls: CALLS, asOf };
  return spawn(process.execPath, [join(import.meta.dirname, "dispatch-worker.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ALLOT_CHAOS_WORK: JSON.stringify(work) },
  });
}

async function killHost(run: string): Promise<void> {
  const seat = await store.db.selectFrom("hosts").select("identity").where("host_key", "=", run).executeTakeFirst();
  if (seat !== undefined) kill(parseIdentity(seat.identity).pid);
}

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, "SIGKILL");
  } catch {
    // It had ended by itself.
  }
}

interface Ended {
  readonly outcomes: Readonly<Record<string, CallOutcome>>;
  /** From the last kill to the end of the worker that was started after it. */
  readonly recoveredMs: number;
}

/** Starts workers and kills them, or their host, until the last one may end. */
async function disturb(run: string, victim: Victim): Promise<Ended> {
  for (let kills = 0; kills < KILLS; kills += 1) {
    const worker = startWorker(run);
    const ended = once(worker, "exit");
    await sleep(250 + Math.random() * 1200);
    if (victim !== "worker") await killHost(run);
    if (victim === "host") continue;
    kill(worker.pid);
    await ended;
  }
  const start = Date.now();
  const worker = startWorker(run);
  const [output] = await Promise.all([text(worker.stdout ?? never()), once(worker, "exit")]);
  return { outcomes: JSON.parse(output) as Ended["outcomes"], recoveredMs: Date.now() - start };
}

function never(): never {
  throw new Error("a worker without output");
}

async function checkBooks(run: string, outcomes: Ended["outcomes"]): Promise<number> {
  if (price === null || price === undefined) throw new Error("the catalogue has lost the model of this test");
  let expected = 0;
  let unknown = 0;
  for (let number = 1; number <= CALLS; number += 1) {
    const served = server.served.filter((request) => request.lastUserText === `${run} ${number}`);
    const outcome = outcomes[String(number)];
    expect(served.length, `requests of call ${number}`).toBeLessThanOrEqual(1);
    if (outcome?.kind === "unknown") {
      unknown += 1;
      expected += outcome.held;
      continue;
    }
    expect(served.length, `requests of call ${number}`).toBe(1);
    const usage = served[0]?.usage;
    if (usage === undefined) throw new Error("unreachable");
    expected += costOf({ ...usage, estimated: false }, price);
    const turnedDown = { kind: "failed", code: "provider-rate-limited", cost: 0 };
    const answered = { kind: "answered", answer: { text: `answer to ${run} ${number}` } };
    expect(outcome).toMatchObject(number % 5 === 0 ? turnedDown : answered);
  }
  const sum = await total(store.db, { runId: run });
  expect([sum.calls, sum.cost, sum.unknownCalls]).toEqual([CALLS, expected, unknown]);
  const open = await store.db
    .selectFrom("holds")
    .select("call_key")
    .where("run_id", "=", run)
    .where("closed_at", "is", null)
    .execute();
  expect(open).toEqual([]);
  expect((await verifyLedger(store.db)).faults).toEqual([]);
  return unknown;
}

describeOnEachStore("paid calls whose processes are killed at random", (openPlace, kind) => {
  // On Postgres half as many: what differs there is the database, not the moments of the kills.
  const trials = kind === "sqlite" ? TRIALS : Math.ceil(TRIALS / 2);
  beforeAll(async () => {
    place = await openPlace();
    store = await openStore({ ...place.settings, clock: systemClock });
    server = await openScriptedProvider({
      script: (seen) => {
        const number = Number(seen.lastUserText.split(" ")[1]);
        if (number % 5 === 0) return { error: "rate-limited", delayMs: 100 };
        return {
          text: `answer to ${seen.lastUserText}`,
          delayMs: 40 + ((number * 137) % 700),
          usage: { inputTokens: 1000 * number, outputTokens: number },
        };
      },
    });
  });

  afterAll(async () => {
    await endHosts(store);
    await store[Symbol.asyncDispose]();
    await server.close();
    await place[Symbol.asyncDispose]();
  });

  for (const victim of ["worker", "host", "both"] as const) {
    test(
      `no call is repeated and the ledger is what was served, however often the ${victim === "both" ? "worker and host are" : `${victim} is`} killed`,
      async () => {
        for (let trial = 0; trial < trials; trial += 1) {
          const run = `${victim}-${trial}`;
          const { outcomes, recoveredMs } = await disturb(run, victim);
          const unknown = await checkBooks(run, outcomes);
          expect(unknown).toBeLessThanOrEqual(victim === "worker" ? 0 : CALLS);
          process.stdout.write(
            `chaos ${run}: ${CALLS} calls, ${unknown} unknown, last worker took ${recoveredMs} ms\n`,
          );
        }
        expect(readFileSync(join(place.folder, "call-hosts.log"), "utf8")).toBe("");
      },
      60_000 + trials * 30_000,
    );
  }
});
