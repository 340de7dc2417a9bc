import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { detectTestCommand, parseTestSummary } from "../../src/codebase/test-command.ts";
import { checkGates } from "../../src/runs/gates/check.ts";
import type { CommandEvidence } from "../../src/runs/gates/gate.ts";
import { parseTaskFile } from "../../src/runs/plan/task-file.ts";
import type { WorkerResult } from "./corpus.ts";
import { writeRepository, type ProjectRepository } from "./repository.ts";

/** What each way of judging said of one result: true where it refused it. */
export interface Measured {
  readonly result: WorkerResult;
  readonly allot: boolean;
  /** allot's codes, or what went wrong. */
  readonly codes: readonly string[];
  readonly messages: readonly string[];
  /** The validation commands' exit codes, as the worker would see them. */
  readonly exitCode: boolean | undefined;
  /** The project's own tests, as the worker left them. */
  readonly tests: boolean | undefined;
  /** The worker's own words, which always say that all is well. */
  readonly words: boolean;
  readonly tookMs: number;
}

export interface MeasureOptions {
  /** Also run the commands alone, for the columns beside allot's. */
  readonly besides: boolean;
  readonly progress?: (done: number, of: number) => void;
}

/** Judges every result. Real repositories in a temporary folder, which is removed afterwards. */
export async function measure(results: readonly WorkerResult[], options: MeasureOptions): Promise<Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), "allot-bench-gates-"));
  try {
    const repositories = new Map<string, ProjectRepository>();
    for (const project of new Set(results.map((result) => result.project))) {
      const own = results.filter((result) => result.project === project);
      repositories.set(project.name, writeRepository(project, own, join(folder, project.name)));
    }
    const baseRuns = new Map<string, Promise<CommandEvidence>>();
    const measured: Measured[] = [];
    const waiting = [...results];
    const work = async (lane: number): Promise<void> => {
      for (let result = waiting.shift(); result !== undefined; result = waiting.shift()) {
        const repository = repositories.get(result.project.name);
        if (repository === undefined) continue;
        measured.push(
          await judge(result, repository, baseRuns, options.besides ? join(folder, `lane-${lane}`) : undefined),
        );
        options.progress?.(measured.length, results.length);
      }
    };
    await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, (_, lane) => work(lane)));
    return results.flatMap((result) => measured.find((each) => each.result === result) ?? []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function judge(
  result: WorkerResult,
  repository: ProjectRepository,
  baseRuns: Map<string, Promise<CommandEvidence>>,
  lane: string | undefined,
): Promise<Measured> {
  const startedAt = performance.now();
  const report = repository.reportFile(result);
  const given = {
    repo: repository.dir,
    base: "main",
    head: repository.refOf(result),
    task: repository.taskFile(result),
    baseRuns,
  };
  const answer = await checkGates(report === undefined ? given : { ...given, report });
  const tookMs = Math.round(performance.now() - startedAt);
  const besides = lane === undefined ? undefined : await runCommands(result, repository, lane);
  const failed = answer.results.filter(({ status }) => status === "failed");
  return {
    result,
    allot: !answer.accepted,
    codes: answer.codes,
    messages: failed.map(({ message }) => message),
    exitCode: besides?.exitCode,
    tests: besides?.tests,
    words: false,
    tookMs,
  };
}

async function runCommands(
  result: WorkerResult,
  repository: ProjectRepository,
  lane: string,
): Promise<{ exitCode: boolean; tests: boolean }> {
  rmSync(lane, { recursive: true, force: true });
  mkdirSync(lane, { recursive: true });
  execFileSync("sh", ["-c", `git -C '${repository.dir}' archive '${repository.refOf(result)}' | tar x -C '${lane}'`]);
  const commands = parseTaskFile(result.task.markdown, result.task.id).validation.map(({ command }) => command);
  let exitCode = false;
  for (const command of commands) if ((await shell(command, lane)).code !== 0) exitCode = true;
  const suite = (await detectTestCommand(lane))?.command;
  const tests =
    suite === undefined || commands.includes(suite) ? { code: exitCode ? 1 : 0, output: "" } : await shell(suite, lane);
  const summary = parseTestSummary(tests.output);
  return { exitCode, tests: tests.code !== 0 || (summary !== undefined && summary.failed > 0) };
}

function shell(command: string, cwd: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"] ?? "", HOME: cwd, LANG: "C.UTF-8", PYTHONDONTWRITEBYTECODE: "1" };
    const child = spawn("/bin/sh", ["-c", command], { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
