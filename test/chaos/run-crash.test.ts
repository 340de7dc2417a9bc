import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openForReading, hostPid } from "../support/crash-books.ts";
import { openCrashField, runIdIn, type CrashField, type CrashPlace } from "../support/crash-field.ts";
import { kill, type CliProcess } from "../support/crash-process.ts";
import { crashTrial, type CrashKind } from "../support/crash-trial.ts";

/** Random kills of whole runs; `npm run bench:crash` makes more. Every failure names the seed that makes it again. */
const POINTS = Number(process.env["ALLOT_CHAOS_POINTS"] ?? 3);
const SEED = Number(process.env["ALLOT_CHAOS_SEED"] ?? Date.now() % 1_000_000);
const KINDS: readonly CrashKind[] = ["both", "worker", "host", "several"];
const LIMIT_MS = 180_000;

let field: CrashField;

beforeAll(async () => {
  field = await openCrashField();
}, LIMIT_MS);

afterAll(async () => {
  await field[Symbol.asyncDispose]();
});

test("an undisturbed run leaves nothing in the temporary folder", () => {
  expect(field.undisturbed.left).toEqual([]);
});

for (let point = 0; point < POINTS; point += 1) {
  const kind = KINDS[point % KINDS.length] ?? "both";
  const killed =
    kind === "several"
      ? "several are killed in a row"
      : kind === "both"
        ? "worker and host are killed"
        : `the ${kind} is killed`;
  test.concurrent(
    `${killed} at a random moment (seed ${SEED + point}), and the run ends as if it had not been`,
    async () => {
      const result = await crashTrial(field, kind, SEED + point);
      expect(result).toMatchObject({
        faults: [],
        exitCode: 0,
        treeEqual: true,
        finishedRepeated: 0,
        runningRepeated: 0,
        ledgerEqual: true,
      });
      process.stdout.write(
        `run-crash ${result.kills.join(" ")}: unknown ${result.unknown}, recovery ${result.recoveryMs.join(", ")} ms\n`,
      );
    },
    LIMIT_MS,
  );
}

test.concurrent(
  "a stopped worker keeps its run: a second one is refused, and nothing is doubled when it wakes up",
  async () => {
    await using place = await field.openPlace();
    const cli = place.startRun();
    const run = await untilWorking(cli);
    kill(cli.pid, "SIGSTOP");
    await sleep(2_500);
    const second = place.startResume(run);
    expect((await second.ended).code).toBe(75);
    expect(second.events.at(-1)?.event["error"]).toMatchObject({ code: "run-busy" });
    kill(cli.pid, "SIGCONT");
    await expectGoodEnd(place, cli, run);
  },
  LIMIT_MS,
);

test.concurrent(
  "Ctrl-C ends a run cleanly, says how to go on, and what was under way is not paid twice",
  async () => {
    await using place = await field.openPlace();
    const cli = place.startRun();
    const run = await untilWorking(cli);
    const pressedAt = Date.now();
    // As a terminal does it: to the whole process group.
    kill(-cli.pid, "SIGINT");
    const end = await cli.ended;
    expect(end.code).toBe(130);
    expect(end.endedAt - pressedAt).toBeLessThan(5_000);
    expect(cli.events.at(-1)?.event["error"]).toMatchObject({
      code: "interrupted",
      message: `stopped; nothing that was paid for is lost. Go on with: allot resume ${run}`,
    });
    await expectGoodEnd(place, place.startResume(run), run);
  },
  LIMIT_MS,
);

test.concurrent(
  "the next command names a run whose process died, on stderr alone, until it is resumed",
  async () => {
    await using place = await field.openPlace();
    const cli = place.startRun();
    const run = await untilWorking(cli);
    kill(cli.pid);
    await cli.ended;
    for (const args of [
      ["runs", "--json"],
      ["show", run, "--json"],
      ["plan", "Make it better", "--offline", "--json"],
    ]) {
      const next = place.start(...args);
      const { stderr } = await next.ended;
      expect(stderr).toContain(`allot resume ${run}\n`);
      expect(JSON.stringify(next.events)).not.toContain("allot resume");
    }
    const listed = place.start("runs", "--json");
    await listed.ended;
    const runs = listed.events[0]?.event["runs"] as readonly Record<string, unknown>[];
    expect(runs.find(({ id }) => id === run)).toMatchObject({ state: "running", working: false });
    await expectGoodEnd(place, place.startResume(run), run);
    expect((await place.start("runs", "--json").ended).stderr).toBe("");
  },
  LIMIT_MS,
);

test.concurrent(
  "a call that is lost twice is not made a third time: the run asks, and both are counted at their hold",
  async () => {
    await using place = await field.openPlace();
    const cli = place.startRun();
    for (const attempt of [1, 2]) {
      while (cli.running() && !isUnderWay(place, "plan", attempt)) await sleep(5);
      kill(hostPid(place.storePath) ?? 0);
    }
    const { code } = await cli.ended;
    expect(code).toBe(3);
    const run = runIdIn(cli) ?? "";
    expect(await place.servedSoFar()).toBeLessThanOrEqual(2);
    const store = openForReading(place.storePath);
    const rows = store
      ?.prepare(
        "select state, cost_nano_usd = hold_nano_usd as held, (select sum(nano_usd) from ledger where call_key = key) = hold_nano_usd as counted from calls where run_id = ?",
      )
      .all(run);
    store?.close();
    expect(rows).toEqual([
      { state: "unknown", held: 1, counted: 1 },
      { state: "unknown", held: 1, counted: 1 },
    ]);
  },
  LIMIT_MS,
);

/** Until workers work: calls under way, none of the tasks done. Answers the run's id. */
async function untilWorking(cli: CliProcess): Promise<string> {
  const isAtWork = (): boolean =>
    cli.events.some(({ event }) => event["kind"] === "call-settled" && event["task"] !== "plan");
  while (cli.running() && !isAtWork()) await sleep(5);
  const run = runIdIn(cli);
  if (run === undefined || !cli.running()) throw new Error(`the run ended too early: ${(await cli.ended).stderr}`);
  return run;
}

async function expectGoodEnd(place: CrashPlace, cli: CliProcess, run: string): Promise<void> {
  const { code, stderr } = await cli.ended;
  expect(`${code} ${stderr}`).toBe("0 ");
  expect(place.tree(run)).toBe(field.undisturbed.tree);
  expect(await place.books(run)).toEqual({
    asked: field.undisturbed.asked,
    unknown: 0,
    finishedRepeated: 0,
    runningRepeated: 0,
    faults: [],
  });
}

function isUnderWay(place: CrashPlace, task: string, attempt: number): boolean {
  const store = openForReading(place.storePath);
  try {
    return (
      store?.prepare("select 1 from calls where task = ? and attempt = ? and state = 'launched'").get(task, attempt) !==
      undefined
    );
  } catch {
    return false;
  } finally {
    store?.close();
  }
}
