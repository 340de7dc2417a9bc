import type { PlanEnd } from "../../runs/planning/plan-flow.ts";
import type { RunSpec } from "../../runs/run.ts";
import { wrapText } from "./fit.ts";

export interface NoPlanForm {
  readonly columns: number;
  readonly program: string;
  /** True where `--offline` was asked for. */
  readonly offline: boolean;
}

/** Why there is no plan, and what the user can do: say more, or give the run a model. */
export function noPlanScreen(end: Exclude<PlanEnd, { kind: "planned" }>, spec: RunSpec, form: NoPlanForm): string {
  const { columns } = form;
  const noModel = spec.big === undefined;
  const lines =
    end.kind === "asking"
      ? [
          ...wrapText(`A question before anything is spent: ${end.question}`, columns),
          ...end.reasons.flatMap((reason) => wrapText(reason, columns, "  - ", "    ")),
          "",
          ...wrapText(`Say it in the goal and start again: ${form.program} ${RUN_USAGE} --repo ${spec.repo}`, columns),
        ]
      : [
          "No plan could be made, and nothing was changed:",
          ...end.reasons.flatMap((reason) => wrapText(reason, columns, "  - ", "    ")),
        ];
  if (end.kind === "asking") return lines.join("\n");
  if (!noModel)
    return [
      ...lines,
      "",
      ...wrapText(
        `Mend that, or say more in the goal, and start again; what was spent: ${form.program} show ${spec.id}`,
        columns,
      ),
    ].join("\n");
  return [...lines, "", ...modelLines(form)].join("\n");
}

const RUN_USAGE = 'run "GOAL, with files and what shall be different"';

/** Without a model one family of goals can be planned; how to have one for the others. */
function modelLines({ columns, offline, program }: NoPlanForm): string[] {
  return [
    ...wrapText(
      "Without a model allot plans one kind of goal: splitting an over-large module of Python, JavaScript or TypeScript that the goal names. For any other it needs a model:",
      columns,
    ),
    ...(offline ? ["  leave out --offline (or ALLOT_OFFLINE), and"] : []),
    "  export ANTHROPIC_API_KEY=...   or OPENAI_API_KEY, GEMINI_API_KEY, XAI_API_KEY",
    "  ollama pull MODEL              or a model on this machine: a running Ollama is found by itself",
    ...wrapText(`then start again. ${program} config shows which models a run would use.`, columns),
  ];
}
