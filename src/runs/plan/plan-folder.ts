/**
 * A plan on disk, for people: `plan.md` and one Markdown file a mini-task in `tasks/`.
 *
 * Owns writing and reading the folder of a run. Invariant: what was written and not touched reads back as an equal plan;
 * what a person changed is either understood or refused with file and line. The task files decide; the table in plan.md
 * sums them up, and only an edit of the table that contradicts a task file is refused.
 *
 * Rejected: JSON beside the Markdown as the real source (then an edit of the Markdown would be a lie).
 */
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomLetters, canonicalJson, sha256 } from "../../foundation/ids.ts";
import { AllotError } from "../../foundation/errors.ts";
import { findingLine } from "./finding-place.ts";
import type { Finding } from "./lint.ts";
import type { MiniTask } from "./mini-task.ts";
import type { Plan } from "./plan.ts";
import { parsePlanText, printPlanText, rowCells, taskFileName, type TaskRow } from "./plan-text.ts";
import { parseTaskFile, printTaskFile } from "./task-file.ts";

/** Hex SHA-256 of everything a plan says; equal for equal plans. */
export function planHash(plan: Plan): string {
  return sha256(canonicalJson(plan));
}

/**
 * Writes the plan into `dir` (made where missing): plan.md and tasks/NN-title.md; task files of an earlier plan go.
 * Each file appears whole or not at all; plan.md comes last. Throws `plan-invalid` for text no file could hold.
 */
export async function writePlan(dir: string, plan: Plan): Promise<void> {
  const files = plan.tasks.map((task) => ({ name: taskFileName(task), text: printTaskFile(task) }));
  const planText = printPlanText(plan);
  await mkdir(join(dir, "tasks"), { recursive: true });
  for (const { name, text } of files) await writeWhole(join(dir, name), text);
  await writeWhole(join(dir, "plan.md"), planText);
  const kept = new Set(files.map(({ name }) => name));
  for (const name of await taskFilesIn(dir)) if (!kept.has(name)) await rm(join(dir, name));
}

/** A plan as it was read, and its `planHash`. */
export interface ReadPlan {
  readonly plan: Plan;
  readonly hash: string;
}

/**
 * The plan in `dir`, with whatever a person edited.
 * Throws `file-not-found` (no plan.md), `plan-invalid` and `task-file-invalid` (text, with file and line), and
 * `plan-stale` where plan.md and the task files do not fit each other.
 */
export async function readPlan(dir: string): Promise<ReadPlan> {
  const text = await readText(join(dir, "plan.md"));
  if (text === undefined)
    throw new AllotError("file-not-found", `${join(dir, "plan.md")} does not exist; a run's plan stands there`);
  const { rows, tableUntouched, ...plan } = parsePlanText(text, "plan.md");
  refuseOrphans(rows, await taskFilesIn(dir));
  const tasks: MiniTask[] = [];
  for (const row of rows) tasks.push(await readRow(dir, row, tableUntouched));
  const read = { ...plan, tasks };
  return { plan: read, hash: planHash(read) };
}

/**
 * Where in the plan's files a finding of the linter stands: "tasks/01-extract-base.md:27", "plan.md:1".
 * The files are read as they are now; throws what `readPlan` throws where they can no longer be read.
 */
export async function findingPlace(dir: string, finding: Finding): Promise<string> {
  const { rows } = parsePlanText((await readText(join(dir, "plan.md"))) ?? "", "plan.md");
  const row = rows.find(({ number }) => number === finding.task);
  if (row === undefined) return "plan.md:1";
  const text = (await readText(join(dir, row.file))) ?? "";
  return `${row.file}:${findingLine(finding, text)}`;
}

async function readRow(dir: string, row: TaskRow, tableUntouched: boolean): Promise<MiniTask> {
  const text = await readText(join(dir, row.file));
  if (text === undefined) {
    throw stale(row.line, `the table names ${row.file}, which does not exist`, "write the file, or remove the row");
  }
  const task = parseTaskFile(text, row.file);
  if (task.number !== row.number) {
    throw stale(row.line, `the table says ${row.number}, ${row.file} says ${task.number}`, "give the task one number");
  }
  if (!tableUntouched) refuseContradiction(row, task);
  return task;
}

/** A cell that a person changed must not be ignored silently: the task's file is where it counts. */
function refuseContradiction(row: TaskRow, task: MiniTask): void {
  const right = rowCells(task);
  for (const [at, name] of ["title", "model", "tokens", "cost", "time", "dependencies"].entries()) {
    const met = at === 0 ? titleOf(row.cells[0]) : plain(row.cells[at]);
    const due = at === 0 ? titleOf(right[0]) : plain(right[at]);
    if (met !== "" && met !== due) {
      throw stale(
        row.line,
        `the table gives ${row.file} the ${name} ${JSON.stringify(met)}, the file ${JSON.stringify(due)}`,
        "edit the task's file; allot writes the table",
      );
    }
  }
}

function titleOf(link: string | undefined): string {
  return plain(/^\[(.*)\]\(/.exec(link ?? "")?.[1]);
}

function plain(text: string | undefined): string {
  return (text ?? "")
    .replace(/\\([[\]|])/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

function refuseOrphans(rows: readonly TaskRow[], files: readonly string[]): void {
  const seen = new Map<string, number>();
  for (const { file, number, line } of rows) {
    for (const known of [file, String(number)]) {
      const before = seen.get(known);
      if (before !== undefined)
        throw stale(
          line,
          `${known === file ? file : `number ${number}`} stands in line ${before} too`,
          "name each task once",
        );
      seen.set(known, line);
    }
  }
  const orphan = files.find((file) => !seen.has(file));
  if (orphan !== undefined)
    throw stale(rows.at(-1)?.line ?? 1, `${orphan} is in no row of the table`, "add a row, or remove the file");
}

function stale(line: number, met: string, right: string): AllotError {
  return new AllotError("plan-stale", `plan.md:${line}: ${met}; ${right}`, {
    details: { file: "plan.md", line, met, right },
  });
}

async function taskFilesIn(dir: string): Promise<readonly string[]> {
  const names = await readdir(join(dir, "tasks")).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names
    .filter((name) => /^\d+-.*\.md$/.test(name))
    .map((name) => `tasks/${name}`)
    .toSorted();
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomLetters(6)}.tmp`;
  await writeFile(draft, text);
  await rename(draft, path);
}
