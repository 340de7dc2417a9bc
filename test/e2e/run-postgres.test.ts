import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/foundation/clock.ts";
import { openStore } from "../../src/storage/storage.ts";
import { startCli } from "../support/crash-process.ts";
import { endHosts } from "../support/end-hosts.ts";
import {
  DISCOUNT,
  DISCOUNT_TEST,
  discountTask,
  discountTestTask,
  GOAL,
  planOf,
  shopRepository,
} from "../support/model-team-shop.ts";
import { openTeam, type Team, writes } from "../support/model-team.ts";
import { testsPassedOn, userState } from "../support/model-team-run.ts";
import { openTestPostgres, type TestServer } from "../support/postgres.ts";
import { describeOnPostgres } from "../support/postgres-suite.ts";
import { type AllotHome, allotHome, reportOf, runAllot } from "../support/run-allot.ts";
import type { TempRepository } from "../support/temp-repository.ts";

const MODELS = { wire: "anthropic", big: "claude-sonnet-5-5", small: "claude-haiku-5-5" } as const;

describeOnPostgres("a delegated run", () => {
  let database: TestServer;
  let repository: TempRepository;
  let team: Team;
  let home: AllotHome;
  /** Its address without the password, which stands in PGPASSWORD. */
  let db: string;
  let password: string;

  beforeEach(async () => {
    database = await openTestPostgres();
    const url = new URL(database.url);
    password = url.password;
    url.password = "";
    db = url.href;
    repository = shopRepository();
    team = await openTeam(
      {
        plan: planOf(discountTask(), discountTestTask()),
        workers: {
          1: [writes({ "src/discount.js": DISCOUNT })],
          2: [writes({ "test/discount.test.js": DISCOUNT_TEST })],
        },
      },
      MODELS,
    );
    home = allotHome({ ANTHROPIC_API_KEY: "sk-dummy-of-a-test", PGPASSWORD: password });
  });
  afterEach(async () => {
    const store = await openStore({ url: database.url, folder: home.dir, clock: systemClock });
    await endHosts(store);
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const runArguments = (): string[] => [
    "run",
    GOAL,
    "--repo",
    repository.dir,
    "--yes",
    "--json",
    "--decision",
    "delegate",
    "--db",
    db,
    "--upstream",
    `anthropic=${team.provider.urls.anthropic}`,
  ];

  test("is planned, carried out, judged and accepted, and every row of it stands in the database", async () => {
    const before = userState(repository.dir);
    const ended = await runAllot(home, runArguments());
    expect([ended.stderr, team.unexpected, team.leftOver()]).toEqual(["", [], []]);
    const report = reportOf(ended);
    expect([ended.code, report.state]).toEqual([0, "accepted"]);
    expect(testsPassedOn(repository, report.branch)).toBe(2);
    expect(userState(repository.dir)).toEqual(before);

    const shown = await runAllot(home, ["show", report.run, "--json", "--db", db]);
    const calls = shown.lines[0]?.["calls"] as { cost: number }[];
    expect(calls).toHaveLength(team.provider.served.length);
    expect(calls.reduce((sum, { cost }) => sum + cost, 0)).toBe(report.spend.total.cost);
    // The engine's file, the run's repository and the logs are this machine's; the store is not.
    expect(existsSync(join(home.dir, ".allot/allot.db"))).toBe(false);
    expect(existsSync(join(home.dir, ".allot/runs", report.run, "engine.db"))).toBe(true);
    expect(readFileSync(join(home.dir, ".allot/call-hosts.log"), "utf8")).toBe("");
    for (const text of [ended.stdout, shown.stdout, ...filesBelow(home.dir)]) expect(text).not.toContain(password);
  });

  test("killed in the middle is resumed to its end, and pays for no call twice", async () => {
    const cli = startCli(runArguments(), home.env, home.dir);
    while (team.provider.served.length < 3 && cli.running()) await sleep(20);
    process.kill(cli.pid, "SIGKILL");
    await cli.ended;
    const listed = await runAllot(home, ["runs", "--json", "--db", db]);
    const run = /"id":"([^"]+)"/.exec(listed.stdout)?.[1] ?? "no run is listed";
    const ended = await runAllot(home, ["resume", run, "--json", "--yes", "--db", db, ...runArguments().slice(-2)]);
    expect([ended.code, reportOf(ended).state]).toEqual([0, "accepted"]);
    expect([team.unexpected, team.leftOver()]).toEqual([[], []]);
    expect(reportOf(ended).spend.total.calls).toBe(team.provider.served.length);
  });

  test.skipIf(process.platform !== "linux")(
    "started with the password on its command line hides it from the list of processes (shown on Linux's /proc)",
    async () => {
      const mute = createServer(() => {}).listen(0, "127.0.0.1");
      await once(mute, "listening");
      const { port } = mute.address() as { port: number };
      const address = `postgres://a:${password}@127.0.0.1:${port}/d?connect_timeout=3`;
      const cli = startCli(["runs", "--db", address], home.env, home.dir);
      await once(mute, "connection");
      expect(readFileSync(`/proc/${cli.pid}/cmdline`, "latin1")).toMatch(/^allot\0+$/);
      const { stderr, code } = await cli.ended;
      expect([code, stderr.includes("CONNECT_TIMEOUT"), stderr.includes(password)]).toEqual([74, true, false]);
      mute.close();
    },
  );

  test("and the configuration name the database without its password", async () => {
    const url = new URL(db);
    url.password = password;
    for (const more of [[], ["--json"]]) {
      const ended = await runAllot({ ...home, env: { ...home.env, ALLOT_DB: url.href } }, ["config", ...more]);
      expect(ended.code).toBe(0);
      expect(ended.stdout).toContain(db);
      expect(ended.stdout + ended.stderr).not.toContain(password);
    }
  });
});

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
}
