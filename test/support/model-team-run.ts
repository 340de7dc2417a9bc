import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { verifyLedger } from "../../src/ledger/verify-ledger.ts";
import type { RunReport } from "../../src/runs/report/run-report.ts";
import type { PaidCall } from "../../src/runs/report/spend.ts";
import { systemClock } from "../../src/foundation/clock.ts";
import { openStore } from "../../src/storage/storage.ts";
import { GOAL, shopRepository } from "./model-team-shop.ts";
import { openTeam, type Scenario, type Team } from "./model-team.ts";
import { allotHome, ledgerOf, reportOf, runInside, type AllotHome, type Ended } from "./run-allot.ts";
import type { TempRepository } from "./temp-repository.ts";

/** Who plays big and small where nothing else is asked for: the defaults of Anthropic. */
export const BIG = "claude-sonnet-5-5";
export const SMALL = "claude-haiku-5-5";

/** A stage for runs: a shop with a user's unfinished work in it, a team on loopback, an empty home. */
export interface Stage {
  readonly repository: TempRepository;
  readonly team: Team;
  readonly home: AllotHome;
  /** Runs a command of allot in this process. */
  allot(...args: string[]): Promise<Ended>;
  /** `allot run GOAL` with everything that a program would say. */
  run(...more: string[]): Promise<Ended>;
  /** `allot plan GOAL`. */
  plan(...more: string[]): Promise<Ended>;
}

export async function openStage(
  scenario: Scenario,
  files: Readonly<Record<string, string>> = {},
  goal: string = GOAL,
): Promise<Stage> {
  const repository = shopRepository(files);
  leaveUnfinishedWork(repository);
  const team = await openTeam(scenario, { big: BIG, small: SMALL });
  const home = allotHome({ ANTHROPIC_API_KEY: "sk-dummy-of-a-test" });
  const given = ["--repo", repository.dir, "--json", "--upstream", `anthropic=${team.provider.urls.anthropic}`];
  const allot = (...args: string[]): Promise<Ended> => runInside(home, args);
  return {
    repository,
    team,
    home,
    allot,
    run: (...more) => allot("run", goal, "--yes", "--decision", "delegate", ...given, ...more),
    plan: (...more) => allot("plan", goal, "--decision", "delegate", ...given, ...more),
  };
}

/** A whole run and what must hold whatever comes of it. */
export interface Played extends Stage {
  readonly ended: Ended;
  readonly report: RunReport;
  readonly ledger: readonly PaidCall[];
}

/**
 * Plays a run to its report. Whatever the scenario, it holds afterwards that the user's tree, index, stash and branches are
 * as they were, that everybody said what they had to say and was asked nothing else, and that the books are in order.
 */
export async function playRun(
  scenario: Scenario,
  options: {
    readonly args?: readonly string[];
    readonly files?: Readonly<Record<string, string>>;
    readonly goal?: string;
  } = {},
): Promise<Played> {
  const stage = await openStage(scenario, options.files, options.goal);
  const before = userState(stage.repository.dir);
  const ended = await stage.run(...(options.args ?? []));
  expect({ unexpected: stage.team.unexpected, leftOver: stage.team.leftOver() }).toEqual({
    unexpected: [],
    leftOver: [],
  });
  const report = reportOf(ended);
  expect(ended.code).toBe(report.state === "accepted" ? 0 : 3);
  expect(userState(stage.repository.dir)).toEqual(before);
  const ledger = await ledgerOf(stage.home, report.run);
  expect(await faultsInBooks(stage.home)).toEqual([]);
  expect(ledger.reduce((sum, { cost }) => sum + cost, 0)).toBe(report.spend.total.cost);
  return { ...stage, ended, report, ledger };
}

/** Changes staged, not staged, untracked and stashed. */
function leaveUnfinishedWork(repository: TempRepository): void {
  repository.write("src/labels.js", "// stashed\n");
  repository.git("stash", "push", "--quiet", "-m", "work of yesterday");
  repository.write("src/labels.js", "// staged\nexport const label = (name) => name;\n");
  repository.git("add", "src/labels.js");
  repository.write("src/labels.js", "// not staged\nexport const label = (name) => name;\n");
  repository.write("notes.txt", "untracked\n");
}

/** All that is the user's: every file's bytes, the index's bytes, the stash, HEAD, the configuration, and every ref but those of runs. */
export function userState(dir: string): Record<string, string> {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: dir, encoding: "utf8", env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" } });
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .filter((path) => !path.startsWith(".git/") && !path.startsWith(".allot/"))
    .sort();
  return {
    ...Object.fromEntries(files.map((path) => [path, sha(join(dir, path))])),
    index: sha(join(dir, ".git/index")),
    config: sha(join(dir, ".git/config")),
    head: readFileSync(join(dir, ".git/HEAD"), "utf8"),
    stash: git("stash", "list", "--format=%H"),
    refs: git("for-each-ref", "--format=%(refname) %(objectname)")
      .split("\n")
      .filter((line) => !line.startsWith("refs/heads/allot/"))
      .join("\n"),
    status: git("status", "--porcelain"),
  };
}

function sha(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

async function faultsInBooks(home: AllotHome): Promise<readonly unknown[]> {
  await using store = await openStore({ path: join(home.dir, ".allot/allot.db"), clock: systemClock });
  const { faults, entries } = await verifyLedger(store.db);
  const open = await store.db.selectFrom("holds").select("call_key").where("closed_at", "is", null).execute();
  return [...faults, ...open, ...(entries === 0 ? ["no entry at all"] : [])];
}

/** Runs the project's own tests in a fresh checkout of a branch; answers how many passed. Throws where one fails. */
export function testsPassedOn(repository: TempRepository, branch: string): number {
  const dir = mkdtempSync(join(tmpdir(), "allot-branch-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  execFileSync("git", ["clone", "--quiet", "--branch", branch, repository.dir, dir], { stdio: "pipe" });
  const { NODE_TEST_CONTEXT: _of, ...env } = process.env;
  const output = execFileSync(process.execPath, ["--test"], { cwd: dir, encoding: "utf8", env });
  return Number(/pass (\d+)/.exec(output)?.[1] ?? 0);
}

/** The attempts at a mini-task in short: "small refused no-stubs", "small gave-up", "big accepted". */
export function attemptsOf(report: RunReport, number: number): readonly string[] {
  const task = report.tasks.find((candidate) => candidate.number === number);
  return (task?.attempts ?? []).map(({ tier, outcome, evidence, why }) =>
    [tier, evidence === "none" ? "" : `(${evidence})`, outcome, outcome === "refused" ? why : ""]
      .filter((word) => word !== "")
      .join(" "),
  );
}
