import { estimateTask } from "../plan/estimate.ts";
import { nanoUsd } from "../../foundation/units.ts";
import type { MiniTask } from "../plan/mini-task.ts";
import { EXACT_MODEL } from "../plan/text/model-tier.ts";
import { DEFAULT_TIMEOUT_MS } from "../plan/text/task-sections.ts";
import type { TemplateTree } from "./template.ts";

/** What a template says about one of its tasks; the rest is the same for all. */
export interface WorkerTask {
  readonly title: string;
  readonly tier?: MiniTask["tier"];
  readonly dependsOn?: readonly number[];
  /** Whole files by their paths, or parts of files. */
  readonly reads?: readonly (string | MiniTask["reads"][number])[];
  readonly writes: MiniTask["writes"];
  readonly context: string;
  readonly steps: MiniTask["steps"];
  readonly criteria: readonly {
    readonly text: string;
    readonly check: NonNullable<MiniTask["criteria"][number]["check"]>;
  }[];
  readonly commands: readonly string[];
  /** Names that have to be there afterwards, whatever the steps say. */
  readonly contract?: MiniTask["contract"];
}

/** Numbered mini-tasks out of a template's own, estimated, without a price (the run has it). */
export function workerTasks(tasks: readonly WorkerTask[], tree: TemplateTree): readonly MiniTask[] {
  return tasks.map((task, index): MiniTask => {
    const tier = task.tier ?? "small";
    const following = tasks[index + 1];
    const made: MiniTask = {
      number: index + 1,
      title: task.title,
      tier,
      model: tier === "exact" ? EXACT_MODEL : tier,
      estimate: { inputTokens: 0, outputTokens: 0 },
      dependsOn: task.dependsOn ?? [],
      reads: (task.reads ?? []).map((read) =>
        typeof read === "string" ? { path: read, optional: false, note: "" } : read,
      ),
      writes: task.writes,
      context: task.context.split(/\s+/).slice(0, 100).join(" "),
      steps: task.steps,
      snippets: [],
      criteria: [
        ...task.criteria,
        { text: "No other file is changed", check: { kind: "gate" as const, gate: "only-declared-files" } },
      ].map((criterion) => ({ ...criterion, done: false })),
      validation: task.commands.map((command) => ({ command, comment: "", timeoutMs: DEFAULT_TIMEOUT_MS })),
      contract: task.contract ?? [],
      onFailure: ["Report the exact error message.", "Do not go beyond the steps to fix it."],
      next: following === undefined ? "This is the last mini-task." : `Mini-Task ${index + 2}: ${following.title}`,
    };
    const { inputTokens, outputTokens, cost } = estimateTask(
      made,
      (path) => tree.read(path),
      () => nanoUsd(0),
    );
    return {
      ...made,
      estimate:
        tier === "exact" && cost !== undefined ? { inputTokens, outputTokens, cost } : { inputTokens, outputTokens },
    };
  });
}

/** A shell command that fails where the file is not well-formed, or is empty. */
export function wellFormed(path: string): string {
  if (/\.json$/i.test(path)) return `python3 -m json.tool '${path}' > /dev/null`;
  if (/\.toml$/i.test(path)) return `python3 -c 'import sys, tomllib; tomllib.load(open(sys.argv[1], "rb"))' '${path}'`;
  if (/\.py$/i.test(path))
    return `python3 -c 'import ast, sys; ast.parse(open(sys.argv[1], encoding="utf-8").read())' '${path}'`;
  if (/\.[cm]?js$/i.test(path)) return `node --check '${path}'`;
  return `test -s '${path}'`;
}
