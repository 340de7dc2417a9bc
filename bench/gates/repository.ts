import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Files, Project } from "./bundle.ts";
import type { WorkerResult } from "./corpus.ts";

/** A project as a real repository: the commit before the base, the base, and a ref for every result. */
export interface ProjectRepository {
  readonly dir: string;
  readonly refOf: (result: WorkerResult) => string;
  readonly taskFile: (result: WorkerResult) => string;
  readonly reportFile: (result: WorkerResult) => string | undefined;
}

const WHO = "worker <worker@localhost> 1760000000 +0000";

/** Writes the repository with one pass of git fast-import. */
export function writeRepository(project: Project, results: readonly WorkerResult[], dir: string): ProjectRepository {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(join(dir, "tasks"), { recursive: true });
  const repo = join(dir, "repo");
  execFileSync("git", ["init", "-q", "-b", "main", repo]);
  const stream = new ImportStream();
  const before = stream.commit("refs/heads/main", "Start the project", project.before, []);
  const base = stream.commit("refs/heads/main", "Guard and extend what was there", project.base, [before]);
  for (const result of results) {
    const message = result.report === undefined ? "Carry out the mini-task; all tests pass" : "Carry out the mini-task";
    const parents =
      result.on === "before"
        ? [before]
        : result.on === "merge"
          ? [stream.commit(`refs/old/${result.id}`, message, result.files, [before], result.modes), base]
          : [base];
    stream.commit(`refs/results/${result.id}`, message, result.files, parents, result.modes);
    if (result.report !== undefined)
      writeFileSync(join(dir, "tasks", `${result.id.replaceAll("/", "-")}.report.md`), result.report);
  }
  execFileSync("git", ["-C", repo, "fast-import", "--quiet", "--done"], { input: stream.end() });
  execFileSync("git", ["-C", repo, "reset", "-q", "--hard"]);
  for (const task of project.tasks) writeFileSync(join(dir, "tasks", `${task.id}.md`), task.markdown);
  return {
    dir: repo,
    refOf: (result) => `refs/results/${result.id}`,
    taskFile: (result) => join(dir, "tasks", `${result.task.id}.md`),
    reportFile: (result) =>
      result.report === undefined ? undefined : join(dir, "tasks", `${result.id.replaceAll("/", "-")}.report.md`),
  };
}

class ImportStream {
  readonly #parts: string[] = [];
  #mark = 0;

  commit(
    ref: string,
    message: string,
    files: Files,
    parents: readonly number[],
    modes: ReadonlyMap<string, string> = new Map(),
  ): number {
    const mark = ++this.#mark;
    const [from, ...merged] = parents;
    const lines = [
      `commit ${ref}`,
      `mark :${mark}`,
      `committer ${WHO}`,
      data(message),
      ...(from === undefined ? [] : [`from :${from}`]),
      ...merged.map((parent) => `merge :${parent}`),
      "deleteall",
      ...[...files].map(([path, text]) => `M ${modes.get(path) ?? "100644"} inline ${path}\n${data(text)}`),
      "",
    ];
    this.#parts.push(lines.join("\n"));
    return mark;
  }

  end(): string {
    return `feature done\n${this.#parts.join("\n")}\ndone\n`;
  }
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}
