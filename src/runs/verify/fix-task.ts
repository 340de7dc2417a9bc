import type { MiniTask } from "../plan/mini-task.ts";
import type { Plan } from "../plan/plan.ts";
import type { Finding } from "../run.ts";

/**
 * The mini-task of a fix round: the verdict's findings as numbered steps, and checked by everything the plan's tasks on
 * those files were checked by. It may write only what the plan already wrote: a finding does not widen a permission.
 */
export function fixTask(
  plan: Plan,
  findings: readonly Finding[],
  round: number,
  exists: (path: string) => boolean,
): MiniTask {
  const planned = new Set(plan.tasks.flatMap(({ writes }) => writes.map(({ path }) => path)));
  const named = [...new Set(findings.flatMap(({ paths }) => paths))].filter((path) => planned.has(path));
  const paths = named.length > 0 ? named : [...planned];
  const sources = plan.tasks.filter(({ writes }) => writes.some(({ path }) => paths.includes(path)));
  const [agent, ...others] = new Set(sources.map((source) => source.agent));
  return {
    number: plan.tasks.length + round,
    title: `Fix round ${round}: mend what the verdict found`,
    tier: "small",
    model: sources[0]?.model ?? "",
    ...(agent === undefined || others.length > 0 ? {} : { agent }),
    estimate: { inputTokens: 3_000, outputTokens: 1_000 },
    dependsOn: [],
    reads: paths.filter(exists).map((path) => ({ path, optional: false, note: "" })),
    writes: paths.map((path) => ({ path, action: exists(path) ? ("edit" as const) : ("create" as const) })),
    context: `The plan "${firstLine(plan.goal)}" was carried out; the verification found ${findings.length} fault${findings.length === 1 ? "" : "s"} to mend.`,
    steps: findings.map(({ problem, fix }) => ({ text: `${problem}\n   ${fix}` })),
    snippets: [],
    criteria: [
      {
        text: "Only the files named above are changed",
        done: false,
        check: { kind: "gate", gate: "only-declared-files" },
      },
    ],
    validation: dedupe(sources.flatMap(({ validation }) => validation)),
    contract: sources.flatMap(({ contract }) => contract),
    onFailure: [],
    next: "",
  };
}

function dedupe<T extends { readonly command: string }>(commands: readonly T[]): T[] {
  return [...new Map(commands.map((command) => [command.command, command])).values()];
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
