/**
 * Where runs are killed: for each run a fresh repository, home and temporary folder, and a scripted provider in a process
 * of its own, so that its count outlives every kill. One run goes undisturbed first; it says what all others must come to.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hostPid, readBooks, type Books } from "./crash-books.ts";
import { kill, startCli, startProvider, type CliProcess } from "./crash-process.ts";
import { CRASH_GOAL, CRASH_PROJECT } from "./crash-team.ts";

/** One run's own place. Disposing it ends the provider and a call host that is still there, and removes everything. */
export interface CrashPlace extends AsyncDisposable {
  readonly repo: string;
  readonly tmp: string;
  readonly storePath: string;
  /** Starts `allot ARGS` there. */
  start(...args: readonly string[]): CliProcess;
  startRun(): CliProcess;
  startResume(run: string): CliProcess;
  /** Hash of the tree of the run's branch; "" where there is none. */
  tree(run: string): string;
  /** What `git status` and `git branch` say that was not so before. */
  disturbed(run: string): string;
  /** Its books, held against what the provider served. */
  books(run: string): Promise<Books>;
  /** How many requests the provider has got so far. */
  servedSoFar(): Promise<number>;
}

export interface Undisturbed {
  readonly tree: string;
  readonly asked: readonly string[];
  readonly tookMs: number;
  /** What it left in the temporary folder. */
  readonly left: readonly string[];
}

export interface CrashField extends AsyncDisposable {
  readonly undisturbed: Undisturbed;
  openPlace(): Promise<CrashPlace>;
}

/** Opens the field and lets one run go undisturbed. */
export async function openCrashField(): Promise<CrashField> {
  const root = mkdtempSync(join(tmpdir(), "allot-crash-"));
  let places = 0;
  const openPlace = (): Promise<CrashPlace> => newPlace(join(root, String((places += 1))));
  return {
    undisturbed: await runUndisturbed(openPlace),
    openPlace,
    async [Symbol.asyncDispose]() {
      rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

async function runUndisturbed(openPlace: CrashField["openPlace"]): Promise<Undisturbed> {
  await using place = await openPlace();
  const cli = place.startRun();
  const end = await cli.ended;
  const run = runIdIn(cli);
  if (end.code !== 0 || run === undefined) throw new Error(`the undisturbed run ended with ${end.code}: ${end.stderr}`);
  const books = await place.books(run);
  if (books.faults.length + books.unknown + books.finishedRepeated + books.runningRepeated > 0) {
    throw new Error(`the undisturbed run's books are wrong: ${JSON.stringify(books)}`);
  }
  const tookMs = end.endedAt - cli.startedAt;
  return { tree: place.tree(run), asked: books.asked, tookMs, left: readdirSync(place.tmp) };
}

/** The id a run told on its first line, or undefined where it was killed before. */
export function runIdIn(cli: CliProcess): string | undefined {
  const started = cli.events.find(({ event }) => event["kind"] === "run-started");
  return started?.event["run"] as string | undefined;
}

async function newPlace(dir: string): Promise<CrashPlace> {
  const provider = await startProvider(join(import.meta.dirname, "crash-team.ts"));
  const [repo, home, tmp] = [join(dir, "repo"), join(dir, "home"), join(dir, "tmp")] as const;
  for (const folder of [repo, home, tmp]) mkdirSync(folder, { recursive: true });
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: repo, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  for (const [path, content] of Object.entries(CRASH_PROJECT)) {
    mkdirSync(dirname(join(repo, path)), { recursive: true });
    writeFileSync(join(repo, path), content);
  }
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("-c", "user.name=Test", "-c", "user.email=test@localhost", "commit", "--quiet", "-m", "start");
  const allotHome = join(home, ".allot");
  const storePath = join(allotHome, "allot.db");
  // Calls of unknown fate stay counted at their hold: killed often, a run passes the default limits of a session.
  const roomy = {
    session: { "*": { tokens_per_hour: 10_000_000, usd_per_hour: 100 } },
    global: { tokens_per_hour: 10_000_000 },
  };
  mkdirSync(allotHome, { recursive: true });
  writeFileSync(join(allotHome, "config.json"), JSON.stringify({ limits: roomy }));
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    TMPDIR: tmp,
    ALLOT_HOME: allotHome,
    ALLOT_CONCURRENCY: "4",
    ANTHROPIC_API_KEY: "sk-ant-dummy",
    ANTHROPIC_BASE_URL: provider.url,
  };
  const start = (...args: readonly string[]): CliProcess => startCli(args, env, repo);
  return {
    repo,
    tmp,
    storePath,
    start,
    startRun: () => start("run", CRASH_GOAL, "--yes", "--json", "--big", "sonnet-4-5", "--small", "haiku-4-5"),
    startResume: (run) => start("resume", run, "--json"),
    tree: (run) => tryGit(git, "rev-parse", `allot/${run}^{tree}`),
    disturbed: (run) =>
      [git("status", "--porcelain"), git("branch", "--format=%(refname:short)"), git("stash", "list")]
        .join("\n")
        .split("\n")
        .filter((line) => line !== "" && line !== "main" && line !== `allot/${run}`)
        .join("\n"),
    books: async (run) => readBooks(storePath, run, await provider.served()),
    servedSoFar: async () => (await provider.served()).length,
    async [Symbol.asyncDispose]() {
      await endHost(storePath);
      await provider[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** A host that is asked to end does so after its running calls. */
async function endHost(storePath: string): Promise<void> {
  const host = hostPid(storePath);
  if (host === undefined || !kill(host, "SIGTERM")) return;
  for (let tries = 0; tries < 300 && kill(host, 0); tries += 1) await sleep(10);
}

function tryGit(git: (...args: string[]) => string, ...args: string[]): string {
  try {
    return git(...args);
  } catch {
    return "";
  }
}
