import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { applyEdits, readBundle, type BundleTask, type Files, type Project } from "./bundle.ts";
import { CHECK_FAULTS, STALE_FAULTS } from "./faults/check-faults.ts";
import { CONTRACT_FAULTS, FAKE_FAULTS, HARD_CODED_FAULTS, STUB_FAULTS } from "./faults/code-faults.ts";
import type { Fault, Ground, Spoiled } from "./faults/fault.ts";
import { GOOD_WAYS } from "./faults/good-ways.ts";
import { EMPTY_FAULTS, SCOPE_FAULTS } from "./faults/scope-faults.ts";
import { DELETED_TESTS, SKIPPED_TESTS, WEAKENED_TESTS } from "./faults/test-faults.ts";
import { Random, seedOf } from "./random.ts";

/** One worker's result of the corpus. */
export interface WorkerResult extends Spoiled {
  /** "textkit/slug-limit/test-deleted/removed": also the name of its ref. */
  readonly id: string;
  readonly project: Project;
  readonly task: BundleTask;
  readonly kind: string;
  readonly good: boolean;
}

/** How many shapes of each kind are taken for every task, besides those written for it by hand. */
const SHAPES: readonly (readonly [faults: readonly Fault[], count: number])[] = [
  [SCOPE_FAULTS, 2],
  [EMPTY_FAULTS, 2],
  [DELETED_TESTS, 2],
  [SKIPPED_TESTS, 2],
  [WEAKENED_TESTS, 3],
  [HARD_CODED_FAULTS, 1],
  [STUB_FAULTS, 2],
  [CONTRACT_FAULTS, 2],
  [FAKE_FAULTS, 2],
  [CHECK_FAULTS, 2],
  [STALE_FAULTS, 1],
];

/** Reads every project of the folder. */
export async function readProjects(): Promise<Project[]> {
  const folder = join(import.meta.dirname, "projects");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".bundle")).toSorted();
  return Promise.all(
    names.map(async (name) => readBundle(name.replace(".bundle", ""), await readFile(join(folder, name), "utf8"))),
  );
}

/** The corpus of a seed: the same for the same seed. */
export async function makeCorpus(projects: readonly Project[], seed: number): Promise<WorkerResult[]> {
  const results: WorkerResult[] = [];
  for (const project of projects) {
    for (const task of project.tasks)
      results.push(...(await goodResults(project, task, seed)), ...(await badResults(project, task, seed)));
  }
  return results;
}

function groundOf(project: Project, task: BundleTask, good: Files, seed: number, name: string): Ground {
  return { project, task, good, random: new Random(seedOf(`${seed}/${project.name}/${task.id}/${name}`)) };
}

async function goodFiles(project: Project, task: BundleTask): Promise<{ name: string; files: Files }[]> {
  const goods = task.variants.filter(({ kind }) => kind === "good");
  return Promise.all(
    goods.map(async ({ name, edits }) => ({ name, files: await applyEdits(project.base, withTests(task, edits)) })),
  );
}

/** The task's usual tests, unless the variant brings its own. */
function withTests(task: BundleTask, edits: BundleTask["tests"]): BundleTask["tests"] {
  return edits.some(({ path }) => task.tests.some((test) => test.path === path)) ? edits : [...edits, ...task.tests];
}

async function goodResults(project: Project, task: BundleTask, seed: number): Promise<WorkerResult[]> {
  const goods = await goodFiles(project, task);
  const results: WorkerResult[] = [];
  for (const [index, { name, files }] of goods.entries()) {
    for (const [at, way] of GOOD_WAYS.entries()) {
      // Every solution as it is, and each other way once for the task.
      if (at > 0 && (at - 1) % goods.length !== index) continue;
      const made = await way.make(groundOf(project, task, files, seed, way.name));
      if (made !== undefined)
        results.push({
          ...made,
          id: `${project.name}/${task.id}/good/${name}.${way.name}`,
          project,
          task,
          kind: "good",
          good: true,
        });
    }
  }
  return results;
}

async function badResults(project: Project, task: BundleTask, seed: number): Promise<WorkerResult[]> {
  const results: WorkerResult[] = [];
  for (const { kind, name, edits } of task.variants) {
    if (kind === "good") continue;
    const files = await applyEdits(
      project.base,
      kind === "partial" || kind === "stub" ? edits : withTests(task, edits),
    );
    results.push({
      files,
      id: `${project.name}/${task.id}/${kindOf(kind)}/${name}`,
      project,
      task,
      kind: kindOf(kind),
      good: false,
    });
  }
  const goods = await goodFiles(project, task);
  const first = new Random(seedOf(`${seed}/${project.name}/${task.id}`));
  for (const [faults, count] of SHAPES) {
    let taken = 0;
    for (const fault of first.shuffled(faults)) {
      if (taken === count) break;
      const { files } = first.pick(goods);
      const ground = groundOf(project, task, files, seed, fault.name);
      const made = await fault.make(ground);
      if (
        made === undefined ||
        isUnchanged(made, files) ||
        results.some((each) => each.kind === fault.kind && each.id.endsWith(`/${fault.name}`))
      )
        continue;
      taken++;
      results.push({
        ...made,
        id: `${project.name}/${task.id}/${fault.kind}/${fault.name}`,
        project,
        task,
        kind: fault.kind,
        good: false,
      });
    }
  }
  return results;
}

/** Kinds that bundles name after what a worker did rather than after the kinds. */
function kindOf(kind: string): string {
  return (
    {
      partial: "fake-success",
      vacuous: "test-weakened",
      expectation: "test-weakened",
      weakened: "test-weakened",
      deleted: "test-deleted",
      skipped: "test-skipped",
      contract: "contract",
    }[kind] ?? kind
  );
}

/** A fault that left the good result as it was is none. */
function isUnchanged(made: Spoiled, good: Files): boolean {
  if (made.on !== undefined || made.modes !== undefined || made.report !== undefined) return false;
  return made.files.size === good.size && [...made.files].every(([path, text]) => good.get(path) === text);
}
